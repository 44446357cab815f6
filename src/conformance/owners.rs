//! Documents that are gone, or older than a checkpoint, and checkpoints of something else.

use super::trial::{Trial, deliver, refused, sale};
use crate::position::LogId;
use crate::sink::examine::owner;
use crate::sink::{Claim, Expected, Generation, Standing};

/// A run that has shown 30 records, and whose writer has ended.
fn written(trial: &Trial<'_>) -> Standing {
    let first = trial.claimed();
    deliver(&mut *trial.writer(first.token()), &[(0, 30)], &[sale("a", 0, 30, 1)]).expect("the run's own writer");
    first
}

/// What a run says that is told to count again.
fn again(trial: &Trial<'_>, first: &Standing) -> Claim {
    Claim { counts_again: true, goes_on: false, ..trial.going_on(first) }
}

pub(super) fn a_checkpoint_of_another_sink_is_refused(trial: &Trial<'_>) {
    let expects =
        Expected { sink: "elsewhere".to_owned(), generation: Generation(3), counted: 30, ..Expected::default() };
    let claim = Claim { expects: Some(expects), goes_on: true, ..trial.says("f1") };
    for text in [refused(trial.sink.belongs(&trial.layout, &claim)), refused(trial.claim(&claim))] {
        assert!(text.contains("belongs to elsewhere") && text.contains("--fresh"), "{text}");
    }
    assert!(trial.is_failed(&claim, |check| check == owner::CHECK));
    trial.claim(&Claim { counts_again: true, ..claim }).expect("one that counts again needs nothing there");
}

pub(super) fn documents_of_another_log_are_refused_until_somebody_decides(trial: &Trial<'_>) {
    let of = |topic: &str| LogId { cluster: Some("c".to_owned()), topic: Some(topic.to_owned()) };
    let reads = |topic| Claim { log: of(topic), ..trial.says("f1") };
    let first = trial.claim(&reads("t1")).expect("nothing stands there");
    deliver(&mut *trial.writer(first.token()), &[(0, 30)], &[sale("a", 0, 30, 1)]).expect("the run's own writer");
    trial.claim(&trial.says("f1")).expect("brokers that do not tell say nothing");
    trial.claim(&reads("t1")).expect("the same log");
    for text in [refused(trial.sink.belongs(&trial.layout, &reads("t2"))), refused(trial.claim(&reads("t2")))] {
        assert!(text.contains("another log") && text.contains("--overwrite"), "{text}");
    }
    assert!(trial.is_failed(&reads("t2"), |check| check == owner::CHECK));
    let again = trial.claim(&Claim { counts_again: true, ..reads("t2") }).expect("somebody has decided");
    assert_ne!(again.id, first.id, "what was known of it before is of something else");
    trial.claim(&reads("t2")).expect("and that is kept");
    refused(trial.claim(&reads("t1")));
}

pub(super) fn what_is_removed_is_missed(trial: &Trial<'_>) {
    let first = written(trial);
    let going_on = trial.going_on(&first);
    trial.sink.belongs(&trial.layout, &going_on).expect("what was counted is there");
    assert_eq!(trial.claim(&going_on).expect("granted").generation, Generation(2));
    trial.scratch.remove();
    for text in [refused(trial.sink.belongs(&trial.layout, &going_on)), refused(trial.claim(&going_on))] {
        assert!(text.contains("no control document") && text.contains("documents of 30 records"), "{text}");
        assert!(text.contains("--fresh"), "{text}");
    }
    let anew = trial.claim(&Claim { anew: true, ..again(trial, &first) }).expect("one that counts again is granted");
    assert!(anew.generation > first.generation && anew.id != first.id, "{anew:?}");
    assert!(refused(trial.claim(&going_on)).contains("made anew"), "and the old checkpoint is of something else");
}

pub(super) fn what_is_removed_under_a_writer_is_noticed(trial: &Trial<'_>) {
    let first = trial.claimed();
    let mut writer = trial.writer(first.token());
    deliver(&mut *writer, &[(0, 30)], &[sale("a", 0, 30, 1)]).expect("the run's own writer");
    trial.scratch.remove();
    refused(writer.look());
    refused(deliver(&mut *writer, &[(0, 31)], &[sale("a", 0, 31, 1)]));
}

pub(super) fn documents_that_are_removed_under_a_writer_are_missed(trial: &Trial<'_>) {
    let first = trial.claimed();
    let (mut one, mut idle) = (trial.writer(first.token()), trial.writer(first.token()));
    idle.look().expect("nothing was written yet");
    deliver(&mut *one, &[(0, 30)], &[sale("a", 0, 30, 1)]).expect("the run's own writer");
    one.look().expect("they are there");
    trial.scratch.empty();
    let text = refused(one.look());
    assert!(text.contains("holds no document any more") && text.contains("--fresh"), "{text}");
}

pub(super) fn a_writer_that_opens_late_does_not_take_another_claim_for_its_own(trial: &Trial<'_>) {
    let first = trial.claimed();
    trial.scratch.remove();
    let second = trial.claimed();
    assert_eq!(second.generation, first.generation, "nothing is left that counts them");
    let late = trial.sink.writer(trial.layout.clone(), first.token());
    assert!(late.is_err(), "what its run has claimed is gone");
    deliver(&mut *trial.writer(second.token()), &[(0, 1)], &[sale("a", 0, 1, 1)]).expect("the other run's writer");
}

pub(super) fn an_older_copy_is_told_from_it(trial: &Trial<'_>) {
    let first = trial.claimed();
    let put_back = trial.scratch.copy();
    deliver(&mut *trial.writer(first.token()), &[(0, 30)], &[sale("a", 0, 30, 1)]).expect("the run's own writer");
    put_back();
    let going_on = trial.going_on(&first);
    for text in [refused(trial.sink.belongs(&trial.layout, &going_on)), refused(trial.claim(&going_on))] {
        assert!(text.contains("documents of 30 records"), "{text}");
    }
    // A run that counts again: its positions come as far before all of its documents do.
    let again = trial.claim(&again(trial, &first)).expect("one that counts again is granted");
    assert!(again.generation > first.generation && again.id != first.id, "{again:?}");
    deliver(&mut *trial.writer(again.token()), &[(0, 30)], &[sale("b", 0, 1, 1)]).expect("its own writer");
    assert!(refused(trial.claim(&going_on)).contains("made anew, or replaced"));
}
