//! Whether so many events are late that somebody should hear of it, and whether they will be: facts in, words out.
//! Pure.

use mare_checkpoint::Jump;
use mare_decode::span;
use mare_model::fault::{Domain, Fault};
use mare_model::position::Partition;
use mare_model::time::EventTime;

/// How many late events are worth a word at least.
const LATE_MIN: u64 = 10;
/// Of so many events one late one is not worth a word.
const ONE_IN: u64 = 10;

/// What became of some events of one partition, and what may be the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionLateness {
    /// The partition.
    pub partition: Partition,
    /// How many of them were counted.
    pub counted: u64,
    /// How many were late.
    pub late: u64,
    /// What the partition promises by now.
    pub promise: EventTime,
    /// The jump of the promise before these events, if there was one.
    pub jump: Option<Jump>,
}

impl PartitionLateness {
    /// Whether that is no matter of a few stragglers.
    #[must_use]
    pub fn is_mass(&self) -> bool {
        self.late >= LATE_MIN && self.late.saturating_mul(ONE_IN) >= self.late + self.counted
    }

    /// What happened and what helps.
    #[must_use]
    pub fn fault(&self) -> Fault {
        let PartitionLateness { partition, counted, late, promise, jump } = self;
        let share = share(*late, late + counted);
        let begin = format!("partition {partition}: {late} of {} events were late ({share})", late + counted);
        match jump {
            Some(jump) => Fault::new(Domain::Log, format!("{begin} since {}", jump.words())).remedy(
                "with event.confirm = 2 no single event closes windows, and see \"Event time\" in the reference",
            ),
            None => Fault::new(
                Domain::Log,
                format!(
                    "{begin}: they come behind events up to {promise} of their partition, by more than window.lateness"
                ),
            )
            .remedy("raise it, or have producers write in the order of event time"),
        }
    }
}

/// A promise that lies beyond the clock: until the clock has come there, every honest event of its partition is late.
///
/// It is no reason to refuse the event that did it, for what a partition promises is a function of its log alone, and a
/// replay of the same log at another time must come to the same. So it is told, and can be healed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beyond {
    /// The partition.
    pub partition: Partition,
    /// What it has promised.
    pub promise: EventTime,
    /// The jump that made it so, if it is known.
    pub jump: Option<Jump>,
    /// The clock.
    pub clock: EventTime,
}

impl Beyond {
    /// The promise of a partition, if it lies further than `max_ahead_ms` beyond the clock.
    #[must_use]
    pub fn of(
        partition: Partition,
        promise: EventTime,
        jump: Option<Jump>,
        clock: EventTime,
        max_ahead_ms: i64,
    ) -> Option<Beyond> {
        let is_beyond = promise.0 > clock.0.saturating_add(max_ahead_ms);
        is_beyond.then_some(Beyond { partition, promise, jump: jump.filter(|jump| jump.to <= promise), clock })
    }

    /// What that means and what helps.
    #[must_use]
    pub fn fault(&self) -> Fault {
        let Beyond { partition, promise, jump, clock } = self;
        let by = span(promise.0.saturating_sub(clock.0));
        let cause = jump.map_or_else(String::new, |jump| format!(", because of {}", jump.words()));
        let what = format!(
            "partition {partition} has promised {promise}, {by} beyond the clock, so every event of it is late until then{cause}"
        );
        Fault::new(Domain::Log, what).remedy("stop the run and put the promise back with `mare checkpoint heal`")
    }
}

/// A part of a whole, in percent.
///
/// ```
/// use mare_engine::lateness::share;
/// assert_eq!((share(600, 601), share(1, 3_000_000), share(0, 0)), ("99.8 %".into(), "< 0.1 %".into(), "0.0 %".into()));
/// ```
#[must_use]
pub fn share(part: u64, whole: u64) -> String {
    let permille = u128::from(part) * 1000 / u128::from(whole.max(1));
    if part > 0 && permille == 0 {
        return "< 0.1 %".to_owned();
    }
    format!("{}.{} %", permille / 10, permille % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_model::position::Offset;

    fn lateness(counted: u64, late: u64, jump: Option<Jump>) -> PartitionLateness {
        PartitionLateness { partition: Partition(3), counted, late, promise: EventTime(1_764_334_740_000), jump }
    }

    #[test]
    fn a_few_stragglers_are_no_mass() {
        let is_mass = |counted, late| lateness(counted, late, None).is_mass();
        assert_eq!([is_mass(0, 9), is_mass(91, 10), is_mass(90, 10), is_mass(0, 10)], [false, false, true, true]);
    }

    #[test]
    fn the_words_name_partition_offset_size_and_share() {
        let (from, to) = (EventTime(1_764_331_200_000), EventTime(1_764_334_740_000));
        let jump = Jump { offset: Offset(17), from, to, sent: Some(from) };
        let words = lateness(1, 600, Some(jump)).fault().to_string();
        for part in ["partition 3", "600 of 601", "99.8 %", "offset 17", "59m", "event.confirm"] {
            assert!(words.contains(part), "{part} is not in: {words}");
        }
        let words = lateness(0, 20, None).fault().to_string();
        assert!(words.contains("100.0 %") && words.contains("window.lateness"), "{words}");
    }
}
