//! Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal};

use super::{Failure, exit};
use crate::raw::signals;

/// Signals that follow the first so soon are the same one: `timeout` signals its child and then its child's group.
const SAME_SIGNAL: Duration = Duration::from_millis(500);

/// Whether somebody asked a command to finish. Clones share the answer; once asked it stays asked.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// One that Ctrl-C, SIGTERM or SIGHUP ask. A second one, half a second later or more, ends the process at once.
    ///
    /// # Errors
    /// If signals of this process are already handled by somebody else.
    pub fn on_signals() -> Result<Self, Failure> {
        let stop = Stop::default();
        let asked = stop.clone();
        on_signals(move || asked.ask(), || ())?;
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

/// Calls `ask` at the first Ctrl-C, SIGTERM or SIGHUP; another one, half a second later or more, ends the process at once,
/// but for `leave`, which tidies up what would be left behind. A hang-up that `nohup` has the process ignore stays ignored.
///
/// # Errors
/// If signals of this process are already handled by somebody else.
pub fn on_signals(ask: impl Fn() + Send + 'static, leave: impl Fn() + Send + 'static) -> Result<(), Failure> {
    let mut first: Option<Instant> = None;
    let handle = move || match first {
        None => {
            first = Some(Instant::now());
            ask();
        }
        Some(first) if first.elapsed() >= SAME_SIGNAL => {
            leave();
            std::process::exit(exit::INTERRUPTED.into())
        }
        Some(_) => {}
    };
    heeding_nohup(|| ctrlc::set_handler(handle).map_err(|error| Failure::new(format!("cannot handle Ctrl-C: {error}"))))
}

/// Has `listen` set up signals, and then ignores hang-ups again if they were ignored before: `nohup` asks for that. One that comes
/// in between waits, and is forgotten.
fn heeding_nohup(listen: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    if !signals::is_ignored(Signal::SIGHUP) {
        return listen();
    }
    let system = |error: Errno| Failure::new(format!("cannot ignore hang-ups: {error}"));
    let hangup = SigSet::from(Signal::SIGHUP);
    hangup.thread_block().map_err(system)?;
    listen()?;
    signals::ignore(Signal::SIGHUP).map_err(system)?;
    hangup.thread_unblock().map_err(system)
}
