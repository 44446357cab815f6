//! Partitions in which nothing happens. Pure.
//!
//! A window closes when the log of every partition has gone on beyond it, because any of them may still have an event
//! of it. So one that is empty, or silent while the others go on, holds all windows open.

use super::sample::NewestRecords;
use crate::Finding;
use crate::list::SILENT;
use mare_decode as decode;
use mare_model::extent::Span;
use mare_model::position::Partition;
use mare_model::time::{EventTime, Windows};

/// Partitions never go on at the very same pace.
const LEAST_MS: i64 = 60_000;

/// What it means that the newest records of `spans`, all the partitions, are those of `sample`; `is_borne` if the
/// dataflow says when a partition is silent. Nothing if there are none at all.
#[must_use]
pub fn judge(spans: &[Span], sample: &NewestRecords, windows: Windows, is_borne: bool) -> Option<Finding> {
    let is_empty = |span: &&Span| span.until.is_none_or(|until| until <= span.first);
    let empty: Vec<Partition> = spans.iter().filter(is_empty).map(|span| span.partition).collect();
    if empty.len() == spans.len() {
        return None;
    }
    let newest = |partition| sample.of(partition).filter(|look| !look.is_dead).filter_map(|look| look.time).max();
    let newest = spans.iter().filter_map(|span| Some((span.partition, newest(span.partition)?)));
    let newest: Vec<(Partition, EventTime)> = newest.collect();
    let front = newest.iter().map(|(_, time)| time.0).max().unwrap_or(i64::MIN);
    let bearable = windows.open_ms_max().max(LEAST_MS);
    let silent = newest.iter().filter(|(_, time)| front.saturating_sub(time.0) > bearable);
    let silent = silent.map(|(partition, time)| {
        format!("partition {partition} is {} behind the others, at {time}", decode::span(front.saturating_sub(time.0)))
    });
    let idle = empty.iter().map(|partition| format!("partition {partition} is empty")).chain(silent);
    Some(found(&idle.collect::<Vec<_>>(), is_borne))
}

/// The finding for partitions that are idle, each in words.
fn found(idle: &[String], is_borne: bool) -> Finding {
    if idle.is_empty() {
        return Finding::ok(SILENT, "the event times of all partitions go on together");
    }
    if is_borne {
        return Finding::ok(SILENT, format!("{}: windows do not wait for it, by event.idle", idle.join(", ")));
    }
    let remedy = "set `idle = \"30s\"` in `[event]`, so that windows do not wait for it; or see why the producers send nothing there (few keys, one of them stopped, a partitioner of their own): records \
                  without a key are spread over all, and a topic with fewer partitions has none that is idle";
    let finding = format!(
        "{}: windows stay open for it, in memory and in every checkpoint; their totals are current and never final, so alerts wait",
        idle.join(", ")
    );
    Finding::warning(SILENT, finding, remedy)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{look, sample, span};
    use super::*;
    use crate::Verdict;

    const WINDOW: Windows = Windows::tumbling(60_000, 120_000);

    #[test]
    fn an_empty_partition_holds_windows_open() {
        let spans = [span(0, 0, 1), span(1, 7, 7)];
        let found = judge(&spans, &sample(spans.to_vec(), vec![look(0, 0, None, Some(0))]), WINDOW, false).unwrap();
        assert!(found.verdict == Verdict::Warning && found.finding.contains("partition 1 is empty"), "{found:?}");
        let remedy = found.remedy.unwrap();
        assert!(remedy.contains("without a key") && remedy.contains("idle ="), "{remedy}");
        let sample_of_one = sample(spans.to_vec(), vec![look(0, 0, None, Some(0))]);
        let borne = judge(&spans, &sample_of_one, WINDOW, true).unwrap();
        assert!(borne.verdict == Verdict::Ok && borne.finding.contains("partition 1 is empty"), "{borne:?}");
        assert_eq!(
            judge(&spans[1..], &sample(vec![], vec![]), WINDOW, false),
            None,
            "a topic without records is said elsewhere"
        );
    }

    #[test]
    fn a_partition_is_silent_when_the_others_have_closed_its_windows() {
        let spans = [span(0, 0, 1), span(1, 0, 1)];
        let at = |behind: i64| {
            let looks = vec![look(0, 0, None, Some(10_000_000)), look(1, 0, None, Some(10_000_000 - behind))];
            judge(&spans, &sample(spans.to_vec(), looks), WINDOW, false).unwrap()
        };
        assert_eq!(at(180_000).verdict, Verdict::Ok);
        let silent = at(3 * 3_600_000);
        assert!(
            silent.verdict == Verdict::Warning && silent.finding.contains("partition 1 is 3h behind"),
            "{silent:?}"
        );
    }

    #[test]
    fn records_that_are_no_events_say_nothing() {
        let spans = [span(0, 0, 1), span(1, 0, 1)];
        let dead = super::super::sample::RecordHead { is_dead: true, ..look(1, 0, None, Some(0)) };
        let looks = vec![look(0, 0, None, Some(10_000_000)), dead];
        assert_eq!(judge(&spans, &sample(spans.to_vec(), looks), WINDOW, false).unwrap().verdict, Verdict::Ok);
    }
}
