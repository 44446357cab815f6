//! Ctrl-C during a run, or during one that follows it.

use crate::cli::{Failure, on_signals};
use crate::run::Handle;

/// A handle whose runs end in good order at the first Ctrl-C or SIGTERM.
///
/// # Errors
/// If signals of this process are already handled by somebody else.
pub fn stopped_by_signals() -> Result<Handle, Failure> {
    let handle = Handle::default();
    let asked = handle.clone();
    let ask = move || {
        tracing::info!("stopping: what has been read is written first (again to stop at once)");
        asked.stop();
    };
    on_signals(ask, || ())?;
    Ok(handle)
}
