//! How a command fails.

use std::fmt;

use console::style;
use tracing::error;

use super::{exit, logging, output};
use crate::fault::Fault;
use crate::plain::plain_lines;

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

    /// The exit code of a command that fails like this.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Failure::One { .. } | Failure::Report(_) => exit::FAILED,
            Failure::Superseded(_) => exit::SUPERSEDED,
        }
    }

    /// Says it on standard error, in colours on a terminal; in the log if that is for machines.
    pub fn print(&self) {
        match self {
            _ if logging::is_json() => self.log(),
            Failure::Report(text) => output::tell(text),
            Failure::Superseded(message) => complain(message),
            Failure::One { message, remedy } => {
                complain(message);
                if let Some(remedy) = remedy {
                    output::tell(format_args!(
                        "{} {}",
                        style(" help:").for_stderr().cyan().bold(),
                        plain_lines(remedy)
                    ));
                }
            }
        }
    }

    /// Says it in the log.
    fn log(&self) {
        match self {
            Failure::One { message, remedy: Some(remedy) } => error!(remedy, "{message}"),
            Failure::One { message, remedy: None } => error!("{message}"),
            Failure::Report(text) | Failure::Superseded(text) => {
                let text = console::strip_ansi_codes(text);
                error!("{}", text.strip_prefix("error: ").unwrap_or(&text));
            }
        }
    }
}

fn complain(message: &str) {
    output::tell(format_args!("{} {}", style("error:").for_stderr().red().bold(), plain_lines(message)));
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

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Failure::new(fault)
    }
}
