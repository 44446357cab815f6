//! Decisions without processes.

use super::*;

const POLICY: Policy = Policy { beat_timeout: Duration::from_secs(10), restarts_max: 4 };
const FINE: Child = Child::Running { phase: ProcessPhase::Up, since_beat: Duration::from_secs(1) };
const WAITS: Child = Child::Running { phase: ProcessPhase::Starting, since_beat: Duration::from_secs(1) };
const STUCK: Child = Child::Running { phase: ProcessPhase::Up, since_beat: Duration::from_secs(11) };
const DONE: Child = Child::Ended { ending: Ending::Code(0), since: Duration::ZERO };
const KILLED: Child = Child::Ended { ending: Ending::Signal(9), since: Duration::ZERO };
const PANIC: Child = Child::Ended { ending: Ending::Code(101), since: Duration::ZERO };
const REFUSES: Child = Child::Ended { ending: Ending::Code(1), since: Duration::ZERO };

/// A cluster that has been up and never restarted.
fn facts(children: &[Child]) -> Facts {
    Facts { children: children.to_vec(), stopping: Stopping::No, restarts: 0, has_been_up: true }
}

fn died(process: usize, child: Child) -> EndCause {
    match child {
        Child::Ended { ending, .. } => EndCause::Died { process, ending },
        Child::Running { .. } => panic!("it runs"),
    }
}

fn cause(children: &[Child]) -> Option<EndCause> {
    match POLICY.decide(&facts(children)) {
        SupervisionDecision::RestartAll { cause, .. } => Some(cause),
        _ => None,
    }
}

#[test]
fn a_cluster_that_works_is_left_alone() {
    assert_eq!(POLICY.decide(&facts(&[FINE, WAITS])), SupervisionDecision::Wait);
    assert_eq!(POLICY.decide(&facts(&[FINE, DONE])), SupervisionDecision::Wait, "the others are about to end as well");
    assert_eq!(POLICY.decide(&facts(&[DONE, DONE])), SupervisionDecision::Done);
}

#[test]
fn any_failure_restarts_all() {
    assert_eq!(cause(&[FINE, KILLED]), Some(died(1, KILLED)));
    assert_eq!(cause(&[REFUSES, FINE]), Some(died(0, REFUSES)));
    assert_eq!(cause(&[DONE, PANIC]), Some(died(1, PANIC)));
    assert_eq!(cause(&[FINE, STUCK]), Some(EndCause::Hangs { process: 1, since: Duration::from_secs(11) }));
}

#[test]
fn the_cause_is_the_end_that_tells_most() {
    assert_eq!(cause(&[PANIC, KILLED, PANIC]), Some(died(1, KILLED)));
    assert_eq!(cause(&[PANIC, REFUSES]), Some(died(1, REFUSES)));
    assert_eq!(cause(&[STUCK, PANIC]), Some(died(1, PANIC)));
    assert_eq!(cause(&[PANIC, PANIC]), Some(died(0, PANIC)));
}

#[test]
fn a_process_may_wait_for_its_servers_as_long_as_it_beats() {
    assert_eq!(POLICY.decide(&facts(&[WAITS, WAITS])), SupervisionDecision::Wait);
    let silent = Child::Running { phase: ProcessPhase::Starting, since_beat: Duration::from_secs(11) };
    assert_eq!(cause(&[WAITS, silent]), Some(EndCause::Hangs { process: 1, since: Duration::from_secs(11) }));
}

#[test]
fn nobody_waits_for_ever_for_one_that_has_left() {
    let left = |seconds| Child::Ended { ending: Ending::Code(0), since: Duration::from_secs(seconds) };
    assert_eq!(POLICY.decide(&facts(&[left(10), WAITS])), SupervisionDecision::Wait);
    assert_eq!(cause(&[left(11), WAITS]), Some(EndCause::LeftEarly { process: 0 }));
    assert_eq!(POLICY.decide(&facts(&[left(11), FINE])), SupervisionDecision::Wait, "it still writes");
}

#[test]
fn pauses_double_up_to_a_longest() {
    let pauses: Vec<u128> = (0..9).map(|restarts| pause(restarts).as_millis()).collect();
    assert_eq!(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
}

#[test]
fn restarts_have_a_limit() {
    let decide = |restarts| POLICY.decide(&Facts { restarts, ..facts(&[KILLED, FINE]) });
    assert_eq!(decide(3), SupervisionDecision::RestartAll { after: Duration::from_secs(4), cause: died(0, KILLED) });
    assert_eq!(decide(4), SupervisionDecision::GiveUp { cause: died(0, KILLED), because: LastStraw::Limit(4) });
}

#[test]
fn a_process_that_refuses_is_not_asked_for_ever() {
    let decide = |child, restarts, has_been_up| {
        let facts = Facts { restarts, has_been_up, ..facts(&[child, WAITS]) };
        matches!(POLICY.decide(&facts), SupervisionDecision::GiveUp { because: LastStraw::Refusal, .. })
    };
    assert!(!decide(REFUSES, 0, false) && !decide(REFUSES, 1, false), "it may be a passing evil");
    assert!(decide(REFUSES, 2, false));
    assert!(!decide(REFUSES, 2, true), "once it has worked it may work again");
    assert!(!decide(PANIC, 2, false), "a panic says nothing about what a person should do");
}

#[test]
fn a_cluster_that_was_taken_over_from_does_not_take_over_in_turn() {
    let superseded = Child::Ended { ending: Ending::Code(3), since: Duration::ZERO };
    for others in [FINE, PANIC, KILLED, REFUSES] {
        let decision = POLICY.decide(&facts(&[others, superseded]));
        let because = LastStraw::Superseded;
        assert_eq!(decision, SupervisionDecision::GiveUp { cause: died(1, superseded), because }, "beside {others:?}");
    }
}

#[test]
fn stopping_tells_all_once_and_waits() {
    let decide = |children: &[Child], stopping| POLICY.decide(&Facts { stopping, ..facts(children) });
    assert_eq!(decide(&[FINE, FINE], Stopping::Asked), SupervisionDecision::Stop);
    assert_eq!(decide(&[FINE, FINE], Stopping::Told), SupervisionDecision::Wait);
    assert_eq!(decide(&[FINE, DONE], Stopping::Told), SupervisionDecision::Wait);
    assert_eq!(decide(&[DONE, DONE], Stopping::Told), SupervisionDecision::Done);
    assert_eq!(decide(&[DONE, DONE], Stopping::Asked), SupervisionDecision::Done);
    assert_eq!(decide(&[], Stopping::Asked), SupervisionDecision::Done, "between two lives");
}

#[test]
fn nothing_is_started_again_while_stopping() {
    for stopping in [Stopping::Asked, Stopping::Told] {
        let decision = POLICY.decide(&Facts { stopping, ..facts(&[KILLED, FINE]) });
        assert_eq!(decision, SupervisionDecision::GiveUp { cause: died(0, KILLED), because: LastStraw::Stopping });
        let decision = POLICY.decide(&Facts { stopping, ..facts(&[STUCK, FINE]) });
        assert!(matches!(decision, SupervisionDecision::GiveUp { because: LastStraw::Stopping, .. }));
    }
}
