//! How a run fails, or whatever else a command does.

use std::fmt;

use crate::source::SourceError;

/// Why something failed, for a person: what is wrong, and what to do about it where that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// One thing is wrong.
    One {
        /// What is wrong.
        message: String,
        /// What to do about it.
        remedy: Option<String>,
    },
    /// A report of several things, which says of itself that it is one of errors.
    Report(String),
    /// Another run has taken over. Whoever starts commands again is to leave this one ended: the two would take over from
    /// each other in turn.
    Superseded(String),
}

impl Failure {
    /// A failure without a known remedy.
    #[must_use]
    pub fn new(message: impl fmt::Display) -> Self {
        Failure::One { message: message.to_string(), remedy: None }
    }

    /// A failure that is reported in full already, such as the problems of a dataflow file at their lines.
    #[must_use]
    pub fn report(text: impl fmt::Display) -> Self {
        Failure::Report(text.to_string())
    }

    /// The same failure with what to do about it.
    #[must_use]
    pub fn remedy(self, text: impl fmt::Display) -> Self {
        match self {
            Failure::One { message, .. } => Failure::One { message, remedy: Some(text.to_string()) },
            other @ (Failure::Report(_) | Failure::Superseded(_)) => other,
        }
    }
}

impl fmt::Display for Failure {
    /// `message (remedy)`, on one line, or the report.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::One { message, remedy: Some(remedy) } => write!(f, "{message} ({remedy})"),
            Failure::One { message: text, remedy: None } | Failure::Report(text) | Failure::Superseded(text) => {
                f.write_str(text)
            }
        }
    }
}

impl std::error::Error for Failure {}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Failure::new(error)
    }
}
