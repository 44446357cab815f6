//! What a run asks before it claims anything: the doctor's questions, and in the doctor's words.

use tracing::warn;

use super::begin::patiently;
use super::session::ask;
use super::setup::BeginOptions;
use crate::failure::Failure;
use mare_checks::{Consequence, Finding};
use mare_dataflow::Plan;
use mare_doctor::kafka::Size;
use mare_doctor::kafka::contact::Closed;
use mare_doctor::kafka::topics::TopicQuestion;
use mare_doctor::ports::Listening;
use mare_doctor::{limits, questions};
use mare_engine::Control;
use mare_model::fault::{Domain, Fault};
use mare_sink::{Claim, SinkError};
use mare_source::{Health, Survey};

/// Asks all that a process of `plan`, which is going to listen at `listens` and to read the log that `survey` asks
/// about, needs to know of this machine and of the topics; servers that are away are waited for, but for those that
/// alerts go to. `None` if it is asked to stop meanwhile.
///
/// # Errors
/// If a check has failed for which a run does not begin.
pub fn patient(
    plan: &Plan,
    listens: &[Listening],
    survey: &dyn Survey,
    control: &Control,
) -> Result<Option<()>, Failure> {
    settle(questions::machine(plan, listens))?;
    // What there is to mend is said below; here brokers are waited for.
    let answers = || match survey.partitions() {
        Err(fault) if fault.is_passing() => Err(fault),
        _ => Ok(()),
    };
    if ask(survey.health(), control, answers)?.is_none() {
        return Ok(None);
    }
    let topics = questions::topics(plan).map_err(refused)?;
    let mut source = Size::default();
    for question in topics.questions() {
        let health = if question.is_of_source() { survey.health() } else { question.health() };
        let Some(size) = settled(&question, health, control)? else { return Ok(None) };
        if question.is_of_source() {
            source = size.unwrap_or_default();
        }
    }
    settle(vec![limits::files(source.partitions, source.brokers)]).map(Some)
}

/// The answer to `question`, for which brokers are waited that `health` tells of; nothing where that is left to alerts.
/// `None` if the run is asked to stop meanwhile.
fn settled(question: &TopicQuestion<'_>, health: &Health, control: &Control) -> Result<Option<Option<Size>>, Failure> {
    let asked = ask(health, control, || match question.ask_for_run() {
        Ok(size) => Ok(Ok(size)),
        Err(Closed::Refused(finding)) => Ok(Err(finding)),
        Err(Closed::Away(finding)) => Err(Fault::new(Domain::Log, finding.finding).later()),
    })?;
    let size = asked.transpose().map_err(refused)?;
    if size.as_ref().is_some_and(Option::is_some) {
        health.answered();
    }
    Ok(size)
}

/// Asks the sink of `plan` whether a run may say `claim` there and could write then; waits for one that is away. `None`
/// if the run is asked to stop meanwhile.
///
/// # Errors
/// If a check has failed for which a run does not begin.
pub(super) fn of_sink(plan: &Plan, claim: &Claim, control: &Control) -> Result<Option<()>, Failure> {
    let found = patiently(control, || questions::sink(plan, claim))?;
    found.map(settle).transpose()
}

/// Asks all that once, for processes that are not started yet, which begin as `options` say. A server that is away is
/// left to them to wait for.
///
/// # Errors
/// If a check has failed for which a run does not begin.
pub fn once(plan: &Plan, options: BeginOptions, listens: &[Listening]) -> Result<(), Failure> {
    settle(questions::machine(plan, listens))?;
    let mut newest = None;
    let topics = questions::topics(plan).map_err(refused)?;
    match topics.questions().try_for_each(|question| question.ask_for_run().map(drop)) {
        Err(Closed::Refused(finding)) => return Err(refused(finding)),
        Ok(_) if options.goes_on() => {
            let (found, whole) = questions::checkpoint(plan);
            settle(found)?;
            newest = whole;
        }
        Err(Closed::Away(_)) | Ok(_) => {}
    }
    plan.views().iter().try_for_each(|view| match questions::sink(view, &options.claim(view, newest.as_ref())) {
        Ok(found) => settle(found),
        Err(SinkError::Away(_)) => Ok(()),
        Err(refused @ (SinkError::Refused(_) | SinkError::Superseded(_))) => Err(refused.into()),
    })
}

/// Does about `findings` what a run does.
fn settle(findings: Vec<Finding>) -> Result<(), Failure> {
    for finding in findings {
        match finding.consequence() {
            Consequence::None => {}
            Consequence::Says => {
                let Finding { check, finding, remedy, .. } = finding;
                warn!(check = check.name(), "{finding}; {}", remedy.unwrap_or_default());
            }
            // Servers are waited for where they are asked; what comes here is an answer.
            Consequence::Waits | Consequence::Refuses => return Err(refused(finding)),
        }
    }
    Ok(())
}

/// How a run is refused: with the name of the check, which `mare doctor` has too.
fn refused(finding: Finding) -> Failure {
    let Finding { check, finding, remedy, .. } = finding;
    let failure = Failure::new(format!("{}: {finding}", check.name()));
    remedy.into_iter().fold(failure, |failure, remedy| failure.remedy(remedy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_doctor::list;

    #[test]
    fn the_first_failure_that_matters_is_told_with_its_remedy() {
        let good = Finding::ok(list::PORTS, "free");
        let said = Finding::failed(list::DISK, "full", "make room");
        let bad = Finding::failed(list::NEWEST, "it is broken", "heal it");
        assert_eq!(settle(vec![good.clone(), said.clone()]), Ok(()));
        let failure = settle(vec![good, said, bad]).expect_err("refused");
        assert_eq!(failure, Failure::new("checkpoint.newest: it is broken").remedy("heal it"));
    }
}
