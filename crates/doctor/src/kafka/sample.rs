//! The newest records, read and held against the dataflow's declarations: whether they decode, and what other checks
//! need to know of each. No offset is committed, and no group joined.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use crate::Finding;
use crate::list::SAMPLE;
use mare_dataflow::{FILTER_KEY, Plan, RETRACT_KEY};
use mare_decode::{Decoder, Element, Filter, MaxAhead, Reject, Row};
use mare_model::extent::Span;
use mare_model::fault::Fault;
use mare_model::position::{Offset, Partition};
use mare_model::record::{Record, Waker};
use mare_model::time::EventTime;
use mare_source::Log;
use mare_source::kafka::{Health, KafkaLog, KafkaSource};

/// How many records are looked at for whether they decode.
pub const RECORDS: i64 = 100;
/// How many are looked at for how they follow each other, unless they are large.
const MANY: u64 = 10_000;
/// How many bytes of them.
const MANY_BYTES: u64 = 16 << 20;
/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the newest records were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewestRecords {
    /// Where in each partition it begins and ends.
    pub spans: Vec<Span>,
    /// How many were looked at.
    pub read: u64,
    /// How many events they have: as many, unless these are elements of arrays.
    pub events: u64,
    /// The bytes of their payloads.
    pub(super) bytes: u64,
    /// How many events are none, by reason, and what was wrong with one of them.
    pub dead: BTreeMap<&'static str, (u64, String)>,
    /// How many are events that the dataflow does not want.
    pub filtered: u64,
    /// How many take others back.
    pub cancellations: u64,
    /// The largest timestamp of a record, in milliseconds since the Unix epoch.
    pub newest_ms: Option<i64>,
    /// Each of them; those of a partition in their order.
    pub looks: Vec<RecordHead>,
    /// Whether the brokers were slower than the doctor is patient, so that there may be more.
    pub is_cut_short: bool,
}

/// A record, without its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordHead {
    /// Its partition.
    pub partition: Partition,
    /// Its offset.
    pub offset: Offset,
    /// Its Kafka timestamp, in milliseconds since the Unix epoch, if it has one.
    pub timestamp_ms: Option<i64>,
    /// The event time in it, be it too far ahead or not; nothing if it is no event.
    pub time: Option<EventTime>,
    /// Whether it is a dead letter.
    pub is_dead: bool,
}

/// Reads about so many of the newest records of `spans`, all the partitions of the topic of `source`.
///
/// # Errors
/// If the topic cannot be read.
pub fn take(
    plan: &Plan,
    source: &KafkaSource,
    spans: &[Span],
    count: i64,
    health: &Arc<Health>,
) -> Result<NewestRecords, Fault> {
    let (wake, woken) = mpsc::channel();
    let waker: Waker = Arc::new(move || {
        let _ended = wake.send(()); // nobody waits any more
    });
    let spans = newest(spans, count);
    let log = KafkaLog::open(source, &plan.name, &spans, Arc::clone(health), &waker)?;
    let (ahead, filter) = (MaxAhead::new(&plan.event), plan.event_filter());
    let (cancellation, by_id) = (plan.cancellation(), plan.dedup.is_some());
    let sample = Looking { decoder: plan.decoder(), ahead, filter, cancellation, by_id }.read(log, &woken);
    health.wait_for_closing();
    sample.map(|sample| NewestRecords { spans, ..sample })
}

/// The same spans, each with only its share of the `count` newest records.
fn newest(spans: &[Span], count: i64) -> Vec<Span> {
    let share = count / i64::try_from(spans.len()).unwrap_or(count).clamp(1, count);
    let last = |span: &Span| {
        let until = span.until.unwrap_or(span.first);
        Span { start: Offset((until.0 - share).max(span.first.0)), until: Some(until), ..*span }
    };
    spans.iter().map(last).collect()
}

/// Looks at records one by one.
struct Looking {
    decoder: Decoder,
    ahead: MaxAhead,
    filter: Option<Filter>,
    cancellation: Option<Filter>,
    /// Whether a cancellation is wanted by its id alone.
    by_id: bool,
}

