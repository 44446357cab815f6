//! How the newest records follow each other: what a run would call late, and which record made it so. Pure.
//!
//! A record that is late is not counted, for good. Some always are; many are a sign of a clock that jumped ahead, once,
//! in one record, or of a lateness that is too short for how the records are mixed.

use super::sample::{NewestRecords, RecordHead};
use crate::Finding;
use crate::list::ORDER;
use mare_checkpoint::{Manifest, PartitionState};
use mare_dataflow::Plan;
use mare_engine::lateness::{PartitionLateness, share};
use mare_engine::promise::Promise;
use mare_model::extent::Span;
use mare_model::fault::Fault;
use mare_model::position::Offset;
use mare_model::record::Record;

/// What a run of `plan`, which goes on from `newest` if there is one, would call late of `sample`.
#[must_use]
pub fn judge(sample: &NewestRecords, plan: &Plan, newest: Option<&Manifest>) -> Finding {
    let of = |span: &Span| {
        let known = newest.and_then(|manifest| manifest.partitions.get(&span.partition));
        walk(span, sample, plan, known)
    };
    let partitions: Vec<PartitionLateness> = sample.spans.iter().map(of).collect();
    let late: u64 = partitions.iter().map(|partition| partition.late).sum();
    let events = late + partitions.iter().map(|partition| partition.counted).sum::<u64>();
    let worst = partitions.iter().filter(|partition| partition.is_mass()).max_by_key(|partition| partition.late);
    match worst.map(PartitionLateness::fault) {
        None if events == 0 => Finding::unknown(ORDER, "there are no events to look at"),
        None => {
            Finding::ok(ORDER, format!("{late} of the newest {events} events would be late ({})", share(late, events)))
        }
        Some(Fault { what, remedy, .. }) => {
            Finding::warning(ORDER, format!("of the newest records, {what}"), remedy.unwrap_or_default())
        }
    }
}

/// Walks through the records of a partition as a run would that begins with the first of them, or goes on from what a
/// checkpoint has `known`.
fn walk(span: &Span, sample: &NewestRecords, plan: &Plan, known: Option<&PartitionState>) -> PartitionLateness {
    let at = |state: &PartitionState| Promise::new(&plan.event, plan.view().windows, state);
    let mut promise = at(&PartitionState::unread(span.start));
    let (mut counted, mut late, mut is_known) = (0, 0, false);
    for look in sample.of(span.partition).filter(|look| !look.is_dead) {
        let Some(time) = look.time else { continue };
        if let Some(known) = known.filter(|known| !is_known && look.offset >= known.position) {
            (promise, is_known) = (at(known), true);
        }
        if plan.view().windows.is_late(plan.view().windows.window_of(time), promise.time()) {
            late += 1;
        } else {
            counted += 1;
            promise.note(time, &record(look));
        }
    }
    PartitionLateness { partition: span.partition, counted, late, promise: promise.time(), jump: promise.jump() }
}

/// A record as far as a promise looks at it.
fn record(look: &RecordHead) -> Record<'static> {
    let RecordHead { partition, offset: Offset(offset), timestamp_ms, .. } = *look;
    Record { partition, offset: Offset(offset), timestamp_ms, ..Record::of_payload(None) }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{look, sample, span};
    use super::*;
    use crate::{Verdict, fixture};
    use mare_checkpoint::manifest::{Author, Content};
    use mare_model::position::Partition;
    use mare_model::time::{Epoch, EventTime};

    /// Records that were sent at the times of `sent`, or as they happened.
    fn of(times: &[i64], sent: Option<i64>) -> NewestRecords {
        let look = |(offset, time): (usize, &i64)| look(1, offset as i64, Some(sent.unwrap_or(*time)), Some(*time));
        sample(vec![span(1, 0, times.len() as i64)], times.iter().enumerate().map(look).collect())
    }

    fn judged(sample: &NewestRecords, newest: Option<&Manifest>) -> Finding {
        judge(sample, &fixture::plan(), newest)
    }

    #[test]
    fn one_record_that_jumps_ahead_is_named_with_what_it_makes_late() {
        let honest: Vec<i64> = (0..600).map(|at| 10_000_000 + at * 10).collect();
        let mut times = honest.clone();
        times.insert(0, 10_000_000 + 59 * 60_000);
        let found = judged(&of(&times, Some(10_000_000)), None);
        assert_eq!(found.verdict, Verdict::Warning);
        for words in ["partition 1: 600 of 601 events were late (99.8 %)", "at offset 0", "59m"] {
            assert!(found.finding.contains(words), "{words}: {found:?}");
        }
        assert!(found.remedy.unwrap().contains("event.confirm = 2"));
        assert_eq!(judged(&of(&honest, None), None).verdict, Verdict::Ok);
        let mut plan = fixture::plan();
        plan.event.confirm = 2;
        assert_eq!(judge(&of(&times, Some(10_000_000)), &plan, None).verdict, Verdict::Ok, "nobody confirms it");
    }

    #[test]
    fn a_lateness_that_is_too_short_is_told_from_a_jump() {
        let times: Vec<i64> = (0..200).map(|at| at * 60_000 - if at % 2 == 1 { 600_000 } else { 0 }).collect();
        let found = judged(&of(&times, None), None);
        assert!(found.verdict == Verdict::Warning && found.finding.contains("window.lateness"), "{found:?}");
    }

    #[test]
    fn what_a_checkpoint_has_promised_counts_from_its_position_on() {
        let state = PartitionState { promise: EventTime(i64::MAX / 2), ..PartitionState::unread(Offset(3)) };
        let content = Content { partitions: [(Partition(1), state)].into(), ..Content::default() };
        let newest = Author::default().manifest(Epoch(1), jiff::Timestamp::UNIX_EPOCH, content);
        let found = judged(&of(&[1, 2, 3, 4, 5], None), Some(&newest));
        assert!(found.finding.contains("2 of the newest 5 events"), "{found:?}");
        assert_eq!(judged(&sample(vec![], vec![]), None).verdict, Verdict::Unknown);
    }
}
