//! Whose documents stand there, and what is said of it.

use super::*;
use crate::fixture::{claim, positions};
use mare_model::journal::Heartbeat;
use mare_model::time::EventTime;

const PLACE: SinkName<'_> = SinkName { name: "MongoDB loja.vendas", key: "sink.mongodb.collection" };

fn control() -> ControlDocument {
    let Claim { dataflow, fingerprint, who, .. } = claim("f1", false);
    let (generation, shown) = (Generation(7), positions(&[(0, 5)]));
    ControlDocument {
        format: FORMAT_WITHOUT_JOURNAL,
        id: Some("s1".into()),
        dataflow,
        fingerprint,
        generation,
        shown,
        who,
        ..ControlDocument::default()
    }
}

fn decide(found: Option<&ControlDocument>, claim: &Claim) -> Result<ClaimDecision, SinkError> {
    super::decide(found, Stands::Documents, claim, PLACE)
}

fn refusal(outcome: Result<ClaimDecision, SinkError>) -> String {
    match outcome {
        Err(SinkError::Refused(fault)) => fault.to_string(),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_sink_that_is_new_or_our_own_is_kept() {
    assert_eq!(decide(None, &claim("f1", false)).unwrap(), ClaimDecision::Keep);
    assert_eq!(decide(Some(&control()), &claim("f1", false)).unwrap(), ClaimDecision::Keep);
}

#[test]
fn documents_of_another_dataflow_are_refused_and_told_apart() {
    let text = refusal(decide(Some(&control()), &claim("f2", false)));
    for part in ["MongoDB loja.vendas", "fingerprint f1 there, f2 here", "--overwrite", "sink.mongodb.collection"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let other = ControlDocument { dataflow: "other".into(), ..control() };
    let text = refusal(decide(Some(&other), &claim("f1", false)));
    assert!(text.contains("`other` there, `test` here") && text.contains("--overwrite"), "{text}");
}

#[test]
fn told_to_overwrite_every_sink_of_a_known_format_is_replaced() {
    let unfinished = ControlDocument { overwriting: true, ..control() };
    for found in
        [None, Some(control()), Some(ControlDocument { dataflow: "other".into(), ..control() }), Some(unfinished)]
    {
        let decision = decide(found.as_ref(), &claim("f1", true));
        assert_eq!(decision.unwrap(), ClaimDecision::Replace, "{found:?}");
    }
}

#[test]
fn an_unfinished_replacement_is_refused_with_the_remedy() {
    let unfinished = ControlDocument { overwriting: true, ..control() };
    let text = refusal(decide(Some(&unfinished), &claim("f1", false)));
    assert!(text.contains("host:1") && text.contains("--overwrite to finish"), "{text}");
}

#[test]
fn a_newer_format_is_refused_whatever_is_asked() {
    let newer = ControlDocument { format: FORMAT + 1, ..control() };
    for overwrite in [false, true] {
        let text = refusal(decide(Some(&newer), &claim("f1", overwrite)));
        assert!(text.contains("newer mare"), "{text}");
    }
}

#[test]
fn a_superseded_run_hears_by_whom() {
    let SinkError::Superseded(fault) = superseded(&token(6, None), Some(&control()), PLACE) else { panic!() };
    let text = fault.to_string();
    for part in ["generation 7, host:1, since 1970-01-01T00:00:00Z", "(generation 6) stops", "Nothing is lost"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    for mine in [7, 8] {
        let SinkError::Refused(fault) = superseded(&token(mine, None), Some(&control()), PLACE) else { panic!() };
        let text = fault.to_string();
        assert!(text.contains("an older control document was put back") && text.contains("--fresh"), "{text}");
        let another = superseded(&token(mine, Some("another")), Some(&control()), PLACE);
        assert!(matches!(another, SinkError::Superseded(_)), "{another}");
    }
    let SinkError::Refused(fault) = superseded(&token(6, None), None, PLACE) else { panic!() };
    let text = fault.to_string();
    assert!(text.contains("is gone"), "{text}");
}

#[test]
fn one_of_format_1_is_taken_over_by_its_old_fingerprint_once() {
    let old = ControlDocument { format: 1, id: None, fingerprint: "old".into(), ..control() };
    let begins = positions(&[(0, 3)]);
    let expects = Some(Expected { sink: "here".into(), ..Expected::default() });
    let claim = Claim { fingerprint_1: Some("old".into()), begins, goes_on: true, expects, ..claim("f1", false) };
    assert_eq!(decide(Some(&old), &claim).unwrap(), ClaimDecision::Keep);
    let taken = ControlDocument::next(Some(&old), &claim, ClaimDecision::Keep, Timestamp::UNIX_EPOCH);
    assert_eq!((taken.format, &*taken.fingerprint, taken.id.is_some()), (FORMAT_WITHOUT_JOURNAL, "f1", true));
    assert_eq!((taken.generation, &taken.shown, &taken.begins), (Generation(8), &old.shown, &claim.begins));
    let alone =
        ControlDocument::next(Some(&old), &Claim { expects: None, ..claim.clone() }, ClaimDecision::Keep, taken.since);
    assert_eq!(alone.begins, Positions::new(), "without a checkpoint nobody knows where the documents began");
    let once = ControlDocument { fingerprint: "old".into(), ..taken };
    assert!(refusal(decide(Some(&once), &claim)).contains("fingerprint old there, f1 here"));
}

#[test]
fn what_stands_there_keeps_its_id_and_where_reading_began_until_it_is_replaced() {
    let begun = ControlDocument { begins: positions(&[(0, 3)]), ..control() };
    let (begins, firsts) = (positions(&[(0, 9), (1, 9)]), positions(&[(0, 1), (1, 2)]));
    let claim = Claim { begins, firsts, ..claim("f1", false) };
    let next = |claim: &Claim, decision| ControlDocument::next(Some(&begun), claim, decision, Timestamp::UNIX_EPOCH);
    let kept = next(&claim, ClaimDecision::Keep);
    assert_eq!((&kept.id, &kept.begins, &kept.shown), (&begun.id, &positions(&[(0, 3), (1, 2)]), &begun.shown));
    let anew = next(&Claim { anew: true, ..claim.clone() }, ClaimDecision::Keep);
    assert_eq!((&anew.id, &anew.begins, &anew.shown), (&begun.id, &claim.begins, &begun.shown));
    let replaced = next(&claim, ClaimDecision::Replace);
    assert!(replaced.id.is_some() && replaced.id != begun.id);
    assert_eq!((replaced.begins, replaced.shown), (claim.begins.clone(), Positions::new()));
    let late = ControlDocument::next(
        None,
        &Claim { newest: Generation(40), ..claim },
        ClaimDecision::Keep,
        Timestamp::UNIX_EPOCH,
    );
    assert_eq!(late.generation, Generation(41), "a sink that has forgotten it counts on");
}

#[test]
fn positions_only_rise() {
    let mut shown = positions(&[(0, 5), (1, 5)]);
    let rose = raise(&mut shown, &positions(&[(0, 4), (1, 6), (2, 0)]));
    assert_eq!(rose, positions(&[(1, 6), (2, 0)]));
    assert_eq!(shown, positions(&[(0, 5), (1, 6), (2, 0)]));
    assert_eq!(raise(&mut shown, &positions(&[(0, 5), (1, 6)])), Positions::new());
}

#[test]
fn an_older_copy_of_the_same_run_is_not_its_own() {
    let is_own = |shown: &[(i32, i64)]| is_own(&control(), &token(7, None), &positions(shown));
    let shown = control().shown.get(&mare_model::position::Partition(0)).map_or(0, |offset| offset.0);
    assert!(is_own(&[]) && is_own(&[(0, shown)]));
    assert!(!is_own(&[(0, shown + 1)]) && !is_own(&[(9, 1)]));
}

#[test]
fn another_claim_of_the_same_generation_is_not_its_own() {
    let id = control().id.expect("it has one");
    let is_own = |generation, id| super::is_own(&control(), &token(generation, id), &Positions::new());
    assert!(is_own(7, Some(&*id)));
    assert!(!is_own(7, Some("another")) && !is_own(8, Some(&*id)));
}

fn token(generation: u64, id: Option<&str>) -> FencingToken {
    FencingToken { generation: Generation(generation), id: id.map(str::to_owned) }
}

#[test]
fn a_journal_stays_with_its_documents_and_its_log() {
    let log = |topic: &str| LogId { cluster: Some("c".into()), topic: Some(topic.into()) };
    let heartbeat =
        |offset, promise| Heartbeat { partition: Partition(0), offset: Offset(offset), promise: EventTime(promise) };
    let journal: Journal = [heartbeat(3, 30), heartbeat(5, 50), heartbeat(9, 90)].into_iter().collect();
    let found = ControlDocument { format: FORMAT, log: log("t"), journal: journal.clone(), ..control() };
    let next = |claim: &Claim, decision| ControlDocument::next(Some(&found), claim, decision, Timestamp::UNIX_EPOCH);
    let same = Claim { log: log("t"), ..claim("f1", false) };
    for decision in [ClaimDecision::Keep, ClaimDecision::Disown] {
        let kept = next(&same, decision);
        assert_eq!((kept.format, &kept.journal), (FORMAT, &journal), "{decision:?}");
        assert_eq!(kept.standing(decision).journal, journal);
    }
    let passed = next(&Claim { firsts: positions(&[(0, 7)]), ..same.clone() }, ClaimDecision::Keep);
    assert_eq!(passed.journal, [heartbeat(5, 50), heartbeat(9, 90)].into_iter().collect());
    for (claim, decision) in
        [(&same, ClaimDecision::Replace), (&Claim { log: log("u"), ..same.clone() }, ClaimDecision::Disown)]
    {
        let gone = next(claim, decision);
        assert_eq!((gone.format, gone.journal), (FORMAT_WITHOUT_JOURNAL, Journal::default()), "{decision:?}");
    }
}
