//! What is promised for partitions that are silent, and who may write it down.

use super::trial::{Trial, assert_superseded, deliver, positions, sale};
use crate::journal::{Heartbeat, Journal};
use crate::position::{Offset, Partition};
use crate::sink::Claim;
use crate::time::EventTime;

fn heartbeat(partition: i32, offset: i64, promise: i64) -> Heartbeat {
    Heartbeat { partition: Partition(partition), offset: Offset(offset), promise: EventTime(promise) }
}

fn journal(heartbeats: &[Heartbeat]) -> Journal {
    heartbeats.iter().copied().collect()
}

pub(super) fn what_is_declared_is_found_by_every_claim_from_then_on(trial: &Trial<'_>) {
    let first = trial.claimed();
    assert!(first.journal.is_empty());
    let (mut one, mut two) = (trial.writer(first.token()), trial.writer(first.token()));
    one.declare(&[heartbeat(0, 5, 50), heartbeat(2, 0, 40)]).expect("the run's own writer");
    two.declare(&[heartbeat(1, 9, 90)]).expect("another one of it");
    two.declare(&[heartbeat(0, 5, 70)]).expect("those of one offset become the larger one");
    one.declare(&[heartbeat(0, 5, 50)]).expect("to declare again is harmless");
    deliver(&mut *one, &[(0, 5)], &[sale("a", 0, 1, 1)]).expect("its documents are beside it");
    let all = journal(&[heartbeat(0, 5, 70), heartbeat(1, 9, 90), heartbeat(2, 0, 40)]);
    assert_eq!(trial.reader().journal().expect("a sink that answers"), all);
    let second = trial.claimed();
    assert_eq!((&second.journal, &second.shown), (&all, &positions(&[(0, 5)])));
    trial.writer(second.token()).declare(&[heartbeat(0, 7, 80)]).expect("the newer run's writer");
    let left = Claim { firsts: positions(&[(0, 8)]), ..trial.says("f1") };
    let third = trial.claim(&left).expect("granted").journal;
    assert_eq!(third, journal(&[heartbeat(0, 7, 80), heartbeat(1, 9, 90), heartbeat(2, 0, 40)]), "0 to 7 are gone");
    assert_eq!(trial.reader().journal().expect("a sink that answers"), third);
    let over = trial.claim(&Claim { overwrite: true, ..trial.says("f2") }).expect("granted");
    assert!(over.journal.is_empty() && trial.reader().journal().expect("a sink that answers").is_empty());
}

pub(super) fn a_superseded_writer_declares_nothing(trial: &Trial<'_>) {
    let mut zombie = trial.writer(trial.claimed().token());
    zombie.declare(&[heartbeat(0, 5, 50)]).expect("it is not superseded yet");
    let newer = trial.claimed();
    assert_superseded(&zombie.declare(&[heartbeat(0, 5, 60)]));
    assert_superseded(&zombie.declare(&[heartbeat(1, 0, 10)]));
    let stands = journal(&[heartbeat(0, 5, 50)]);
    assert_eq!((trial.reader().journal().expect("a sink that answers"), &newer.journal), (stands.clone(), &stands));
}
