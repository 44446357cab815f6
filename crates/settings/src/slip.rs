//! What people write to reach a server, and what is usually wrong with it. Pure: no server is asked.
//!
//! A slip is something with which no connection could ever come, so it is refused at its line and not retried for ever.
//! The same rules hold for a dataflow file and for the flags of commands that take none.

/// What is wrong with a value, without the value itself where that may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// What is wrong, as the end of a sentence that begins with the name of the key.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl Slip {
    /// What is wrong, and what to do about it.
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Slip {
        Slip { what: what.into(), remedy: remedy.into() }
    }
}
