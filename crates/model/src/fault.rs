//! What goes wrong at the edges of the program, where files, brokers, databases and people are. Pure.
//!
//! An edge says four things of a failure, each in a field of its own: what is wrong, what to do about it, whose it is,
//! and whether trying again may help. Who takes a [`Fault`] need not read words: a run waits by [`Fault::is_passing`],
//! the doctor shows the remedy in a column of its own, a command ends with an exit code by [`Retry`]. Only what people
//! read is flat: `what; remedy`.

use std::fmt;

/// What is wrong, whose it is, whether to try again, and what to do about it.
///
/// ```
/// use mare_model::fault::{Domain, Fault};
/// let missing = Fault::new(Domain::Log, "topic sales does not exist").remedy("make it with `mare topic create sales`");
/// assert_eq!(missing.to_string(), "topic sales does not exist; make it with `mare topic create sales`");
/// assert!(!missing.is_passing() && missing.within("cannot begin").to_string().starts_with("cannot begin: topic sales"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, for a person and without secrets.
    pub what: String,
    /// What to do about it, if that is known.
    pub remedy: Option<String>,
    /// Who can do something about it.
    pub domain: Domain,
    /// Whether trying again may help.
    pub retry: Retry,
}

/// Who can do something about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Whoever wrote the file, the flags or the request.
    User,
    /// Whoever keeps the log: its brokers, its topics, what their users may do.
    Log,
    /// Whoever keeps the sink.
    Sink,
    /// Whoever keeps this machine, or the place of the checkpoints: disks, ports, threads, files.
    Machine,
    /// We: it is a mistake in the program.
    Ours,
}

/// Whether trying again may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Yes, the same may succeed later: nobody answers, or not yet.
    Later,
    /// When somebody has mended something. Who starts programs again may start this one again.
    Mended,
    /// No: another run has taken over, and the two would take over from each other in turn.
    Never,
}

impl Fault {
    /// A fault that somebody has to mend, and for which no remedy is known yet.
    #[must_use]
    pub fn new(domain: Domain, what: impl fmt::Display) -> Fault {
        Fault { what: what.to_string(), remedy: None, domain, retry: Retry::Mended }
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn remedy(self, remedy: impl fmt::Display) -> Fault {
        Fault { remedy: Some(remedy.to_string()), ..self }
    }

    /// The same as one that may pass by itself.
    #[must_use]
    pub fn later(self) -> Fault {
        Fault { retry: Retry::Later, ..self }
    }

    /// The same as one after which the program must not be started again.
    #[must_use]
    pub fn never(self) -> Fault {
        Fault { retry: Retry::Never, ..self }
    }

    /// The same, met by who did this: `doing: what; remedy`.
    #[must_use]
    pub fn within(self, doing: impl fmt::Display) -> Fault {
        Fault { what: format!("{doing}: {}", self.what), ..self }
    }

    /// Whether it may pass by itself.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        self.retry == Retry::Later
    }
}

impl fmt::Display for Fault {
    /// `what; remedy`, or what is wrong alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.remedy.iter().try_for_each(|remedy| write!(f, "; {remedy}"))
    }
}

impl std::error::Error for Fault {}
