//! The topics of late events and dead letters: there, and writable as far as the brokers' metadata tells.

use std::sync::Arc;

use super::{LOOK, unanswered};
use crate::dataflow::Plan;
use crate::doctor::Finding;
use crate::letters::Letters;
use crate::source::SourceError;

/// Checks the topics that `plan` names, each by the client that would send to it.
#[must_use]
pub fn check(plan: &Plan) -> Vec<Finding> {
    let late = plan.late.as_ref().map(|to| {
        let only = Plan { dead_letter: None, ..plan.clone() };
        one("letters.late", &only, &to.topic)
    });
    let dead = plan.dead_letter.as_ref().map(|to| {
        let only = Plan { late: None, ..plan.clone() };
        one("letters.dead_letter", &only, &to.topic)
    });
    late.into_iter().chain(dead).collect()
}

/// Checks the one topic of letters of `plan`.
fn one(check: &'static str, plan: &Plan, topic: &str) -> Finding {
    // What ends a run is said by the outcome of the question too.
    let fail = Arc::new(|why: String| tracing::debug!("{why}"));
    match Letters::new(plan, &(fail as crate::letters::Fail)) {
        Err(SourceError(why)) => Finding::from_error(check, &why, LOOK),
        Ok(None) => Finding::ok(check, "no topic is named"),
        Ok(Some(letters)) => match letters.check() {
            Ok(()) => Finding::ok(check, format!("{topic} is there")),
            Err(why) => unanswered(check, &why),
        },
    }
}