/// What an event is to a dataflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EventRole {
    Wanted,
    Unwanted,
    Cancellation,
}

impl Looking {
    /// Reads `log` to its appointed end.
    fn read(mut self, mut log: impl Log, woken: &Receiver<()>) -> Result<NewestRecords, Fault> {
        let (mut sample, begin) = (NewestRecords::default(), Instant::now());
        while !log.open().is_empty() {
            log.poll(&mut |record| self.look(record, &mut sample))?;
            let Some(left) = PATIENCE.checked_sub(begin.elapsed()) else {
                sample.is_cut_short = true;
                break;
            };
            if !log.open().is_empty() {
                let _late = woken.recv_timeout(left.min(Duration::from_millis(100)));
            }
        }
        Ok(sample)
    }

    fn look(&mut self, record: Record<'_>, sample: &mut NewestRecords) {
        let Record { partition, offset, timestamp_ms, payload, .. } = record;
        sample.read += 1;
        sample.bytes += payload.map_or(0, <[u8]>::len) as u64;
        let timestamp_ms = timestamp_ms.filter(|timestamp| *timestamp >= 0);
        sample.newest_ms = sample.newest_ms.max(timestamp_ms);
        let (time, is_dead) = self.events(&Record { timestamp_ms, ..record }, sample);
        sample.looks.push(RecordHead { partition, offset, timestamp_ms, time, is_dead });
    }

    /// Looks at the events of a record: their time, and whether all of them are dead letters.
    fn events(&mut self, record: &Record<'_>, sample: &mut NewestRecords) -> (Option<EventTime>, bool) {
        if self.decoder.explodes() {
            return self.elements(record, sample);
        }
        let decoded = self.decoder.decode(record);
        let time = decoded.as_ref().ok().map(|event| event.time);
        let event = decoded.and_then(|event| self.ahead.check(event.time, record.timestamp_ms).map(|()| event));
        let conditions = (self.cancellation.as_ref(), self.by_id, self.filter.as_ref());
        (time, sample.event(event.and_then(|event| role(conditions, &event))))
    }

    /// The same where they are elements of an array.
    fn elements(&mut self, record: &Record<'_>, sample: &mut NewestRecords) -> (Option<EventTime>, bool) {
        let opened = self.decoder.elements(record);
        let time = opened.as_ref().ok().map(|elements| elements.time);
        let opened = opened.and_then(|it| self.ahead.check(it.time, record.timestamp_ms).map(|()| it));
        let mut elements = match opened {
            Ok(elements) if elements.is_empty() => return (time, sample.event(Ok(EventRole::Unwanted))),
            Ok(elements) => elements,
            Err(reject) => return (time, sample.event(Err(reject))),
        };
        let mut is_dead = true;
        while let Some(Element { place, array, row }) = elements.next() {
            let wanted = row.and_then(|row| {
                let wants = Filter::wants(self.filter.as_ref(), &row).map_err(|it| it.of_element(array, place))?;
                Ok(if wants { EventRole::Wanted } else { EventRole::Unwanted })
            });
            is_dead &= sample.event(wanted);
        }
        (time, is_dead)
    }
}

/// What an event is: by the condition of cancellations, whether these go by ids, and the condition of the view.
fn role(
    (cancellation, by_id, filter): (Option<&Filter>, bool, Option<&Filter>),
    event: &Row<'_>,
) -> Result<EventRole, Reject> {
    let cancels = cancellation.is_some() && Filter::wants(cancellation, event)?;
    let is_wanted = (cancels && by_id) || Filter::wants(filter, event)?;
    Ok(match (is_wanted, cancels) {
        (true, true) => EventRole::Cancellation,
        (true, false) => EventRole::Wanted,
        (false, _) => EventRole::Unwanted,
    })
}

impl NewestRecords {
    /// How many records of this size may be looked at for how they follow each other.
    #[must_use]
    pub fn affordable(&self) -> i64 {
        let size = self.bytes.div_ceil(self.read.max(1)).max(1);
        i64::try_from((MANY_BYTES / size).min(MANY)).unwrap_or(RECORDS).max(RECORDS)
    }

