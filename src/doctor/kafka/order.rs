//! How the newest records follow each other: what a run would call late, and which record made it so. Pure.
//!
//! A record that is late is not counted, for good. Some always are; many are a sign of a clock that jumped ahead, once, in one
//! record, or of a lateness that is too short for how the records are mixed.

use std::collections::BTreeMap;

use super::sample::{Look, Sample, share};
use crate::checkpoint::{Manifest, PartitionState};
use crate::doctor::{Finding, counted, lasting};
use crate::source::Offset;
use crate::time::{EventTime, Tumbling};

const CHECK: &str = "kafka.order";
/// A larger share of late records than one of so many is worth a word.
const BEARABLE: u64 = 100;

/// What a run of `window`, which goes on from `newest` if there is one, would call late of `sample`.
#[must_use]
pub fn judge(sample: &Sample, window: Tumbling, newest: Option<&Manifest>) -> Finding {
    let mut account = Account::default();
    for span in &sample.spans {
        let known = newest.and_then(|manifest| manifest.partitions.get(&span.partition));
        walk(sample.of(span.partition), window, known, &mut account);
    }
    account.finding()
}

/// What came of a walk over all partitions.
#[derive(Default)]
struct Account {
    events: u64,
    late: u64,
    /// How far the latest lay behind the time that had closed its window.
    latest_ms: i64,
    /// For each record that closed windows too early: how many came late by it, and the newest of their event times.
    culprits: BTreeMap<(i32, Offset), (Look, u64, EventTime)>,
}

/// Walks through the records of a partition of which a checkpoint says `known`.
fn walk<'a>(
    looks: impl Iterator<Item = &'a Look>,
    window: Tumbling,
    known: Option<&PartitionState>,
    account: &mut Account,
) {
    let (mut promise, mut by) = (EventTime::MIN, None::<Look>);
    for look in looks.filter(|look| !look.is_dead) {
        let Some(time) = look.time else { continue };
        if let Some(known) = known.filter(|known| look.offset >= known.position && known.promise > promise) {
            (promise, by) = (known.promise, None);
        }
        account.events += 1;
        if window.is_late(window.window_of(time), promise) {
            account.late(time, promise, by);
        } else if time > promise {
            (promise, by) = (time, Some(*look));
        }
    }
}

impl Account {
    fn late(&mut self, time: EventTime, promise: EventTime, by: Option<Look>) {
        self.late += 1;
        self.latest_ms = self.latest_ms.max(promise.0.saturating_sub(time.0));
        if let Some(by) = by {
            let culprit = self.culprits.entry((by.partition.0, by.offset)).or_insert((by, 0, EventTime::MIN));
            (culprit.1, culprit.2) = (culprit.1 + 1, culprit.2.max(time));
        }
    }

    fn finding(&self) -> Finding {
        let (events, late) = (self.events, self.late);
        if events == 0 {
            return Finding::unknown(CHECK, "there are no events to look at");
        }
        let finding = format!("{late} of the newest {events} events would be late ({})", share(late, events));
        if late * BEARABLE < events {
            return Finding::ok(CHECK, finding);
        }
        let worst = self.culprits.values().max_by_key(|(_, made, _)| *made).filter(|(_, made, _)| *made * 2 >= late);
        match worst {
            Some((look, made, newest)) => jumped(&finding, look, *made, *newest),
            None => Finding::warning(
                CHECK,
                format!("{finding}, the latest by {}", lasting(self.latest_ms)),
                "raise window.lateness, or let a producer send its events in their order; late events are counted nowhere but in \
                 the topic of [late], if the file names one",
            ),
        }
    }
}

/// One record made most of them late.
fn jumped(finding: &str, look: &Look, made: u64, newest: EventTime) -> Finding {
    let Look { partition, offset, time, .. } = *look;
    let time = time.unwrap_or(EventTime::MIN);
    let ahead = lasting(time.0.saturating_sub(newest.0));
    let made = counted(usize::try_from(made).unwrap_or(usize::MAX), "event");
    let words = format!(
        "{finding}: the record at offset {offset} of partition {partition} has the event time {time}, {ahead} ahead of the {made} \
         behind it that it makes late"
    );
    let remedy = "event.confirm = 2 has no single record close windows; set the clock of the producer that sent it, or lower \
                  event.max_ahead, beyond which a record is a dead letter";
    Finding::warning(CHECK, words, remedy)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{look, sample, span};
    use super::*;
    use crate::checkpoint::manifest::{Author, Content};
    use crate::doctor::Verdict;
    use crate::source::Partition;
    use crate::time::Epoch;

    const WINDOW: Tumbling = Tumbling { size_ms: 60_000, lateness_ms: 120_000 };

    fn of(times: &[i64]) -> Sample {
        let looks = times.iter().enumerate().map(|(offset, time)| look(1, offset as i64, None, Some(*time)));
        sample(vec![span(1, 0, times.len() as i64)], looks.collect())
    }

    #[test]
    fn one_record_that_jumps_ahead_is_named_with_what_it_makes_late() {
        let honest: Vec<i64> = (0..600).map(|at| 10_000_000 + at * 10).collect();
        let mut times = honest.clone();
        times.insert(0, 10_000_000 + 59 * 60_000);
        let found = judge(&of(&times), WINDOW, None);
        assert_eq!(found.verdict, Verdict::Warning);
        for words in
            ["600 of the newest 601 events", "100 %", "offset 0 of partition 1", "58m 54s ahead of the 600 events"]
        {
            assert!(found.finding.contains(words), "{words}: {found:?}");
        }
        assert!(found.remedy.unwrap().contains("event.confirm = 2"));
        assert_eq!(judge(&of(&honest), WINDOW, None).verdict, Verdict::Ok);
    }

    #[test]
    fn a_lateness_that_is_too_short_is_told_from_a_jump() {
        let times: Vec<i64> = (0..200).map(|at| at * 60_000 - if at % 2 == 1 { 600_000 } else { 0 }).collect();
        let found = judge(&of(&times), WINDOW, None);
        assert!(found.verdict == Verdict::Warning && found.remedy.unwrap().contains("window.lateness"));
        assert!(found.finding.contains("the latest by 9m"), "{}", found.finding);
    }

    #[test]
    fn what_a_checkpoint_has_promised_counts_from_its_position_on() {
        let state = PartitionState { promise: EventTime(i64::MAX / 2), ..PartitionState::unread(Offset(3)) };
        let content = Content { partitions: [(Partition(1), state)].into(), ..Content::default() };
        let newest = Author::default().manifest(Epoch(1), jiff::Timestamp::UNIX_EPOCH, content);
        let found = judge(&of(&[1, 2, 3, 4, 5]), WINDOW, Some(&newest));
        assert!(found.finding.contains("2 of the newest 5 events"), "{found:?}");
        assert_eq!(judge(&sample(vec![], vec![]), WINDOW, None).verdict, Verdict::Unknown);
    }
}
