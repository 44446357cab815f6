//! How many events were filtered, among the other counts of a sentence.

use indicatif::HumanCount;

/// `, 5 filtered` with `, ` before it; nothing if none was, as in a dataflow that wants all events.
pub(super) fn filtered(before: &str, events: u64) -> String {
    if events == 0 { String::new() } else { format!("{before}{} filtered", HumanCount(events)) }
}
