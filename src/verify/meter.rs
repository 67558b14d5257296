//! A bound on the work of one question, all its points together: an answer is waited for.

use std::cell::Cell;

/// What one node of an expression costs next to one operation on an entry, with its look-ups and allocations.
pub(super) const NODE: u64 = 50;
/// For the points of one equality: a second or so.
pub(super) const POINTS: u64 = 1 << 30;
/// For what is found out about one equality besides: its counterexample, hints, or conditions.
pub(super) const BESIDES: u64 = 1 << 28;
/// A point takes at most this part of it, so that others have a chance.
const PART: u64 = 4;

/// What is left of the work that a question may take.
#[derive(Debug)]
pub struct Meter {
    left: Cell<u64>,
    point: u64,
}

impl Meter {
    pub(super) fn new(work: u64) -> Meter {
        Meter { left: Cell::new(work), point: work / PART }
    }

    /// For what is found out about one equality besides its verdict.
    pub fn besides() -> Meter {
        Meter::new(BESIDES)
    }

    /// What one point may take.
    pub(super) fn point(&self) -> u64 {
        self.point
    }

    /// Whether there is as much left.
    pub(super) fn take(&self, work: u64) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(work));
        left >= work
    }

    /// Copies of a problem with so many quantities cost, too.
    pub fn copies(&self, quantities: usize) {
        self.take(quantities as u64 * NODE);
    }

    pub fn is_spent(&self) -> bool {
        self.left.get() == 0
    }
}
