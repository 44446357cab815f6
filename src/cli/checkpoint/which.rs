//! Which checkpoint is meant.

use std::str::FromStr;

use crate::checkpoint::{Listed, Repository};
use crate::cli::Failure;
use crate::time::Epoch;

/// A checkpoint as the command line names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The newest that has a manifest, whole or not.
    Newest,
    /// The one at an epoch.
    At(Epoch),
}

impl FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Which, String> {
        match text {
            "newest" => Ok(Which::Newest),
            epoch => epoch.parse().map(|epoch| Which::At(Epoch(epoch))).map_err(|_| {
                "neither `newest` nor an epoch, a number that `mare checkpoint list FILE` shows".to_owned()
            }),
        }
    }
}

impl Which {
    /// Finds it.
    ///
    /// # Errors
    /// If there is none, or the store does not answer.
    pub fn find(self, repository: &Repository) -> Result<Listed, Failure> {
        let mut listed = repository.list()?.into_iter();
        let (found, name) = match self {
            Which::Newest => (listed.find(Listed::is_committed), String::new()),
            Which::At(epoch) => (listed.find(|listed| listed.epoch == epoch), format!(" at epoch {}", epoch.0)),
        };
        found.ok_or_else(|| missing(repository, &name))
    }
}

/// That there is no such checkpoint.
pub(super) fn missing(repository: &Repository, name: &str) -> Failure {
    Failure::new(format!("there is no checkpoint{name} in {}", repository.place()))
        .remedy("`mare checkpoint list FILE` shows which there are; --set checkpoint.path=… looks elsewhere")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::fixture;

    #[test]
    fn a_checkpoint_is_named_by_its_epoch_or_its_age() {
        assert_eq!("newest".parse(), Ok(Which::Newest));
        assert_eq!("00000001764331200000".parse(), Ok(Which::At(Epoch(1_764_331_200_000))));
        for wrong in ["-1", "oldest"] {
            let refused = wrong.parse::<Which>().unwrap_err();
            assert!(refused.contains("`mare checkpoint list FILE`"), "what is advised can be typed: {refused}");
        }
        let missing = Which::Newest.find(&fixture::in_memory().1).unwrap_err().to_string();
        assert!(missing.contains("`mare checkpoint list FILE`"), "{missing}");
    }
}
