//! Runs that claim a sink after each other, and what older ones may still do.

use super::trial::{Trial, assert_superseded, deliver, positions, refused, sale};
use crate::position::Positions;
use crate::sink::{Claim, FencingToken, Generation, Standing};

pub(super) fn each_claim_gets_the_next_generation_and_finds_what_was_shown(trial: &Trial<'_>) {
    let first = trial.claimed();
    assert!(first.id.is_some(), "what stands there has an id");
    assert_eq!(first, Standing { generation: Generation(1), id: first.id.clone(), ..Standing::default() });
    let (mut one, mut two) = (trial.writer(first.token()), trial.writer(first.token()));
    deliver(&mut *one, &[(0, 5), (1, 9)], &[sale("a", 0, 1, 1)]).expect("the run's own writer");
    deliver(&mut *two, &[(0, 6), (1, 3), (2, 0)], &[sale("a", 0, 2, 1)]).expect("another one of it");
    deliver(&mut *one, &[(0, 5), (1, 9)], &[sale("a", 0, 3, 1)]).expect("positions only rise");
    let shown = positions(&[(0, 6), (1, 9), (2, 0)]);
    assert_eq!(trial.reader().shown().expect("a sink that answers"), Some(shown.clone()));
    let second = trial.claimed();
    assert_eq!(second, Standing { generation: Generation(2), shown, ..first });
    let newest = Claim { newest: Generation(7), ..trial.says("f1") };
    assert_eq!(trial.claim(&newest).expect("granted").generation, Generation(8), "larger than what is known elsewhere");
}

pub(super) fn a_run_that_has_claimed_nothing_touches_no_control_document(trial: &Trial<'_>) {
    let first = trial.claimed();
    deliver(&mut *trial.writer(FencingToken::UNFENCED), &[(0, 5)], &[sale("a", 0, 1, 1)]).expect("it is not fenced");
    let second = trial.claimed();
    assert_eq!((second.shown, second.generation), (Positions::new(), first.generation.next()));
    assert_eq!(trial.documents().len(), 1);
}

pub(super) fn claims_that_race_get_different_generations(trial: &Trial<'_>) {
    let (sink, layout, says) = (&trial.sink, &trial.layout, &trial.says("f1"));
    let claim = || sink.claim(layout, says).expect("granted").generation;
    let mut generations: Vec<_> = std::thread::scope(|scope| {
        let threads = [(); 5].map(|()| scope.spawn(claim));
        threads.map(|thread| thread.join().expect("no panic")).to_vec()
    });
    generations.sort();
    assert_eq!(generations, (1..=5).map(Generation).collect::<Vec<_>>());
}

pub(super) fn a_superseded_writer_writes_nothing_and_shows_nothing(trial: &Trial<'_>) {
    let mut zombie = trial.writer(trial.claimed().token());
    deliver(&mut *zombie, &[(0, 5)], &[sale("a", 0, 1, 1)]).expect("it is not superseded yet");
    zombie.look().expect("its claim is there");
    let newer = trial.claimed();
    let before = trial.documents();
    assert_superseded(&deliver(&mut *zombie, &[(0, 9)], &[sale("a", 0, 2, 1)]));
    assert_superseded(&zombie.look());
    assert_eq!(trial.documents(), before);
    deliver(&mut *trial.writer(newer.token()), &[], &[sale("a", 0, 3, 1)]).expect("the newer run's writer");
    assert_eq!(trial.claimed().shown, positions(&[(0, 5)]));
}

pub(super) fn another_fingerprint_is_refused_and_does_not_stop_the_run_that_writes(trial: &Trial<'_>) {
    let mut run = trial.writer(trial.claimed().token());
    deliver(&mut *run, &[(0, 5)], &[sale("a", 0, 1, 1)]).expect("the run's own writer");
    let text = refused(trial.claim(&trial.says("f2")));
    assert!(text.contains("f1 there, f2 here") && text.contains("--overwrite"), "{text}");
    let other = Claim { dataflow: "another".to_owned(), ..trial.says("f1") };
    assert!(refused(trial.claim(&other)).contains("`another` here"));
    deliver(&mut *run, &[(0, 6)], &[sale("a", 0, 2, 1)]).expect("a refused claim stops nobody");
}

pub(super) fn told_to_overwrite_a_claim_replaces_the_documents(trial: &Trial<'_>) {
    let first = trial.claimed();
    let mut old = trial.writer(first.token());
    deliver(&mut *old, &[(0, 5)], &[sale("a", 0, 7, 1)]).expect("the run's own writer");
    let second = trial.claim(&Claim { overwrite: true, ..trial.says("f2") }).expect("granted");
    let (generation, overwritten) = (Generation(2), true);
    assert_eq!(second, Standing { generation, overwritten, id: second.id.clone(), ..Standing::default() });
    assert_ne!(second.id, first.id, "checkpoints of before are of something else");
    assert_eq!(trial.reader().size().expect("a sink that answers"), 0);
    assert_superseded(&deliver(&mut *old, &[(0, 6)], &[sale("a", 0, 8, 1)]));
    deliver(&mut *trial.writer(second.token()), &[(0, 2)], &[sale("a", 0, 3, 1)]).expect("the newer run's writer");
    assert_eq!(trial.documents(), trial.rendered(&[sale("a", 0, 3, 1)]), "a smaller number of events stands");
    assert!(refused(trial.claim(&trial.says("f1"))).contains("f2 there, f1 here"));
}

pub(super) fn where_reading_began_is_decided_once(trial: &Trial<'_>) {
    let begins = |offset, anew| Claim { begins: positions(&[(0, offset)]), anew, ..trial.says("f1") };
    for (offset, anew, decided) in [(3, false, 3), (9, false, 3), (9, true, 9), (4, false, 9)] {
        let standing = trial.claim(&begins(offset, anew)).expect("granted");
        assert_eq!(standing.begins, positions(&[(0, decided)]), "{offset} {anew}");
        drop(trial.writer(standing.token()));
        assert_eq!(trial.reader().begins().expect("a sink that answers"), standing.begins, "{offset} {anew}");
    }
}
