//! Ending a run from outside, and those that follow it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::stop::Stop;
use mare_engine::{Control, Vitality};

/// Ends the run of the moment in good order, and whatever would follow it. Clones are of the same run.
#[derive(Clone, Default)]
pub struct Handle(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// The run of the moment.
    control: Mutex<Option<Arc<Control>>>,
    /// Whether somebody has asked.
    stop: Stop,
}

impl Handle {
    /// Ends it: what has been read is written first.
    pub fn stop(&self) {
        self.0.stop.ask();
        if let Some(control) = self.of_the_moment() {
            control.stop();
        }
    }

    /// How the workers of the run of the moment are.
    #[must_use]
    pub fn vitality(&self) -> Vitality {
        self.of_the_moment().map_or(Vitality::Starting, |control| control.vitality())
    }

    /// A control for the next run, which is stopped already if somebody has asked.
    pub(super) fn control(&self) -> Arc<Control> {
        let control = Control::new();
        *self.0.control.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&control));
        if self.0.stop.is_asked() {
            control.stop();
        }
        control
    }

    fn of_the_moment(&self) -> Option<Arc<Control>> {
        self.0.control.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_ends_the_run_of_the_moment_and_those_that_follow() {
        let handle = Handle::default();
        let (first, second) = (handle.control(), handle.control());
        assert!(!second.is_stopping());
        handle.clone().stop();
        assert!(second.is_stopping() && !first.is_stopping(), "the first has ended");
        assert!(handle.control().is_stopping(), "it was asked before it began");
    }
}
