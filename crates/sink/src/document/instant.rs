//! An instant as documents name their windows by it, and as JSON and columns of text have it. Pure.

use mare_model::time::EventTime;

/// What is written without a calendar: from 1970 to the end of the year 9998, in milliseconds since the Unix epoch.
const USUAL: std::ops::Range<i64> = 0..253_370_764_800_000;

/// An instant as text: ISO-8601 in UTC. Outside the calendar it is a number of milliseconds, so that two instants never
/// share a text.
#[must_use]
pub fn iso(time: EventTime) -> String {
    match u64::try_from(time.0) {
        Ok(millis) if USUAL.contains(&time.0) => usual(millis),
        _ => time.timestamp().map_or_else(|| format!("{}ms", time.0), |timestamp| timestamp.to_string()),
    }
}

/// The same of an instant of the [usual](USUAL) ones: each document has some of them.
fn usual(millis: u64) -> String {
    let (days, of_day) = (millis / 86_400_000, millis % 86_400_000);
    let [year, month, day] = civil(days);
    let (second, fraction) = (of_day / 1000, of_day % 1000);
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let mut put = |end: usize, digits: usize, mut number: u64| {
        for place in text[end - digits..end].iter_mut().rev() {
            *place = b'0' + (number % 10) as u8;
            number /= 10;
        }
    };
    put(4, 4, year);
    put(7, 2, month);
    put(10, 2, day);
    put(13, 2, second / 3600);
    put(16, 2, second / 60 % 60);
    put(19, 2, second % 60);
    put(23, 3, fraction);
    let end = match fraction {
        0 => 19,
        tenths if tenths % 100 == 0 => 21,
        hundredths if hundredths % 10 == 0 => 22,
        _ => 23,
    };
    text[end] = b'Z';
    String::from_utf8_lossy(&text[..=end]).into_owned()
}

/// Year, month and day of a day since the Unix epoch, in the Gregorian calendar: years are counted from a March, so
/// that the day that comes and goes is the last of its year. Eras are 400 years, all of one length.
fn civil(days: u64) -> [u64; 3] {
    let since_march_0 = days + 719_468;
    let (era, day) = (since_march_0 / 146_097, since_march_0 % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (is_next_year, of_month) = (month >= 10, day - (153 * month + 2) / 5 + 1);
    let month = if is_next_year { month - 9 } else { month + 3 };
    [era * 400 + year + u64::from(is_next_year), month, of_month]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    fn by_calendar(millis: i64) -> String {
        EventTime(millis).timestamp().expect("an instant of the calendar").to_string()
    }

    #[test]
    fn each_day_is_that_of_the_calendar() {
        for day in 0..USUAL.end / 86_400_000 {
            let millis = day * 86_400_000;
            assert_eq!(iso(EventTime(millis)), by_calendar(millis));
        }
    }

    #[test]
    fn each_instant_is_written_as_by_the_calendar() {
        let seed = mare_random::seed();
        let mut random = SmallRng::seed_from_u64(seed);
        for _ in 0..100_000 {
            let unit = [1, 10, 100, 1_000, 60_000][random.random_range(0..5)];
            let millis = random.random_range(-USUAL.end / 16..USUAL.end) / unit * unit;
            assert_eq!(iso(EventTime(millis)), by_calendar(millis), "seed {seed}");
        }
        for millis in [-1, 0, 1, USUAL.end - 1, USUAL.end] {
            assert_eq!(iso(EventTime(millis)), by_calendar(millis));
        }
    }
}