    /// The records of `partition`, in their order.
    pub fn of(&self, partition: Partition) -> impl Iterator<Item = &RecordHead> {
        self.looks.iter().filter(move |look| look.partition == partition)
    }

    /// Takes in an event: whether it is wanted, or why it is none. Whether it is none.
    fn event(&mut self, role: Result<EventRole, Reject>) -> bool {
        self.events += 1;
        self.filtered += u64::from(role == Ok(EventRole::Unwanted));
        self.cancellations += u64::from(role == Ok(EventRole::Cancellation));
        role.err().is_some_and(|reject| {
            self.reject(&reject);
            true
        })
    }

    /// What they are called.
    fn noun(&self) -> &'static str {
        if self.events == self.read { "records" } else { "events" }
    }

    fn reject(&mut self, reject: &Reject) {
        let (count, _) = self.dead.entry(reject.reason()).or_insert_with(|| (0, reject.to_string()));
        *count += 1;
    }

    /// All of them decode.
    fn decoding(&self) -> Finding {
        let filtered = if self.filtered > 0 { format!(", and {} are filtered", self.filtered) } else { String::new() };
        let cancelled =
            if self.cancellations > 0 { format!(", {} are cancellations", self.cancellations) } else { String::new() };
        Finding::ok(SAMPLE, format!("all of the newest {} {} decode{cancelled}{filtered}", self.events, self.noun()))
    }

    /// No document comes of any, which is hardly meant.
    fn unwanted(&self, read: u64) -> Finding {
        let finding =
            format!("none of the newest {read} {} is wanted: {FILTER_KEY} is true for no event of them", self.noun());
        let remedy = "compare the condition with the records (`mare topic read`): texts are compared letter by letter, and what is \
                      computed from an absent field is NULL, which is not true";
        Finding::warning(SAMPLE, finding, remedy)
    }

    /// All of them take others back, which is hardly meant either.
    fn cancelling(&self, read: u64) -> Finding {
        let finding =
            format!("each of the newest {read} records is a cancellation: {RETRACT_KEY} is true for all of them");
        Finding::warning(SAMPLE, finding, "compare the condition with the records (`mare topic read`)")
    }

    /// What it means. That most records are no events is hardly meant.
    #[must_use]
    pub fn judge(&self) -> Finding {
        let read = self.events;
        if read == 0 {
            let why =
                if self.is_cut_short { "the brokers gave none in time" } else { "there are no records to look at" };
            return Finding::unknown(SAMPLE, why);
        }
        let dead: u64 = self.dead.values().map(|(count, _)| count).sum();
        let Some((reason, (_, example))) = self.dead.iter().max_by_key(|(_, (count, _))| *count) else {
            return match (self.filtered, self.cancellations) {
                (filtered, _) if filtered == read => self.unwanted(read),
                (_, cancellations) if cancellations == read => self.cancelling(read),
                _ => self.decoding(),
            };
        };
        if self.filtered + dead == read && self.filtered > dead {
            return self.unwanted(read);
        }
        let reasons: Vec<_> =
            self.dead.iter().map(|(reason, (count, _))| format!("{reason} {}", share(*count, read))).collect();
        let finding = format!(
            "{} of the newest {read} {} are no events: {} (such as: {example})",
            share(dead, read),
            self.noun(),
            reasons.join(", ")
        );
        if dead * 2 > read {
            Finding::failed(SAMPLE, finding, remedy(reason))
        } else {
            Finding::warning(SAMPLE, finding, remedy(reason))
        }
    }
}

fn share(part: u64, whole: u64) -> String {
    format!("{} %", (part * 100).div_ceil(whole.max(1)))
}

