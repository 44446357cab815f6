//! Ctrl-C.

use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal};

use super::{Failure, Stop, exit};
use crate::raw::signals;

/// Signals that follow the first so soon are the same one: `timeout` signals its child and then its child's group.
const SAME_SIGNAL: Duration = Duration::from_millis(500);

/// A stop that Ctrl-C, SIGTERM or SIGHUP ask for. A second one, half a second later or more, ends the process at once.
///
/// # Errors
/// If signals of this process are already handled by somebody else.
pub fn stop_on_signals() -> Result<Stop, Failure> {
    let stop = Stop::default();
    let asked = stop.clone();
    on_signals(move || asked.ask(), || ())?;
    Ok(stop)
}

/// Calls `ask` at the first Ctrl-C, SIGTERM or SIGHUP; another one, half a second later or more, ends the process at
/// once, but for `leave`, which tidies up what would be left behind. A hang-up that `nohup` has the process ignore
/// stays ignored.
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

/// Has `listen` set up signals, and then ignores hang-ups again if they were ignored before: `nohup` asks for that. One
/// that comes in between waits, and is forgotten.
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
