//! An evaluator of the input language in floating point, for judging what the engine derives.
//!
//! It shares the parser with the engine and nothing else: no rule, no prelude, no derivative. Every operation has
//! its own direct code here, every derivative is a central difference of the original function. Sizes are at least
//! 2, so that a value of one row and one column is a scalar.

pub mod check;
pub mod cost;
pub mod difference;
pub mod document;
pub mod evaluate;
pub mod functions;
pub mod letters;
pub mod point;
pub mod program;
pub mod scalars;
pub mod value;

#[cfg(test)]
mod tests;

/// What went wrong, for the panic message of a test.
pub type Result<T> = std::result::Result<T, String>;

/// Deterministic random numbers (SplitMix64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// Reproducible from a text, so that two unknown functions differ.
    pub fn of(text: &str, seed: u64) -> Random {
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Random(hash ^ seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in an interval.
    pub fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Less than `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}
