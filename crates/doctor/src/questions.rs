//! What a run asks before it claims the sink or reads a record: the same checks, so that it says what the doctor would.
//!
//! Where a check has failed, a run does what its line of the [list](super::list) says. That a server is away is no
//! answer, and the question is asked again.
//!
//! A run that is refused has claimed nothing, and stops no other.

use super::kafka::topics::Topics;
use super::ports::Listening;
use super::{Finding, checkpoint, kafka, ports};
use mare_checkpoint::Manifest;
use mare_dataflow::Plan;
use mare_sink::examine::{Examination, owner};
use mare_sink::{Claim, SinkError};

/// Asks about this machine, for a process that is going to listen at `listens`.
#[must_use]
pub fn machine(plan: &Plan, listens: &[Listening]) -> Vec<Finding> {
    let mut found = ports::check(listens);
    if let Some(settings) = &plan.checkpoint {
        checkpoint::place(settings, &plan.name, &mut found);
    }
    found
}

/// The topics that a run of `plan` reads and writes, to be asked about.
///
/// # Errors
/// If librdkafka refuses a property.
pub fn topics(plan: &Plan) -> Result<Topics<'_>, Finding> {
    Topics::of(plan)
}

/// Asks whether the newest checkpoint of `plan` is one to go on from, and the topic still has what comes next; returns
/// it too.
#[must_use]
pub fn checkpoint(plan: &Plan) -> (Vec<Finding>, Option<Manifest>) {
    let Some(settings) = &plan.checkpoint else { return (Vec::new(), None) };
    let (finding, newest) = checkpoint::newest(plan, settings);
    let positions = newest.as_ref().and_then(|newest| kafka::positions(plan, newest));
    ([Some(finding), positions, checkpoint::loss(plan, settings)].into_iter().flatten().collect(), newest)
}

/// Asks the sink of `plan` about a run that would say `claim`. One that is told to count again expects nothing of it.
///
/// # Errors
/// [`SinkError::Away`] if it cannot be asked yet; any other if it refuses to be asked at all.
pub fn sink(plan: &Plan, claim: &Claim) -> Result<Vec<Finding>, SinkError> {
    let Examination { findings: mut found, unanswered } =
        plan.sink().examine(&plan.layout(), claim, plan.event.max_ahead_ms);
    if let Some(error) = unanswered {
        return Err(error);
    }
    found.retain(|finding| finding.check != owner::CHECK || !claim.counts_again);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use mare_checks::Consequence;

    #[test]
    fn a_port_that_is_taken_refuses_a_run_before_it_claims() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let listens = [Listening { addresses: vec![taken.local_addr().unwrap()], who: "process 0" }];
        let consequences = |listens: &[Listening]| {
            let found = machine(&fixture::plan(), listens);
            found.iter().map(Finding::consequence).filter(|found| *found == Consequence::Refuses).count()
        };
        assert_eq!((consequences(&listens), consequences(&[])), (1, 0));
    }

    #[test]
    fn a_table_of_another_program_refuses_a_run_and_a_missing_file_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("totals.db");
        let mut plan = fixture::plan();
        plan.outputs[0].sink = mare_sqlite::SqliteSink { path: path.clone(), table: "totals".into() }.into();
        let claim = mare_dataflow::fixture::documents::claim("f1", false);
        let refuses = |plan: &Plan| {
            let found = sink(plan, &claim).unwrap();
            found.into_iter().find(|found| found.consequence() == Consequence::Refuses).map(|found| found.check.name())
        };
        assert_eq!(refuses(&plan), None);
        rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE totals (a TEXT)").unwrap();
        assert_eq!(refuses(&plan), Some("sqlite.table"));
    }
}
