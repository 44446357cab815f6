//! Whether the newest checkpoint is ahead of the clock: in what it promises, or in its epoch. Pure.
//!
//! A promise only grows. One that a wrong clock has led far into the future closes every window of its partition, and
//! what is in a checkpoint outlives each restart.

use super::Finding;
use super::list::{EPOCH, PROMISE};
use mare_checkpoint::Manifest;
use mare_engine::clock;
use mare_engine::lateness::Beyond;
use mare_model::fault::Fault;
use mare_model::time::{Epoch, EventTime};

/// What `newest` means at `now_ms` for a dataflow that takes events up to `max_ahead_ms` from the future.
#[must_use]
pub fn judge(newest: &Manifest, now_ms: i64, max_ahead_ms: i64) -> [Finding; 2] {
    [promise(newest, EventTime(now_ms), max_ahead_ms), epoch(newest, now_ms)]
}

/// A run says the same within seconds, and counts on: what is late is a function of the log alone.
fn promise(newest: &Manifest, clock: EventTime, max_ahead_ms: i64) -> Finding {
    let beyond = newest.partitions.iter().filter_map(|(partition, state)| {
        Beyond::of(*partition, state.promise, state.jump, clock, max_ahead_ms).map(|beyond| beyond.fault())
    });
    let faults: Vec<Fault> = beyond.collect();
    let Some(Fault { what, remedy, .. }) = faults.first() else {
        return Finding::ok(PROMISE, "no partition has promised more than the clock has come to");
    };
    let more = match faults.len() - 1 {
        0 => String::new(),
        more => format!(" (and so for {more} more)"),
    };
    Finding::failed(PROMISE, format!("{what}{more}"), remedy.as_deref().unwrap_or_default())
}

fn epoch(newest: &Manifest, now_ms: i64) -> Finding {
    match newest.epoch.ahead_of(Epoch(now_ms.unsigned_abs())) {
        None => Finding::ok(EPOCH, "it was taken before now, by this host's clock"),
        Some(ms) => Finding::warning(EPOCH, clock::ahead(ms), "let every machine keep time by NTP"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use mare_checkpoint::PartitionState;
    use mare_checkpoint::manifest::{Author, Content};
    use mare_model::position::{Offset, Partition};

    const NOW: i64 = 1_764_331_200_000;
    const HOUR: i64 = 3_600_000;

    fn of(promises: &[i64], epoch: i64) -> [Finding; 2] {
        let state = |promise| PartitionState { promise: EventTime(promise), ..PartitionState::unread(Offset(5)) };
        let partitions = (2..).map(Partition).zip(promises.iter().map(|promise| state(*promise))).collect();
        let content = Content { partitions, ..Content::default() };
        let epoch = Epoch(epoch.unsigned_abs());
        judge(&Author::default().manifest(epoch, jiff::Timestamp::UNIX_EPOCH, content), NOW, HOUR)
    }

    #[test]
    fn a_promise_beyond_what_an_event_may_be_ahead_is_poisoned() {
        assert_eq!(of(&[NOW + HOUR, EventTime::MIN.0], 0)[0].verdict, Verdict::Ok);
        let found = &of(&[NOW + HOUR + 1], 0)[0];
        assert_eq!(found.verdict, Verdict::Failed);
        assert!(found.finding.contains("partition 2 has promised 2025-11-28T13:00:00.001Z, 1h beyond"), "{found:?}");
        assert!(found.remedy.as_deref().unwrap().contains("mare checkpoint heal"));
        assert!(of(&[NOW + 2 * HOUR; 3], 0)[0].finding.ends_with("(and so for 2 more)"));
    }

    #[test]
    fn an_epoch_of_the_future_is_told() {
        assert_eq!(of(&[], NOW + 60_000)[1].verdict, Verdict::Ok);
        let found = &of(&[], NOW + 24 * HOUR)[1];
        assert!(found.verdict == Verdict::Warning && found.finding.contains("24h ahead"), "{found:?}");
    }
}
