//! Two pieces of work that need nothing of each other, side by side.

use std::panic::resume_unwind;
use std::thread;

/// Bytes of a thread's stack. Expressions nest as deeply as the parser lets them, and this is room enough for them in a debug
/// build; pages are only taken when used.
pub const STACK: usize = 256 << 20;

/// Works on one piece here and on the other in a thread of its own, or after it where there can be none.
pub fn beside<A: Send, B>(other: &(impl Fn() -> A + Sync), own: impl FnOnce() -> B) -> (A, B) {
    thread::scope(|scope| match thread::Builder::new().stack_size(STACK).spawn_scoped(scope, other) {
        Ok(thread) => {
            let own = own();
            (thread.join().unwrap_or_else(|panic| resume_unwind(panic)), own)
        }
        Err(_) => {
            let own = own();
            (other(), own)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn both_are_done_and_a_panic_of_either_is_passed_on() {
        let shared = [2, 3];
        let (product, sum) = beside(&|| shared.iter().product::<i32>(), || shared.iter().sum::<i32>());
        assert_eq!((product, sum), (6, 5));
        let passed =
            |other: bool| std::panic::catch_unwind(|| beside(&|| assert!(!other), || assert!(other)));
        assert!(passed(true).is_err() && passed(false).is_err());
    }
}
