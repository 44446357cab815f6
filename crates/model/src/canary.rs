//! Where a part of the engine, or of the world that it relies on, can be taken away, for the simulation to notice.
//!
//! Nothing of it is compiled without the feature `canary`, which only tests ask for.

/// `canary!(Silence, silence, without: Silence::default())` is `silence`; in tests that have switched off the
/// [`Canary`](crate::canary::Canary) of this name it is the other value. Without the feature `canary` nothing else is
/// compiled.
#[cfg(feature = "canary")]
#[macro_export]
macro_rules! canary {
    ($name:ident, $value:expr, without: $other:expr) => {
        if $crate::canary::Canary::$name.is_off() { $other } else { $value }
    };
}

/// `canary!(Silence, silence, without: Silence::default())` is `silence`: the feature `canary` is off.
#[cfg(not(feature = "canary"))]
#[macro_export]
macro_rules! canary {
    ($name:ident, $value:expr, without: $other:expr) => {
        $value
    };
}

#[cfg(feature = "canary")]
pub use switch::Canary;

#[cfg(feature = "canary")]
mod switch {
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
        /// The sink's check of the generation: whoever writes is heard.
        Generation,
        /// The order in which the control document and the documents are written: a run that is superseded is held up.
        Barrier,
        /// The sink's check that the checkpoint which a run goes on from belongs to what stands there.
        Owner,
        /// The forgetting of closed windows in the arrangement.
        Retire,
        /// The silence of a run until it has passed what readers have seen.
        Silence,
        /// The boundary of a cut: it holds whatever is there when it is read.
        Cut,
        /// The hold on the compaction of epochs that a cut will tell apart.
        Hold,
        /// The wait of a manifest for the documents of its cut.
        Durable,
        /// The wait of a part for the letters before its cut.
        Letters,
        /// The promise that a source keeps when it ends.
        Promise,
        /// The positions that move without a record.
        Passed,
        /// The times that wait to be confirmed in a checkpoint.
        Confirm,
        /// The heartbeats of a journal that a run finds.
        Heartbeats,
        /// The wait of a source until its heartbeats are durable.
        Journal,
        /// The gap for which a session takes events behind its end.
        Gap,
        /// The batch by which an epoch is durable of which nothing is written.
        Unwritten,
        /// The order of the epochs in which sessions are put together.
        Order,
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
}
