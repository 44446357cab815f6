//! The lines below the table: how far everybody is. Pure, but for the clock of [`RateMeter`].

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use indicatif::HumanCount;

use super::amount::Amount;
use crate::checkpoint::Tally;
use crate::cli::PerSecond;
use crate::time::EventTime;

/// The time over which the rate is measured.
const SPAN: Duration = Duration::from_secs(2);

/// How far the demo is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemoPhase {
    /// Sales are made.
    Selling,
    /// No more sales are made; what is on its way arrives.
    Draining,
    /// Everything has arrived.
    Done,
}

/// How far everybody is, at one moment.
#[derive(Clone, Debug)]
pub struct DemoState {
    /// How far the demo is.
    pub phase: DemoPhase,
    /// Events read, a second.
    pub rate: PerSecond,
    /// Records that the broker has acknowledged.
    pub produced: u64,
    /// What the engine made of those that it has read.
    pub tally: Tally,
    /// How many documents the database holds.
    pub documents: u64,
    /// What they come to together.
    pub total: Amount,
    /// How often a document was written.
    pub written: u64,
    /// The largest event time that the engine has seen.
    pub newest: EventTime,
    /// The event-time coordinate of the durable frontier.
    pub frontier: EventTime,
    /// Since the start.
    pub elapsed: Duration,
}

impl DemoState {
    /// Three lines.
    #[must_use]
    pub fn lines(&self) -> [String; 3] {
        [self.engine(), self.database(), self.time()]
    }

    fn engine(&self) -> String {
        let rate = self.rate;
        let [produced, counted, late, dead, lag] = [
            self.produced,
            self.tally.counted,
            self.tally.late,
            self.tally.dead_total(),
            self.produced.saturating_sub(self.tally.read),
        ]
        .map(HumanCount);
        format!("{rate} events/s  produced {produced}  counted {counted}  late {late}  dead letters {dead}  lag {lag}")
    }

    fn database(&self) -> String {
        format!(
            "database: {} documents, {} sales, revenue {}; {} writes",
            HumanCount(self.documents),
            self.total.count(),
            self.total.revenue(),
            HumanCount(self.written)
        )
    }

    fn time(&self) -> String {
        let phase = match self.phase {
            DemoPhase::Selling => "Ctrl-C to finish",
            DemoPhase::Draining => "finishing",
            DemoPhase::Done => "finished",
        };
        let (newest, frontier) = (of_day(self.newest), of_day(self.frontier));
        let seconds = self.elapsed.as_secs_f64();
        format!("event time {newest}, durable up to {frontier}; {seconds:.1} s elapsed, {phase}")
    }
}

/// The time of the day, to the second; a dash if there is none yet.
fn of_day(time: EventTime) -> String {
    time.timestamp().map_or_else(|| "-".to_owned(), |time| time.strftime("%H:%M:%S").to_string())
}

/// Measures a rate over the last two seconds.
#[derive(Debug, Default)]
pub struct RateMeter {
    /// When there had been how many events, oldest first.
    marks: VecDeque<(Instant, u64)>,
}

impl RateMeter {
    /// Events a second, if there have been `events` by `now`.
    pub fn rate(&mut self, now: Instant, events: u64) -> PerSecond {
        self.marks.push_back((now, events));
        while self.marks.get(1).is_some_and(|(then, _)| now.duration_since(*then) >= SPAN) {
            self.marks.pop_front();
        }
        let first = self.marks.front();
        first.map_or(PerSecond::default(), |(then, before)| PerSecond::of(events - before, now.duration_since(*then)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_say_how_far_everybody_is() {
        let mut tally = Tally { read: 990, counted: 980, late: 7, ..Tally::default() };
        tally.dead[2] = 3;
        let state = DemoState {
            phase: DemoPhase::Selling,
            rate: PerSecond::new(1_500.0),
            produced: 1_000,
            tally,
            documents: 24,
            total: Amount { cents: 123_456_789, sales: 979 },
            written: 4_321,
            newest: EventTime(1_764_331_205_999),
            frontier: EventTime::MIN,
            elapsed: Duration::from_millis(2_345),
        };
        assert_eq!(
            state.lines(),
            [
                "1,500 events/s  produced 1,000  counted 980  late 7  dead letters 3  lag 10",
                "database: 24 documents, 979 sales, revenue 1,234,567.89; 4,321 writes",
                "event time 12:00:05, durable up to -; 2.3 s elapsed, Ctrl-C to finish",
            ]
        );
    }

    #[test]
    fn a_rate_is_that_of_the_last_two_seconds() {
        let (mut meter, start) = (RateMeter::default(), Instant::now());
        let mut rate = |ms, events| meter.rate(start + Duration::from_millis(ms), events).to_string();
        assert_eq!(rate(0, 0), "0");
        assert_eq!(rate(500, 100), "200");
        assert_eq!(rate(2_000, 400), "200");
        assert_eq!(rate(3_000, 1_400), "520", "from 100 events at 0.5 s");
        assert_eq!(rate(30_000, 1_400), "0");
    }
}
