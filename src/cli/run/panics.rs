//! What a process does that runs a dataflow when anything in it panics.

use tracing::error;

use crate::cli::complain::complain;
use crate::cli::{Failure, exit, logging};

/// How timely begins what it says when a connection between processes breaks.
const LOST_PEER: &str = "timely communication error: ";

/// A panic in a worker, or a lost connection between processes, which timely answers with one, ends the process: the
/// others of its kind would wait for the dead worker for ever.
pub fn end_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload().downcast_ref::<String>();
        match message.and_then(|message| message.strip_prefix(LOST_PEER)) {
            Some(reason) => {
                let lost = Failure::new(format!("lost the connection to another process of the cluster: {reason}"));
                complain(&lost.remedy(
                    "it has ended or is out of reach; start all processes again, they go on from the last checkpoint",
                ));
            }
            None if logging::is_json() => error!("{panic}"),
            None => report(panic),
        }
        std::process::exit(exit::BROKEN_OFF.into());
    }));
}
