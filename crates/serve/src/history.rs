//! How a run went over the last hour: rate, lag, freshness and the latency of the sink, as somebody who looks every
//! second has seen them.
//!
//! Looks are folded into marks of ten seconds each, of which there are an hour's: 360, and no more, however long the
//! run lasts. A mark keeps the worst of its looks, so that no peak is lost between two of them. It outlives the runs of
//! a process.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use mare_engine::Run;

/// Seconds of one mark.
pub const STEP_S: i64 = 10;
/// How many marks are kept: those of an hour.
pub const MARKS: usize = 360;

/// What somebody has seen at some moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Look {
    /// Records read since the run began.
    pub read: u64,
    /// Offsets still to be read, of all partitions.
    pub lag: u64,
    /// How far the durable frontier is behind the clock, in seconds, if there is one.
    pub behind_s: Option<f64>,
    /// How long the oldest record has waited at most that was read and is not in the sink yet, in seconds.
    pub unwritten_s: f64,
    /// How long the last write to the sink took, in milliseconds.
    pub sink_ms: f64,
    /// Whether Kafka or the sink is away.
    pub is_away: bool,
}

/// Ten seconds of looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HistoryMark {
    /// When they begin, in whole steps since the Unix epoch.
    pub step: i64,
    /// Records read between the look before them and the last of them.
    pub read: u64,
    /// Seconds between these two.
    pub seconds: f64,
    /// The worst of them; of `read`, the last.
    pub worst: Look,
}

/// The marks of the last hour, the oldest first.
#[derive(Debug, Default)]
pub struct RunHistory(Mutex<Marks>);

#[derive(Debug, Default)]
struct Marks {
    marks: VecDeque<HistoryMark>,
    /// The look before, and when that was.
    last: Option<(Timestamp, u64)>,
}

impl Look {
    /// What is to be seen of `run`.
    #[must_use]
    pub fn at(run: &Run, behind_s: Option<f64>, unwritten_s: f64, is_away: bool) -> Self {
        Look {
            read: run.ledger.total().read,
            lag: run.ledger.accounts().map(|(_, account)| account.lag()).sum(),
            behind_s,
            unwritten_s,
            sink_ms: run.sink.latency().as_secs_f64() * 1_000.0,
            is_away,
        }
    }

    /// The worse of two in each respect; the newer of what only grows.
    fn and(self, next: Look) -> Look {
        Look {
            read: next.read,
            lag: self.lag.max(next.lag),
            behind_s: self.behind_s.into_iter().chain(next.behind_s).reduce(f64::max),
            unwritten_s: self.unwritten_s.max(next.unwritten_s),
            sink_ms: self.sink_ms.max(next.sink_ms),
            is_away: self.is_away || next.is_away,
        }
    }
}

impl HistoryMark {
    /// Records read a second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        if self.seconds > 0.0 { (self.read as f64 / self.seconds * 10.0).round() / 10.0 } else { 0.0 }
    }
}

impl RunHistory {
    /// Takes a look in. Another run counts from 0 again: what it had read before its first look is not known to have
    /// been read since.
    pub fn note(&self, now: Timestamp, look: Look) {
        let mut marks = self.marks();
        let last = marks.last.replace((now, look.read)).filter(|(_, read)| *read <= look.read);
        let (read, seconds) =
            last.map_or((0, 0.0), |(then, read)| (look.read - read, now.duration_since(then).as_secs_f64().max(0.0)));
        let step = now.as_second().div_euclid(STEP_S);
        match marks.marks.back_mut() {
            Some(mark) if mark.step >= step => {
                *mark = HistoryMark {
                    read: mark.read + read,
                    seconds: mark.seconds + seconds,
                    worst: mark.worst.and(look),
                    ..*mark
                };
            }
            _ => marks.marks.push_back(HistoryMark { step, read, seconds, worst: look }),
        }
        while marks.marks.front().is_some_and(|mark| mark.step <= step - MARKS as i64) {
            marks.marks.pop_front();
        }
    }

    /// The marks that begin at or after `from`, in seconds since the Unix epoch.
    #[must_use]
    pub fn since(&self, from: i64) -> Vec<HistoryMark> {
        self.marks().marks.iter().filter(|mark| mark.step.saturating_mul(STEP_S) >= from).copied().collect()
    }

    fn marks(&self) -> MutexGuard<'_, Marks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn a_mark_keeps_the_worst_of_its_looks_and_their_rate() {
        let history = RunHistory::default();
        for (second, read, lag, sink_ms) in [(8, 0, 9, 1.0), (10, 200, 50, 4.0), (15, 700, 3, 2.0), (20, 700, 0, 2.0)] {
            history.note(at(second), Look { read, lag, sink_ms, ..Look::default() });
        }
        let marks = history.since(0);
        assert_eq!(marks.iter().map(|mark| mark.step).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!((marks[1].worst.lag, marks[1].worst.sink_ms), (50, 4.0));
        assert_eq!(marks.iter().map(HistoryMark::per_second).collect::<Vec<_>>(), [0.0, 100.0, 0.0], "700 in 7 s");
        assert_eq!(history.since(11).len(), 1, "of which the marks begin then or later");
    }

    #[test]
    fn another_run_counts_from_nothing() {
        let history = RunHistory::default();
        for (second, read) in [(0, 500), (1, 20), (2, 60)] {
            history.note(at(second), Look { read, ..Look::default() });
        }
        assert_eq!(history.since(0)[0].per_second(), 40.0);
    }

    #[test]
    fn an_hour_is_kept_and_no_more_even_of_a_clock_that_jumps() {
        let history = RunHistory::default();
        (0..5_000).for_each(|second| history.note(at(second), Look::default()));
        assert_eq!((history.since(0).len(), history.since(0)[0].step), (MARKS, 140));
        history.note(at(10), Look { lag: 7, ..Look::default() });
        assert_eq!(history.since(0).last().map(|mark| (mark.step, mark.worst.lag)), Some((499, 7)), "it is the newest");
        history.note(at(1_000_000), Look::default());
        assert_eq!(history.since(0).len(), 1);
    }
}
