//! Ctrl-C during a run, or during one that follows it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::cli::{Failure, on_signals};
use crate::engine::{Control, Vitality};

/// Ends the run of the moment in good order at the first Ctrl-C or SIGTERM.
pub struct Interrupt(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// The run of the moment.
    control: Mutex<Option<Arc<Control>>>,
    /// Whether somebody has asked.
    is_asked: AtomicBool,
}

impl Interrupt {
    /// Listens from now on.
    ///
    /// # Errors
    /// If signals of this process are already handled by somebody else.
    pub fn on_signals() -> Result<Self, Failure> {
        let shared = Arc::new(Shared::default());
        let asked = Arc::clone(&shared);
        on_signals(move || asked.ask(), || ())?;
        Ok(Interrupt(shared))
    }

    /// How the workers of the run of the moment are.
    pub fn vitality(&self) -> impl Fn() -> Vitality + Send + use<> {
        let shared = Arc::clone(&self.0);
        move || {
            let control = shared.control.lock().unwrap_or_else(PoisonError::into_inner).clone();
            control.map_or(Vitality::Starting, |control| control.vitality())
        }
    }

    /// A control for the next run, which is stopped already if somebody has asked.
    #[must_use]
    pub fn control(&self) -> Arc<Control> {
        let control = Control::new();
        *self.0.control.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&control));
        if self.0.is_asked.load(Ordering::Acquire) {
            control.stop();
        }
        control
    }
}

impl Shared {
    fn ask(&self) {
        tracing::info!("stopping: what has been read is written first (again to stop at once)");
        self.is_asked.store(true, Ordering::Release);
        if let Some(control) = self.control.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            control.stop();
        }
    }
}
