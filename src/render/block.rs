//! Rectangles of text that stand beside one another on a common middle line.

use unicode_width::UnicodeWidthStr;

/// Lines of one width; `middle` is the line that neighbours are aligned with.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    pub lines: Vec<String>,
    middle: usize,
}

impl Block {
    pub fn line(text: String) -> Block {
        Block { lines: vec![text], middle: 0 }
    }

    pub fn width(&self) -> usize {
        self.lines.iter().map(|line| line.width()).max().unwrap_or(0)
    }

    /// The two side by side with a gap.
    pub fn beside(self, right: Block, gap: usize) -> Block {
        let middle = self.middle.max(right.middle);
        let below = |block: &Block| block.lines.len() - block.middle.min(block.lines.len());
        let height = middle + below(&self).max(below(&right));
        let width = self.width();
        let at = |block: &Block, row: usize| {
            (row + block.middle)
                .checked_sub(middle)
                .and_then(|row| block.lines.get(row).cloned())
                .unwrap_or_default()
        };
        let lines = (0..height)
            .map(|row| {
                let left = at(&self, row);
                let padding = width - left.width() + gap;
                format!("{left}{:padding$}{}", "", at(&right, row))
            })
            .collect();
        Block { lines, middle }
    }

    /// Between round brackets as tall as the block.
    pub fn in_brackets(self) -> Block {
        let width = self.width();
        let last = self.lines.len().saturating_sub(1);
        let lines = self.lines.iter().enumerate().map(|(r, line)| {
            let (open, close) = match r {
                _ if last == 0 => ('(', ')'),
                0 => ('⎛', '⎞'),
                r if r == last => ('⎝', '⎠'),
                _ => ('⎜', '⎟'),
            };
            format!("{open}{line}{:padding$}{close}", "", padding = width - line.width())
        });
        Block { lines: lines.collect(), middle: self.middle }
    }

    /// Cells in aligned columns between tall brackets.
    pub fn grid(cells: &[Vec<String>]) -> Block {
        let columns = cells.first().map_or(0, Vec::len);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
            })
            .collect();
        let last = cells.len().saturating_sub(1);
        let lines = cells
            .iter()
            .enumerate()
            .map(|(r, row)| {
                let (open, close) = match r {
                    _ if last == 0 => ('[', ']'),
                    0 => ('⎡', '⎤'),
                    r if r == last => ('⎣', '⎦'),
                    _ => ('⎢', '⎥'),
                };
                let cells: Vec<String> = row
                    .iter()
                    .zip(&widths)
                    .map(|(cell, width)| format!("{cell}{:padding$}", "", padding = width - cell.width()))
                    .collect();
                format!("{open}{}{close}", cells.join("  "))
            })
            .collect();
        Block { lines, middle: last / 2 }
    }
}
