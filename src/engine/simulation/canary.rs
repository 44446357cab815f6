//! Parts of the engine, and of the world that it relies on, that can be switched off: the simulation must notice.

use std::cell::Cell;

thread_local! {
    /// What is switched off for the runs of this thread.
    static OFF: Cell<Option<Canary>> = const { Cell::new(None) };
}

/// What can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Canary {
    /// The sink's guard: a document is replaced whatever its `n`.
    Guard,
    /// The updates that take closed windows out of the arrangement.
    Retire,
}

impl Canary {
    /// Switches it off for the runs of this thread while `run` runs.
    pub fn off<T>(self, run: impl FnOnce() -> T) -> T {
        OFF.set(Some(self));
        let outcome = run();
        OFF.set(None);
        outcome
    }

    /// Whether it is switched off in this thread.
    pub fn is_off(self) -> bool {
        OFF.get() == Some(self)
    }
}
