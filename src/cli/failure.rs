//! How a command fails.

use std::fmt;

use console::style;

use crate::source::SourceError;

/// Why a command failed, for a person: what is wrong, and what to do about it where that is known.
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
            report @ Failure::Report(_) => report,
        }
    }

    /// Says it on standard error, in colours on a terminal.
    pub fn print(&self) {
        match self {
            Failure::Report(text) => eprintln!("{text}"),
            Failure::One { message, remedy } => {
                eprintln!("{} {message}", style("error:").for_stderr().red().bold());
                if let Some(remedy) = remedy {
                    eprintln!("{} {remedy}", style(" help:").for_stderr().cyan().bold());
                }
            }
        }
    }
}

impl fmt::Display for Failure {
    /// `message (remedy)`, on one line, or the report.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::One { message, remedy: Some(remedy) } => write!(f, "{message} ({remedy})"),
            Failure::One { message: text, remedy: None } | Failure::Report(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Failure {}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Failure::new(error)
    }
}
