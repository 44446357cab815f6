//! The ISO-8601 texts that programs write, read by hand: `YYYY-MM-DDThh:mm[:ss[.f…]][Z|±hh:mm|±hhmm|±hh]`.
//!
//! Law: whenever [`parse`] answers and the fraction has at most nine digits, jiff reads the same time.

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

/// Reads `text`, or `None` if it is written in another way or is no time.
#[inline]
pub(super) fn parse(text: &[u8]) -> Option<Written> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T' | b't' | b' ', h1, h2, b':', i1, i2, rest @ ..] = text else {
        return None;
    };
    let (year, month, day) = (pair(*y1, *y2)? * 100 + pair(*y3, *y4)?, pair(*m1, *m2)?, pair(*d1, *d2)?);
    let (hour, minute) = (pair(*h1, *h2)?, pair(*i1, *i2)?);
    if !(1..=12).contains(&month) || day == 0 || day > days_of(year, month) || hour > 23 || minute > 59 {
        return None;
    }
    let (second, rest) = match rest {
        [b':', s1, s2, rest @ ..] => (pair(*s1, *s2)?, rest),
        _ => (0, rest),
    };
    if second > 59 {
        return None;
    }
    let (millis, rest) = match rest {
        [b'.' | b',', rest @ ..] if text.get(16) == Some(&b':') => fraction(rest)?,
        _ => (0, rest),
    };
    let local_s = days_since_epoch(year, month, day) * 86_400 + i64::from((hour * 60 + minute) * 60 + second);
    Some(Written { local_s, millis: i64::from(millis), offset_s: offset(rest)? })
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
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
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
