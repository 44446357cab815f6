//! What a sink says of itself.

use super::trial::{Trial, deliver, sale};
use crate::checks::Verdict;
use crate::sink::examine::owner;
use crate::sink::{Claim, FencingToken, Generation, Standing, Written};

pub(super) fn a_sink_says_what_it_is_and_is_the_same_as_itself(trial: &Trial<'_>) {
    let (said, again) = (trial.sink.describe(), trial.scratch.sink().describe());
    assert_eq!(said, again);
    let texts = [said.kind, &said.line, &said.identity];
    assert!(texts.iter().all(|text| !text.is_empty() && !text.contains('\n')), "{said:?}");
    assert_eq!(trial.sink, trial.scratch.sink());
    assert_eq!(trial.plan, trial.plan.clone());
    assert_eq!(trial.sink.abilities(), trial.scratch.sink().abilities());
}

pub(super) fn an_examination_of_a_sink_without_anything_finds_no_fault_and_changes_nothing(trial: &Trial<'_>) {
    let claim = trial.says("f1");
    let found = trial.examined(&claim);
    assert!(found.iter().any(|finding| finding.check == owner::CHECK), "{found:?}");
    assert!(found.iter().all(|finding| finding.verdict != Verdict::Failed), "{found:?}");
    let generation = trial.claimed().generation;
    assert!(generation <= Generation(1), "the examination has claimed it: {generation:?}");
}

pub(super) fn an_examination_finds_what_would_refuse_a_run(trial: &Trial<'_>) {
    let first = trial.claimed();
    let mut writer = trial.writer(first.token());
    deliver(&mut *writer, &[(0, 30)], &[sale("a", 0, 30, 1)]).expect("the run's own writer");
    for claim in [trial.says("f1"), trial.going_on(&first)] {
        assert!(!trial.is_failed(&claim, |_| true), "its own documents: {:?}", trial.examined(&claim));
    }
    assert!(trial.is_failed(&trial.says("f2"), |check| check != owner::CHECK), "documents of another dataflow");
    let overwriting = Claim { overwrite: true, ..trial.says("f2") };
    assert!(!trial.is_failed(&overwriting, |check| check != owner::CHECK), "which are to be replaced");
    deliver(&mut *writer, &[(0, 31)], &[sale("a", 0, 31, 1)]).expect("an examination stops nobody");
    drop(writer);
    trial.scratch.remove();
    assert!(trial.is_failed(&trial.going_on(&first), |check| check == owner::CHECK), "what was counted is missing");
}

pub(super) fn what_cannot_be_read_back_keeps_nothing(trial: &Trial<'_>) {
    let (sink, layout) = (&trial.sink, &trial.layout);
    assert_eq!(trial.claimed(), Standing::default(), "there is no control document");
    assert_eq!(trial.claim(&trial.going_on(&Standing::default())).expect("nothing to be missed"), Standing::default());
    let mut writer = trial.writer(FencingToken::UNFENCED);
    let written = deliver(&mut *writer, &[(0, 5)], &[sale("a", 0, 1, 1)]).expect("a line");
    assert_eq!(written, Written { written: 1, stale: 0 });
    assert!(sink.reader(layout.clone()).expect("an answer").is_none());
    assert!(sink.storage(layout.clone()).expect("an answer").is_none());
    assert!(sink.alerts(layout).expect("an answer").is_none());
    assert!(sink.remembered().expect("an answer").is_none());
    sink.close();
}
