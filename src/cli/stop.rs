//! Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Failure;

/// Exit code of a process that a second Ctrl-C ends: 128 and the number of SIGINT, as shells have it.
const INTERRUPTED: i32 = 130;

/// Whether somebody asked a command to finish. Clones share the answer; once asked it stays asked.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// One that Ctrl-C, SIGTERM or SIGHUP ask. The second of them ends the process at once.
    ///
    /// # Errors
    /// If signals of this process are already handled by somebody else.
    pub fn on_signals() -> Result<Self, Failure> {
        let stop = Stop::default();
        let asked = stop.clone();
        on_signals(move || asked.ask())?;
        Ok(stop)
    }

    /// Asks to finish.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether anybody has asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Calls `ask` at the first Ctrl-C, SIGTERM or SIGHUP; the second ends the process at once.
///
/// # Errors
/// If signals of this process are already handled by somebody else.
pub fn on_signals(ask: impl Fn() + Send + 'static) -> Result<(), Failure> {
    let mut asked = false;
    ctrlc::set_handler(move || {
        if std::mem::replace(&mut asked, true) {
            std::process::exit(INTERRUPTED);
        }
        ask();
    })
    .map_err(|error| Failure::new(format!("cannot handle Ctrl-C: {error}")))
}
