//! Whether the newest checkpoint is ahead of the clock: in what it promises, or in its epoch. Pure.
//!
//! A promise only grows. One that a broken clock has led far into the future closes every window of its partition, and what is in
//! a checkpoint outlives each restart.

use super::{Finding, lasting};
use crate::checkpoint::Manifest;

const PROMISE: &str = "checkpoint.promise";
const EPOCH: &str = "checkpoint.epoch";
/// Clocks that differ by no more are near enough.
const CLOSE_MS: i64 = 60_000;

/// What `newest` means at `now_ms` for a dataflow that takes events up to `max_ahead_ms` from the future.
#[must_use]
pub fn judge(newest: &Manifest, now_ms: i64, max_ahead_ms: i64) -> [Finding; 2] {
    [promise(newest, now_ms, max_ahead_ms), epoch(newest, now_ms)]
}

fn promise(newest: &Manifest, now_ms: i64, max_ahead_ms: i64) -> Finding {
    let bound = now_ms.saturating_add(max_ahead_ms);
    let beyond = newest.partitions.iter().filter(|(_, state)| state.promise.0 > bound);
    let beyond = beyond.map(|(partition, state)| {
        let ahead = lasting(state.promise.0.saturating_sub(now_ms));
        format!("that of partition {partition} is closed up to {}, {ahead} ahead of this host's clock", state.promise)
    });
    let beyond: Vec<_> = beyond.collect();
    if beyond.is_empty() {
        return Finding::ok(PROMISE, "it closes no window of the future");
    }
    let finding =
        format!("a record of the future has closed windows: {}; events there are late until then", beyond.join(", "));
    let remedy = "see that the producer's clock is right; then go on from a checkpoint of before that record (`mare checkpoint show` \
                  has the promises of each, `mare checkpoint delete` removes the newer ones), or begin anew with --fresh; \
                  message.timestamp.after.max.ms of the topic has the brokers refuse such a record";
    Finding::failed(PROMISE, finding, remedy)
}

fn epoch(newest: &Manifest, now_ms: i64) -> Finding {
    let ahead = i64::try_from(newest.epoch.0).unwrap_or(i64::MAX).saturating_sub(now_ms);
    if ahead <= CLOSE_MS {
        return Finding::ok(EPOCH, "it was taken before now, by this host's clock");
    }
    let finding = format!(
        "its epoch is {} ahead of this host's clock: epochs go on from there one by one, and checkpoints come rarely until then",
        lasting(ahead)
    );
    let remedy = "let every machine keep time by NTP; if it was the clock of the machine that took it which was wrong, remove the \
                  checkpoint with `mare checkpoint delete` while no run is going on, so that one before it is gone on from";
    Finding::warning(EPOCH, finding, remedy)
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use crate::checkpoint::PartitionState;
    use crate::checkpoint::manifest::{Author, Content};
    use crate::source::{Offset, Partition};
    use crate::time::{Epoch, EventTime};

    const NOW: i64 = 1_764_331_200_000;
    const HOUR: i64 = 3_600_000;

    fn of(promise: i64, epoch: i64) -> [Finding; 2] {
        let state = PartitionState { promise: EventTime(promise), ..PartitionState::unread(Offset(5)) };
        let content = Content { partitions: [(Partition(2), state)].into(), ..Content::default() };
        let epoch = Epoch(epoch.unsigned_abs());
        judge(&Author::default().manifest(epoch, jiff::Timestamp::UNIX_EPOCH, content), NOW, HOUR)
    }

    #[test]
    fn a_promise_beyond_what_an_event_may_be_ahead_is_poisoned() {
        assert_eq!(of(NOW + HOUR, 0)[0].verdict, Verdict::Ok);
        assert_eq!(of(EventTime::MIN.0, 0)[0].verdict, Verdict::Ok);
        let found = &of(NOW + HOUR + 1, 0)[0];
        assert_eq!(found.verdict, Verdict::Failed);
        assert!(found.finding.contains("partition 2 is closed up to 2025-11-28T13:00:00.001Z, 1h ahead"), "{found:?}");
        assert!(found.remedy.as_deref().unwrap().contains("--fresh"));
    }

    #[test]
    fn an_epoch_of_the_future_is_told() {
        assert_eq!(of(0, NOW + 60_000)[1].verdict, Verdict::Ok);
        let found = &of(0, NOW + 24 * HOUR)[1];
        assert!(found.verdict == Verdict::Warning && found.finding.contains("24h ahead"), "{found:?}");
    }
}
