//! What is gone, and what is not, by all witnesses.

use super::*;
use mare_model::extent::Cut;

fn span(first: i64, end: i64) -> Span {
    Span { partition: Partition(0), first: Offset(first), start: Offset(first), until: Some(Offset(end)) }
}

fn at(offset: i64) -> Positions {
    Positions::from([(Partition(0), Offset(offset))])
}

fn log(span: Span) -> LogState {
    LogState { spans: vec![span], ..LogState::default() }
}

fn id(cluster: &str, topic: &str) -> LogId {
    LogId { cluster: Some(cluster.to_owned()), topic: Some(topic.to_owned()) }
}

/// What is gone of a checkpoint at an offset.
fn of_checkpoint(log: &LogState, position: i64) -> Option<(Remedy, i64)> {
    let gone = gone_of_checkpoint(log, &id("c", "t"), &unread(&at(position)));
    gone.first().map(|gone| (gone.remedy, gone.to.0))
}

/// What is gone of documents, for a run without a checkpoint.
fn of_documents(span: Span, shown: Option<i64>, begin: Option<i64>) -> Option<Remedy> {
    let documents =
        ControlPositions { shown: shown.map(at).unwrap_or_default(), begins: begin.map(at).unwrap_or_default() };
    gone_of_documents(&log(span), &documents, None, false).first().map(|gone| gone.remedy)
}

#[test]
fn a_position_within_the_log_is_gone_on_from() {
    for position in [5, 7, 9] {
        assert_eq!(of_checkpoint(&log(span(5, 9)), position), None);
    }
    assert_eq!(of_checkpoint(&log(span(5, 9)), 4), Some((Remedy::Continue, 5)));
    assert_eq!(of_checkpoint(&log(span(5, 9)), 10), Some((Remedy::Anew, 9)));
}

#[test]
fn another_log_is_known_by_its_ids_as_far_as_they_are_known() {
    let of = |is: LogId| of_checkpoint(&LogState { id: is, ..log(span(0, 900)) }, 500);
    assert_eq!(of(id("c", "t")), None);
    assert_eq!(of(id("c", "u")), Some((Remedy::Anew, 0)), "made anew with more records");
    assert_eq!(of(LogId::default()), None, "the brokers do not tell");
    assert!(
        is_of_another_cluster(&id("c", "t"), &id("d", "t")) && !is_of_another_cluster(&id("c", "t"), &id("c", "u"))
    );
    assert!(!is_of_another_cluster(&LogId::default(), &id("d", "t")), "a checkpoint of before does not say");
}

#[test]
fn a_log_that_was_cut_short_is_gone_on_with_where_it_was_cut() {
    let cut = LogState { cut: [(Partition(0), Cut::At(Offset(300)))].into(), ..log(span(0, 900)) };
    assert_eq!(of_checkpoint(&cut, 500), Some((Remedy::Anew, 300)));
    let (mut partitions, mut shown) = (unread(&at(500)), at(450));
    let gone = gone_of_checkpoint(&cut, &LogId::default(), &partitions);
    go_on(&gone, &mut partitions, &mut shown);
    assert_eq!((partitions[&Partition(0)].position, shown), (Offset(300), at(300)), "nor is what was shown waited for");
}

#[test]
fn only_records_that_may_be_there_are_asked_for() {
    let of = |before| {
        let last = LastRead { before: Offset(before), epoch: Some(3), checksum: None };
        let state = PartitionState { last: Some(last), ..PartitionState::unread(Offset(9)) };
        read(&[span(5, 9)], &Partitions::from([(Partition(0), state)])).len()
    };
    assert_eq!([of(5), of(6), of(9), of(10)], [0, 1, 1, 0]);
}

#[test]
fn without_a_checkpoint_all_from_where_reading_began_must_be_there() {
    assert_eq!(of_documents(span(0, 9_000), Some(3_000), Some(0)), None, "it is counted again");
    assert_eq!(
        of_documents(span(5_000, 9_000), Some(3_000), None),
        Some(Remedy::Elsewhere),
        "2,000 were never counted"
    );
    assert_eq!(of_documents(span(1_000, 9_000), Some(3_000), Some(0)), Some(Remedy::Elsewhere), "open windows");
    assert_eq!(of_documents(span(1_000, 9_000), Some(3_000), None), None, "where reading began is not known");
    assert_eq!(of_documents(span(1_000, 9_000), None, Some(500)), Some(Remedy::Elsewhere), "nothing was read yet");
    assert_eq!(of_documents(span(0, 2_000), Some(3_000), Some(0)), Some(Remedy::Anew));
    let latest = Span { start: Offset(9_000), ..span(0, 9_000) };
    assert_eq!(of_documents(latest, Some(3_000), None), Some(Remedy::Elsewhere), "6,000 would be passed over");
    assert_eq!(of_documents(latest, Some(3_000), Some(2_000)), None);
    let documents = ControlPositions { shown: at(3_000), begins: at(0) };
    let log = log(span(5_000, 9_000));
    assert!(gone_of_documents(&log, &documents, None, true).is_empty(), "somebody has decided to begin anew");
    let said = left_out(&log, &at(3_000));
    assert!(said[0].what.contains("2000 records from offset 3000"), "and hears what that leaves out: {said:?}");
    assert!(left_out(&log, &at(5_000)).is_empty() && left_out(&log, &Positions::new()).is_empty());
    assert!(gone_of_documents(&log, &documents, Some(&unread(&at(6_000))), false).is_empty(), "a checkpoint has them");
}

#[test]
fn where_reading_begins_is_decided_once() {
    let latest = Span { start: Offset(9), ..span(2, 9) };
    let begin = |known: &Positions, restored: Option<&Partitions>| {
        begins(&[latest], known, restored).get(&Partition(0)).map(|at| at.0)
    };
    assert_eq!(begin(&Positions::new(), None), Some(9), "as the file says");
    assert_eq!(begin(&at(4), None), Some(4), "as was once decided");
    assert_eq!(begin(&at(4), Some(&Partitions::new())), Some(4));
    assert_eq!(begin(&Positions::new(), Some(&Partitions::new())), Some(9), "a checkpoint that knows nothing");
    assert_eq!(begin(&Positions::new(), Some(&unread(&at(5)))), None, "the checkpoint knows");
    let other = Positions::from([(Partition(1), Offset(7))]);
    assert_eq!(begin(&other, None), Some(2), "it has come since, and begins at its start");
    assert_eq!(begin(&Positions::new(), Some(&unread(&other))), Some(2));
}

#[test]
fn nothing_that_empties_a_database_is_offered_where_something_gentler_does() {
    for remedy in [Remedy::Continue, Remedy::Elsewhere] {
        let words = remedy.describe(Some("/a/folder"));
        assert!(
            words.contains("on_data_loss") && !words.contains("--overwrite") && !words.contains("--fresh"),
            "{words}"
        );
    }
    assert!(Remedy::Elsewhere.describe(Some("/a/folder")).contains("no checkpoint is in /a/folder"));
    assert!(Remedy::Anew.describe(None).contains("--overwrite"));
}
