//! A server that is away: since when, and why, as whoever looked last has found.

use std::fmt;
use std::time::{Duration, Instant};

/// One time during which a server does not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// When it began, as far as that is known.
    pub since: Instant,
    /// Why, in words, without secrets.
    pub why: String,
}

impl Absence {
    /// One that begins now.
    #[must_use]
    pub fn begin(why: &str) -> Self {
        Absence { since: Instant::now(), why: why.to_owned() }
    }

    /// How long it has lasted.
    #[must_use]
    pub fn lasts(&self) -> Duration {
        self.since.elapsed()
    }
}

impl fmt::Display for Absence {
    /// `away for 12 s (connection refused at localhost:9092)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "away for {} s ({})", self.lasts().as_secs(), self.why)
    }
}
