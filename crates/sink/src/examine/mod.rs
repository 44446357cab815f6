//! Looking at a sink before a run: what every sink finds, and what it finds it with.
//!
//! Each kind has a room `examine` with checks of its own; its findings go to the doctor, and decide whether a run
//! begins.
//!
//! # Layout
//! * `mod`: [`Examination`]
//! * [`owner`]: whether the newest checkpoint and the sink belong together (pure)

pub mod owner;

use super::SinkError;
use mare_checks::Finding;

/// What a sink has found of itself.
#[derive(Debug, Default)]
pub struct Examination {
    /// What was found.
    pub findings: Vec<Finding>,
    /// Why not all of it could be asked, if so: a run asks again if the sink was away, and does not begin if it has
    /// refused.
    pub unanswered: Option<SinkError>,
}

impl From<Vec<Finding>> for Examination {
    fn from(findings: Vec<Finding>) -> Examination {
        Examination { findings, unanswered: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sink_that_is_away_has_the_remedy_of_the_caller() {
        let away = Finding::of(owner::CHECK, SinkError::away("no server; none"), "start it");
        assert_eq!((&*away.finding, away.remedy.as_deref()), ("no server; none", Some("start it")));
        let refused = Finding::of(owner::CHECK, SinkError::refused("a; b", "grant it"), "start it");
        assert_eq!((&*refused.finding, refused.remedy.as_deref()), ("a; b", Some("grant it")));
    }
}
