//! The ISO-8601 texts that programs write, read by hand: `YYYY-MM-DDThh:mm[:ss[.f…]][Z|±hh:mm|±hhmm|±hh]`.
//!
//! Law: whenever [`IsoReader::read`] answers and the fraction has at most nine digits, jiff reads the same time.

/// A time as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// The local time, in seconds since 1970-01-01T00:00:00 local.
    pub(super) local_s: i64,
    /// Milliseconds behind that; further digits of the fraction are cut off, which is the floor.
    pub(super) millis: i64,
    /// The offset from UTC in seconds, if there is one.
    pub(super) offset_s: Option<i64>,
}

/// How long the text up to the minute is.
const MINUTE_LENGTH: usize = 16;

/// Reads times, and remembers the minute that it read last: those of a log crowd in few. It lives as long as its
/// decoder.
pub(super) struct IsoReader {
    /// The text of that minute.
    text: [u8; MINUTE_LENGTH],
    /// The minute, in seconds since 1970-01-01T00:00:00 local.
    local_s: i64,
}

impl IsoReader {
    /// A reader that has read the minute at which Unix time begins.
    pub(super) fn new() -> IsoReader {
        IsoReader { text: *b"1970-01-01T00:00", local_s: 0 }
    }

    /// Reads `text`, or `None` if it is written in another way or is no time.
    #[inline]
    pub(super) fn read(&mut self, text: &[u8]) -> Option<Written> {
        let (until_minute, rest) = text.split_first_chunk::<MINUTE_LENGTH>()?;
        if *until_minute != self.text {
            self.local_s = minute(until_minute)?;
            self.text = *until_minute;
        }
        let (second, millis, rest) = second(rest)?;
        Some(Written { local_s: self.local_s + i64::from(second), millis: i64::from(millis), offset_s: offset(rest)? })
    }
}

/// Reads a date, an hour and a minute.
fn minute(text: &[u8; MINUTE_LENGTH]) -> Option<i64> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T' | b't' | b' ', h1, h2, b':', i1, i2] = *text else {
        return None;
    };
    let (year, month, day) = (pair(y1, y2)? * 100 + pair(y3, y4)?, pair(m1, m2)?, pair(d1, d2)?);
    let (hour, minute) = (pair(h1, h2)?, pair(i1, i2)?);
    if !(1..=12).contains(&month) || day == 0 || day > days_of(year, month) || hour > 23 || minute > 59 {
        return None;
    }
    Some(days_since_epoch(year, month, day) * 86_400 + i64::from((hour * 60 + minute) * 60))
}

/// Reads the second and its fraction, if there are any: seconds, milliseconds, and what follows.
#[inline]
fn second(text: &[u8]) -> Option<(u32, u32, &[u8])> {
    if let Some((second, millis)) = second_to_millis(text) {
        return Some((second, millis, behind_digits(text.get(7..)?)));
    }
    let [b':', s1, s2, rest @ ..] = text else { return Some((0, 0, text)) };
    let second = pair(*s1, *s2).filter(|second| *second < 60)?;
    match rest {
        [b'.' | b',', rest @ ..] => fraction(rest).map(|(millis, rest)| (second, millis, rest)),
        _ => Some((second, 0, rest)),
    }
}

/// The second and the milliseconds of a text that begins as `:ss.fff` and has a byte more, all of it at once.
///
/// Turned by the marks and by zeros, marks are 0 and digits from 0 to 9: with 127 and 118 added no other byte is below
/// 128, and none carries into the next.
#[inline]
fn second_to_millis(text: &[u8]) -> Option<(u32, u32)> {
    const WRITTEN: u64 = u64::from_le_bytes(*b":00.000\0");
    const TO_128: u64 = u64::from_le_bytes([127, 118, 118, 127, 118, 118, 118, 0]);
    const HIGH: u64 = u64::from_le_bytes([128, 128, 128, 128, 128, 128, 128, 0]);
    let turned = u64::from_le_bytes(*text.first_chunk()?) ^ WRITTEN;
    if (((turned & !HIGH) + TO_128) | turned) & HIGH != 0 {
        return None;
    }
    let [_, s1, s2, _, f1, f2, f3, _] = turned.to_le_bytes().map(u32::from);
    let second = s1 * 10 + s2;
    (second < 60).then_some((second, f1 * 100 + f2 * 10 + f3))
}

/// What follows the digits that `text` begins with.
#[inline]
fn behind_digits(text: &[u8]) -> &[u8] {
    let length = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.get(length..).unwrap_or_default()
}

/// Two digits.
#[inline]
fn pair(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| u32::from(tens * 10 + ones))
}

/// One digit or more: the milliseconds in them, and what follows.
#[inline]
fn fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let length = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(length)?;
    let millis = match digits {
        [] => return None,
        [a] => pair(*a, b'0')? * 10,
        [a, b] => pair(*a, *b)? * 10,
        [a, b, c, ..] => pair(*a, *b)? * 10 + pair(b'0', *c)?,
    };
    Some((millis, rest))
}

/// The offset in seconds that is all of `text`; `Some(None)` if there is nothing.
#[inline]
fn offset(text: &[u8]) -> Option<Option<i64>> {
    let (sign, hours, minutes) = match text {
        [] => return Some(None),
        [b'Z' | b'z'] => return Some(Some(0)),
        [sign, h1, h2] => (sign, pair(*h1, *h2)?, 0),
        [sign, h1, h2, b':', m1, m2] | [sign, h1, h2, m1, m2] => (sign, pair(*h1, *h2)?, pair(*m1, *m2)?),
        _ => return None,
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    let magnitude = i64::from((hours * 60 + minutes) * 60);
    match sign {
        b'+' => Some(Some(magnitude)),
        b'-' => Some(Some(-magnitude)),
        _ => None,
    }
}

/// How many days a month has, in the proleptic Gregorian calendar.
#[inline]
fn days_of(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, from year 0 on.
///
/// Years are counted from March, so that the leap day is the last of its year and the lengths of the months
/// follow one line, (153 m + 2) / 5 days before the m-th of them; and from 400 years earlier, so that none is negative.
#[inline]
fn days_since_epoch(year: u32, month: u32, day: u32) -> i64 {
    let (year, month) = if month > 2 { (year + 400, month - 3) } else { (year + 399, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    i64::from(days) - (719_469 + 146_097)
}