/// What helps against the commonest reason.
fn remedy(reason: &str) -> &'static str {
    match reason {
        "missing_field" => "correct the field's path under [event.fields], or declare it as optional (\"string?\")",
        "wrong_type" | "out_of_range" => "declare the field under [event.fields] as the records have it",
        "not_a_time" => "correct event.time and event.time_format",
        "future_time" => "set the producers' clocks, or raise event.max_ahead",
        "too_large" => "raise event.max_bytes",
        "too_long" => "raise totals.group_max_bytes, or group by another field",
        "division_by_zero" | "overflow" | "cast" | "negative_length" | "time_out_of_range" | "text_too_long" => {
            "see to the expression that is named, with CASE or NULLIF (docs/expressions.md)"
        }
        "not_text" => "have the producer write UTF-8",
        "utf_16" | "compressed" | "schema_framed" | "json_in_string" | "several_objects" => {
            "have the producer send one JSON object a record, plain and in UTF-8"
        }
        _ => "see that source.kafka.topic is the right one, and let the producer send one JSON object a record",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    fn sample(read: u64, dead: &[(&'static str, u64)]) -> NewestRecords {
        let dead = dead.iter().map(|(reason, count)| (*reason, (*count, "words".to_owned()))).collect();
        NewestRecords { read, events: read, dead, ..NewestRecords::default() }
    }

    #[test]
    fn the_share_of_dead_letters_decides() {
        let verdict = |read, dead| sample(read, &[("not_json", dead)]).judge().verdict;
        assert_eq!(sample(100, &[]).judge().verdict, Verdict::Ok);
        assert_eq!(sample(0, &[]).judge().verdict, Verdict::Unknown);
        assert_eq!(
            (verdict(100, 1), verdict(100, 50), verdict(100, 51)),
            (Verdict::Warning, Verdict::Warning, Verdict::Failed)
        );
    }

    #[test]
    fn the_commonest_reason_has_the_remedy() {
        let found = sample(99, &[("missing_field", 2), ("not_json", 1)]).judge();
        assert!(
            found.finding.contains("4 % of the newest 99 records") && found.finding.contains("missing_field 3 %"),
            "{found:?}"
        );
        assert!(found.remedy.unwrap().contains("string?"));
    }

    #[test]
    fn that_nobody_wants_any_is_told() {
        let of = |filtered, dead| NewestRecords { filtered, ..sample(9, dead) }.judge();
        assert_eq!(of(8, &[]).verdict, Verdict::Ok);
        for finding in [of(9, &[]), of(8, &[("cast", 1)])] {
            let says = finding.finding.contains("none of the newest 9 records is wanted");
            assert!(finding.verdict == Verdict::Warning && says, "{finding:?}");
        }
        assert!(of(4, &[("cast", 5)]).finding.contains("no events"), "the worse one first");
    }

    #[test]
    fn that_all_of_them_are_cancellations_is_told() {
        let of = |cancellations| NewestRecords { cancellations, filtered: 1, ..sample(9, &[]) }.judge();
        assert!(of(8).finding.contains("decode, 8 are cancellations, and 1 are filtered"), "{:?}", of(8));
        let all = of(9);
        assert!(all.verdict == Verdict::Warning && all.finding.contains("retract.when is true for all"), "{all:?}");
    }

    #[test]
    fn each_partition_gives_its_share_of_the_newest() {
        let span = |partition, first, until| Span {
            partition: Partition(partition),
            first: Offset(first),
            start: Offset(first),
            until: Some(Offset(until)),
        };
        let starts: Vec<_> =
            newest(&[span(0, 0, 1000), span(1, 990, 1000), span(2, 5, 5)], RECORDS).iter().map(|s| s.start.0).collect();
        assert_eq!(starts, [967, 990, 5]);
        assert!(newest(&[], RECORDS).is_empty());
    }

    #[test]
    fn large_records_are_looked_at_in_smaller_numbers() {
        let of = |read, bytes| NewestRecords { read, bytes, ..NewestRecords::default() }.affordable();
        assert_eq!((of(0, 0), of(100, 20_000), of(100, 100 << 20)), (10_000, 10_000, RECORDS));
        assert_eq!(of(100, 100 * 16_384), 1_024);
    }

    #[test]
    fn every_reason_has_a_remedy_of_its_own_or_the_common_one() {
        let common = remedy("not_json");
        let own = Reject::REASONS.iter().filter(|reason| remedy(reason) != common).count();
        assert_eq!(own, Reject::REASONS.len() - 2, "a tombstone and what is not JSON share one");
    }
}
