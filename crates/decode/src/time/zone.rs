//! The instant of a local time, in the zone in which a dataflow reads times without an offset.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// A zone, with the offset that was looked up last. It lives as long as its decoder.
///
/// A local time that comes twice (clocks go back) is the earlier instant, one that never comes (clocks go forward) is
/// as much later as the clocks jump: jiff's "compatible" rule, that of RFC 5545.
pub(super) struct Zone {
    /// The zone.
    zone: TimeZone,
    /// The stretch of local time that was looked up last.
    known: Stretch,
}

/// Local times, in seconds since 1970-01-01T00:00:00 local, that all have one offset.
struct Stretch {
    /// The first.
    from_s: i64,
    /// The first behind them.
    until_s: i64,
    /// Their offset in seconds, local minus UTC.
    offset_s: i64,
}

impl Zone {
    /// The zone `zone`. One of a fixed offset, such as UTC, never needs a look-up.
    pub(super) fn new(zone: TimeZone) -> Zone {
        let known = match zone.to_fixed_offset() {
            Ok(offset) => Stretch { from_s: i64::MIN, until_s: i64::MAX, offset_s: i64::from(offset.seconds()) },
            Err(_) => Stretch { from_s: 0, until_s: 0, offset_s: 0 },
        };
        Zone { zone, known }
    }

    /// The Unix second of the local time `local_s`, or `None` outside the calendar.
    #[inline]
    pub(super) fn second(&mut self, local_s: i64) -> Option<i64> {
        if (self.known.from_s..self.known.until_s).contains(&local_s) {
            return Some(local_s - self.known.offset_s);
        }
        self.look_up(local_s)
    }

    /// The instant of a local time, or `None` outside the calendar.
    pub(super) fn timestamp(&self, local: DateTime) -> Option<Timestamp> {
        self.zone.to_timestamp(local).ok()
    }

    /// Asks jiff, and remembers the offset for the local times from this one to the zone's next transition.
    ///
    /// All of them have it: read with this offset they lie between this instant and the transition, where it is in
    /// force; and where a local time that the transition repeats has two instants, the rule takes the earlier, which is
    /// this one. A local time that itself is repeated or skipped is not remembered.
    fn look_up(&mut self, local_s: i64) -> Option<i64> {
        let local = local_of(local_s)?;
        if let AmbiguousOffset::Unambiguous { offset } = self.zone.to_ambiguous_timestamp(local).offset() {
            let (now, offset_s) = (offset.to_timestamp(local).ok()?, i64::from(offset.seconds()));
            let next = self.zone.following(now).next();
            let until_s = next.map_or(i64::MAX, |next| next.timestamp().as_second() + offset_s);
            self.known = Stretch { from_s: local_s, until_s, offset_s };
        }
        Some(self.timestamp(local)?.as_second())
    }
}

/// The local time that is `local_s` seconds behind 1970-01-01T00:00:00.
fn local_of(local_s: i64) -> Option<DateTime> {
    let whole_days = local_s.div_euclid(86_400);
    let midnight =
        DateTime::constant(1970, 1, 1, 0, 0, 0, 0).checked_add(jiff::Span::new().try_days(whole_days).ok()?).ok()?;
    midnight.checked_add(jiff::Span::new().seconds(local_s.rem_euclid(86_400))).ok()
}
