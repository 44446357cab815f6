//! What can be looked at, and what a run does where that has failed.

use serde::{Serialize, Serializer};

/// What a run does about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// Nothing: it is good, or not for a run.
    None,
    /// It says so, and goes on.
    Says,
    /// It says that a server is away, and asks again until it has an answer.
    Waits,
    /// It does not begin.
    Refuses,
}

/// A check: what is looked at. Each stands in a list, of the doctor or of a kind of sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// Scripts may rely on it: `kafka.topic`, `disk.checkpoints`.
    name: &'static str,
    failed: Consequence,
}

impl Check {
    /// A check about which a run does `failed` where it has failed.
    #[must_use]
    pub const fn new(name: &'static str, failed: Consequence) -> Check {
        Check { name, failed }
    }

    /// How it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// What a run does where it has failed.
    #[must_use]
    pub const fn failed(self) -> Consequence {
        self.failed
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

/// Declares a constant for each check, and `CHECKS` of all of them.
#[macro_export]
macro_rules! checks {
    ($($(#[$what:meta])* $constant:ident: $name:literal, $failed:ident;)+) => {
        $(
            $(#[$what])*
            pub const $constant: $crate::Check =
                $crate::Check::new($name, $crate::Consequence::$failed);
        )+

        /// All of them, in the order of the documentation.
        pub const CHECKS: &[$crate::Check] = &[$($constant),+];
    };
}
