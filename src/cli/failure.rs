//! How a command fails.

use std::fmt;

use console::style;
use tracing::error;

use super::{exit, logging, output};
use crate::fault::{Domain, Fault, Retry};
use crate::plain::plain_lines;

/// Why a command failed, for a person: what is wrong, and what to do about it where that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// One thing is wrong, which the command itself has found: the remedy stands on a line of its own.
    One(Fault),
    /// One thing is wrong, which a run has met at an edge: it is said in one line, as its log says it.
    Met(Fault),
    /// A report of several things, which says of itself that it is one of errors.
    Report(String),
}

impl Failure {
    /// A failure of what the command was asked for, without a known remedy.
    #[must_use]
    pub fn new(message: impl fmt::Display) -> Self {
        Failure::One(Fault::new(Domain::User, message))
    }

    /// Another run has taken over. Whoever starts commands again is to leave this one ended.
    #[must_use]
    pub fn superseded(message: impl fmt::Display) -> Self {
        Failure::Met(Fault::new(Domain::Sink, message).never())
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
            Failure::One(fault) => Failure::One(fault.remedy(text)),
            Failure::Met(fault) => Failure::Met(fault.remedy(text)),
            Failure::Report(report) => Failure::Report(report),
        }
    }

    /// The exit code of a command that fails like this.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Failure::One(fault) | Failure::Met(fault) if fault.retry == Retry::Never => exit::SUPERSEDED,
            _ => exit::FAILED,
        }
    }

    /// Says it on standard error, in colours on a terminal; in the log if that is for machines.
    pub fn print(&self) {
        match self {
            _ if logging::is_json() => self.log(),
            Failure::Report(text) => output::tell(text),
            Failure::Met(fault) => complain(&fault.to_string()),
            Failure::One(Fault { what, remedy, .. }) => {
                complain(what);
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
            Failure::One(Fault { what, remedy: Some(remedy), .. }) => error!(remedy, "{what}"),
            Failure::One(fault) | Failure::Met(fault) => error!("{fault}"),
            Failure::Report(text) => {
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
    /// On one line, `what (remedy)` or, where a run has met it, `what; remedy`; or the report.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::One(Fault { what, remedy: Some(remedy), .. }) => write!(f, "{what} ({remedy})"),
            Failure::One(fault) | Failure::Met(fault) => fault.fmt(f),
            Failure::Report(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Failure::Met(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_run_meets_is_said_in_one_line_and_what_a_command_finds_with_its_remedy() {
        let missing = Fault::new(Domain::Log, "topic sales does not exist").remedy("make it with `mare topic create`");
        let met = Failure::from(missing.clone());
        assert_eq!(met.to_string(), "topic sales does not exist; make it with `mare topic create`");
        assert_eq!(Failure::One(missing).to_string(), "topic sales does not exist (make it with `mare topic create`)");
        assert_eq!(Failure::new("nothing was deleted").to_string(), "nothing was deleted");
    }

    #[test]
    fn only_a_run_that_another_has_taken_over_from_must_not_be_started_again() {
        let codes = [Failure::new("a"), Failure::report("b"), Fault::new(Domain::Log, "c").later().into()];
        assert_eq!(codes.map(|failure| failure.code()), [exit::FAILED; 3]);
        assert_eq!(Failure::superseded("d").remedy("e").code(), exit::SUPERSEDED);
    }
}
