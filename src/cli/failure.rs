//! How a command fails.

use std::fmt;

use console::style;

/// Why a command failed, for a person: what is wrong, and what to do about it where that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What is wrong.
    message: String,
    /// What to do about it.
    remedy: Option<String>,
}

impl Failure {
    /// A failure without a known remedy.
    #[must_use]
    pub fn new(message: impl fmt::Display) -> Self {
        Failure { message: message.to_string(), remedy: None }
    }

    /// The same failure with what to do about it.
    #[must_use]
    pub fn remedy(self, remedy: impl fmt::Display) -> Self {
        Failure { remedy: Some(remedy.to_string()), ..self }
    }

    /// Says it on standard error, in colours on a terminal.
    pub fn print(&self) {
        eprintln!("{} {}", style("error:").for_stderr().red().bold(), self.message);
        if let Some(remedy) = &self.remedy {
            eprintln!("{} {remedy}", style(" help:").for_stderr().cyan().bold());
        }
    }
}

impl fmt::Display for Failure {
    /// `message (remedy)`, on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.remedy {
            Some(remedy) => write!(f, "{} ({remedy})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Failure {}
