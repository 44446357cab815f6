//! A stack of known size for the parser. It calls itself once for each level of an expression, and in a build without
//! optimisation a level takes some 70 KiB: within our bounds up to 8 MiB, where a thread has 2.

use std::thread;

use crate::error::ExpressionError;

/// Twice what the deepest and the longest take without optimisation. It is address space, of which only what is used is
/// memory.
const STACK_BYTES: usize = 16 << 20;

/// What `work` comes to on a stack that is large enough. A panic in it is an error of the expression.
pub(super) fn on_a_large_stack<T: Send>(
    work: impl FnOnce() -> Result<T, ExpressionError> + Send,
) -> Result<T, ExpressionError> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("expression".to_owned()).stack_size(STACK_BYTES);
        let thread = thread.spawn_scoped(scope, work).map_err(|error| {
            let what = format_args!("no thread can be started to read the expression: {error}");
            ExpressionError::new(1, what, "allow the process more threads, or more memory")
        })?;
        let failed =
            |_| ExpressionError::new(1, "the parser has failed", "write it in another way, and report this text");
        thread.join().map_err(failed)?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        let error = on_a_large_stack(|| -> Result<(), _> { panic!("as the parser would") }).unwrap_err();
        assert_eq!(error.to_string(), "column 1: the parser has failed; write it in another way, and report this text");
        assert_eq!(on_a_large_stack(|| Ok(7)), Ok(7));
    }
}
