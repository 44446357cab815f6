//! Base times: when a sale that is on time happened.

use jiff::Timestamp;

use super::REACH;

/// An even spread of records over a range of event times, for backfills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// Base time of the first record, in microseconds since the Unix epoch.
    from_us: i64,
    /// The first instant behind the range, in microseconds since the Unix epoch.
    to_us: i64,
    /// How many records there are; more than zero.
    count: u64,
}

/// Why a range of event times is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpreadError {
    /// The range is empty or runs backwards.
    #[error("the event times end at {to}, which is not after their start {from}")]
    Empty {
        /// The start.
        from: Timestamp,
        /// The end.
        to: Timestamp,
    },
    /// The start lies before the year 0, which cannot be written with four digits.
    #[error("event times before the year 0 cannot be written")]
    TooOld,
    /// There are no records to spread.
    #[error("no records to spread: the count is 0")]
    NoRecords,
}

impl Spread {
    /// `count` records over `[from, to)`: record `i` at `from + i * (to - from) / count`.
    ///
    /// # Errors
    /// See [`SpreadError`].
    pub fn new(from: Timestamp, to: Timestamp, count: u64) -> Result<Self, SpreadError> {
        if to <= from {
            return Err(SpreadError::Empty { from, to });
        }
        if jiff::tz::Offset::UTC.to_datetime(from).year() < 0 {
            return Err(SpreadError::TooOld);
        }
        if count == 0 {
            return Err(SpreadError::NoRecords);
        }
        Ok(Spread { from_us: from.as_microsecond(), to_us: to.as_microsecond(), count })
    }

    /// The base time of record `index`, in microseconds since the Unix epoch.
    fn at(&self, index: u64) -> i64 {
        let width = i128::from(self.to_us) - i128::from(self.from_us);
        let step = width * i128::from(index) / i128::from(self.count);
        i64::try_from(i128::from(self.from_us) + step).unwrap_or(self.to_us)
    }
}

/// The base times of records: of all of them in a spread, of the last [`REACH`] ones of each partition by the wall
/// clock.
#[derive(Clone, Debug)]
pub enum BaseTimes {
    /// By the wall clock, in microseconds since the Unix epoch: what was [stamped](BaseTimes::stamp), at `index mod
    /// length`.
    Wall(Vec<i64>),
    /// Spread over a range.
    Spread(Spread),
}

impl BaseTimes {
    /// By the wall clock, for a topic of `partitions`.
    #[must_use]
    pub fn wall(partitions: u64) -> Self {
        let records = partitions.max(1) * REACH;
        BaseTimes::Wall(vec![0; usize::try_from(records).unwrap_or(usize::MAX)])
    }

    /// Says that record `index` is made at the wall clock `now`. A spread ignores it.
    pub fn stamp(&mut self, index: u64, now: Timestamp) {
        if let BaseTimes::Wall(stamps) = self {
            let place = slot(index, stamps.len());
            if let Some(stamp) = stamps.get_mut(place) {
                *stamp = now.as_microsecond();
            }
        }
    }

    /// The base time of record `index`, less `behind_us` microseconds.
    ///
    /// By the wall clock, only the record stamped last in a partition and the `REACH - 1` before it in that partition
    /// are known.
    #[must_use]
    pub fn before(&self, index: u64, behind_us: i64) -> Timestamp {
        let base = match self {
            BaseTimes::Wall(stamps) => stamps.get(slot(index, stamps.len())).copied().unwrap_or(0),
            BaseTimes::Spread(spread) => spread.at(index),
        };
        Timestamp::from_microsecond(base.saturating_sub(behind_us)).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// Where record `index` is kept among `length` stamps, a multiple of the number of partitions.
fn slot(index: u64, length: usize) -> usize {
    usize::try_from(index % (length as u64).max(1)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_spread_starts_at_its_start_and_ends_before_its_end() {
        let spread = Spread::new(at(100), at(200), 4).map(BaseTimes::Spread);
        let times = spread.map(|spread| [0, 1, 2, 3].map(|index| spread.before(index, 0).as_second()));
        assert_eq!(times, Ok([100, 125, 150, 175]));
    }

    #[test]
    fn a_spread_needs_a_range_and_records() {
        assert_eq!(Spread::new(at(5), at(5), 1), Err(SpreadError::Empty { from: at(5), to: at(5) }));
        assert_eq!(Spread::new(at(5), at(6), 0), Err(SpreadError::NoRecords));
        assert_eq!(Spread::new(Timestamp::MIN, at(6), 1), Err(SpreadError::TooOld));
    }

    #[test]
    fn the_wall_clock_is_remembered_within_reach() {
        let mut times = BaseTimes::wall(2);
        for index in 0..2 * REACH + 1 {
            times.stamp(index, at(index as i64));
        }
        assert_eq!(times.before(2 * REACH, 1_000_000), at(2 * REACH as i64 - 1));
        assert_eq!(times.before(2, 0), at(2), "the oldest of its partition within reach");
        assert_eq!(times.before(0, 0), at(2 * REACH as i64), "out of reach: its place was taken");
    }
}
