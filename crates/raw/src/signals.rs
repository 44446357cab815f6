//! What becomes of a signal that nobody waits for, which only the C library tells.

use std::mem::MaybeUninit;

use nix::libc;
use nix::sys::signal::{SigHandler, Signal, signal};

/// Whether this process ignores `signal`. As long as nobody has handled it, that is what whoever started the process
/// has asked for, as `nohup` does for a hang-up.
#[must_use]
pub fn is_ignored(signal: Signal) -> bool {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: a null pointer for the new action asks for the present one alone, and `action` has room for it.
    let asked = unsafe { libc::sigaction(signal as libc::c_int, std::ptr::null(), action.as_mut_ptr()) };
    // SAFETY: `sigaction` has filled it in; where it has not, all zeros are a value of the type.
    let action = unsafe { action.assume_init() };
    asked == 0 && action.sa_sigaction == libc::SIG_IGN
}

/// Ignores `signal` from now on; one that is waiting is forgotten.
///
/// # Errors
/// If the system does not allow it.
pub fn ignore(ignored: Signal) -> nix::Result<()> {
    // SAFETY: no code of this process runs for a signal that is ignored.
    unsafe { signal(ignored, SigHandler::SigIgn) }.map(drop)
}

/// Forgets `signal` if it is waiting, and lets the next one end the process, as is the default.
///
/// # Errors
/// If the system does not allow it.
pub fn forget(waiting: Signal) -> nix::Result<()> {
    ignore(waiting)?;
    // SAFETY: the default runs no code of this process.
    unsafe { signal(waiting, SigHandler::SigDfl) }.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_is_told() {
        // A signal that neither the test harness nor anything else in this process has a use for.
        assert!(!is_ignored(Signal::SIGUSR2));
        ignore(Signal::SIGUSR2).expect("allowed");
        assert!(is_ignored(Signal::SIGUSR2));
        forget(Signal::SIGUSR2).expect("allowed");
        assert!(!is_ignored(Signal::SIGUSR2));
    }
}
