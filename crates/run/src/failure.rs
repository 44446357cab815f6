//! How a run fails, or whatever else a command does.

use std::fmt;

use mare_model::fault::{Domain, Fault};

/// Why something failed, for a person: what is wrong, and what to do about it where that is known.
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

/// What is met at an edge is a fault there.
impl<E: Into<Fault>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Met(error.into())
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
}
