//! Event times by table, and against jiff at random.

use jiff::civil::date;
use jiff::tz::{Offset, TimeZone};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use super::*;

/// A reader of times without an offset in `zone`.
fn reader(format: TimeFormat, zone: TimeZone) -> TimeReader {
    TimeReader { format, usual: IsoReader::new(), zone: Zone::new(zone) }
}

/// The time that `text` says in `zone`, as RFC 3339, or why it is none.
fn read(zone: &str, text: &str) -> Result<String, Fault> {
    reader(TimeFormat::Iso, TimeZone::get(zone).unwrap())
        .read(Kind::String, text.as_bytes())
        .map(|time| time.to_string())
}

#[test]
fn iso_texts_are_read_in_all_their_forms() {
    for (text, expected) in [
        ("2025-11-28T12:00:00.123456", "2025-11-28T12:00:00.123Z"),
        ("2025-11-28T12:00:00.999999999999999", "2025-11-28T12:00:00.999Z"),
        ("2025-11-28t12:00:00,5z", "2025-11-28T12:00:00.5Z"),
        ("2025-11-28 12:00:00.25Z", "2025-11-28T12:00:00.25Z"),
        ("2025-11-28T12:00", "2025-11-28T12:00:00Z"),
        ("2025-11-28T12", "2025-11-28T12:00:00Z"),
        ("2025-11-28T12:00Z", "2025-11-28T12:00:00Z"),
        ("2025-11-28T12:00-03", "2025-11-28T15:00:00Z"),
        ("2025-11-28T12:00:00+0530", "2025-11-28T06:30:00Z"),
        ("2025-11-28T12:00:00.1+05:30", "2025-11-28T06:30:00.1Z"),
        ("2024-02-29T23:59:59-03:00", "2024-03-01T02:59:59Z"),
        ("2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"),
        ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
        ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ("2016-12-31T23:59:60.25Z", "2016-12-31T23:59:59.25Z"),
        ("2025-11-28", "2025-11-28T00:00:00Z"),
        ("20251128T120000Z", "2025-11-28T12:00:00Z"),
        ("2025-11-28T12:00:00[America/Sao_Paulo]", "2025-11-28T15:00:00Z"),
        ("2025-11-28T12:00:00-03:00[America/Sao_Paulo]", "2025-11-28T15:00:00Z"),
        ("2025-11-28T12:00:00.0019999999999[America/Sao_Paulo]", "2025-11-28T15:00:00.001Z"),
        ("20251128T120000,9999999999999Z", "2025-11-28T12:00:00.999Z"),
        ("-000001-01-01T00:00:00Z", "-000001-01-01T00:00:00Z"),
    ] {
        assert_eq!(read("UTC", text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn usual_texts_are_read_by_hand_whatever_was_read_before() {
    let mut reader = IsoReader::new();
    for (text, local_s) in [
        ("1970-01-01T00:00", 0),
        ("1970-01-01T00:01:02.5", 62),
        ("1970-01-01T00:00:03Z", 3),
        ("2024-02-29T00:00:00.000001-03:00", 1_709_164_800),
        ("1970-01-01T00:00:04", 4),
        ("2024-02-29 00:00:05+0000", 1_709_164_805),
        ("0000-03-01t00:00:00z", -62_162_035_200),
    ] {
        assert_eq!(reader.read(text.as_bytes()).map(|written| written.local_s), Some(local_s), "{text}");
    }
    assert_eq!(reader.read(b"2024-02-30T00:00:00"), None);
    assert_eq!(reader.read(b"0000-03-01t00:00:01").map(|written| written.local_s), Some(-62_162_035_199));
}

#[test]
fn what_is_no_time_is_refused() {
    for text in [
        "",
        "now",
        "2025",
        "1764331200",
        "2025-11-28T",
        "2025-11-28T24:00:00Z",
        "2025-11-28T12:60:00Z",
        "2025-11-28T12:00:61Z",
        "2025-11-28T12:00:00.Z",
        "2025-11-28T12:00.5Z",
        "2025-11-28T12:00:00+",
        "2025-11-28T12:00:00+3",
        "2025-11-28T12:00:00+03:",
        "2025-11-28T12:00:00+03:60",
        "2025-11-28T12:00:00 03:00",
        "2025-11-28T12:00:00Zulu",
        "2025-11-28T12:00:00Z ",
        " 2025-11-28T12:00:00Z",
        "2025-11-31T12:00:00Z",
        "2025-13-01T12:00:00Z",
        "2025-00-01T12:00:00Z",
        "2025-01-00T12:00:00Z",
        "2025-02-29T12:00:00Z",
        "1900-02-29T12:00:00Z",
        "2025-1-1T12:00:00Z",
        "28/11/2025 12:00:00",
        "9999-12-31T23:59:59Z",
        "９０25-11-28T12:00:00Z",
        "2025-11-28T12:00:00+01:00[America/Sao_Paulo]",
        "2025-11-28T12:00:00[Mare/Alta]",
    ] {
        assert_eq!(read("UTC", text), Err(Fault::NotATime), "{text}");
    }
}

#[test]
fn local_times_are_read_in_the_zone_of_the_dataflow() {
    for (text, expected) in [
        ("2025-11-28T12:00:00", "2025-11-28T15:00:00Z"),
        ("2025-11-28T12:00:00Z", "2025-11-28T12:00:00Z"),
        ("2018-11-03T23:59:59", "2018-11-04T02:59:59Z"),
        ("2018-11-04T00:30:00", "2018-11-04T03:30:00Z"),
        ("2018-11-04T01:00:00", "2018-11-04T03:00:00Z"),
        ("2018-07-01T12:00:00", "2018-07-01T15:00:00Z"),
        ("2019-02-16T22:59:59", "2019-02-17T00:59:59Z"),
        ("2019-02-16T23:30:00", "2019-02-17T01:30:00Z"),
        ("2019-02-17T00:00:00", "2019-02-17T03:00:00Z"),
        ("2019-02-17", "2019-02-17T03:00:00Z"),
    ] {
        assert_eq!(read("America/Sao_Paulo", text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn numbers_are_of_their_unit() {
    let zone = || TimeZone::get("America/Sao_Paulo").unwrap();
    let mut seconds = reader(EpochUnit::Seconds.format(), zone());
    let mut millis = reader(EpochUnit::Millis.format(), zone());
    for (text, as_seconds, as_millis) in [
        ("1764331200", Some(1_764_331_200_000), Some(1_764_331_200)),
        ("1764331200.9999", Some(1_764_331_200_999), Some(1_764_331_200)),
        ("-0.0001", Some(-1), Some(-1)),
        ("-1.5", Some(-1500), Some(-2)),
        ("1.7643312e9", Some(1_764_331_200_000), Some(1_764_331_200)),
        ("253402207200.0", Some(253_402_207_200_000), Some(253_402_207_200)),
        ("253402207201", None, Some(253_402_207_201)),
        ("253402207200000", None, Some(253_402_207_200_000)),
        ("253402207201000", None, None),
        ("1e999999999", None, None),
    ] {
        assert_eq!(seconds.read(Kind::Number, text.as_bytes()).ok().map(|time| time.0), as_seconds, "{text} seconds");
        assert_eq!(
            millis.read(Kind::Number, text.as_bytes()).ok().map(|time| time.0),
            as_millis,
            "{text} milliseconds"
        );
    }
    for (text, as_micros, as_nanos) in [
        ("1764331200123456", Some(1_764_331_200_123), Some(1_764_331_200)),
        ("1764331200123456789", None, Some(1_764_331_200_123)),
        ("-1", Some(-1), Some(-1)),
        ("-1000", Some(-1), Some(-1)),
        ("-1000.1", Some(-2), Some(-1)),
        ("1999.9", Some(1), Some(0)),
        ("1e23", None, None),
    ] {
        let of =
            |unit: EpochUnit| reader(unit.format(), zone()).read(Kind::Number, text.as_bytes()).ok().map(|time| time.0);
        assert_eq!((of(EpochUnit::Micros), of(EpochUnit::Nanos)), (as_micros, as_nanos), "{text}");
    }
}

#[test]
fn a_number_may_stand_in_a_string_where_that_is_declared() {
    for unit in EpochUnit::ALL {
        let mut plain = reader(unit.format(), TimeZone::UTC);
        let mut both = reader(TimeFormat::Epoch { unit, from_text: true }, TimeZone::UTC);
        for text in ["0", "1764331200.5", "-1e3", "12345678"] {
            let number = plain.read(Kind::Number, text.as_bytes());
            assert!(number.is_ok(), "{text}");
            assert_eq!(
                (both.read(Kind::Number, text.as_bytes()), both.read(Kind::String, text.as_bytes())),
                (number, number),
                "{text}"
            );
            assert_eq!(plain.read(Kind::String, text.as_bytes()), Err(Fault::WrongType), "{text}");
        }
        for text in ["", " 1", "1 ", "+1", "01", "1_000", "0x1", "ontem", "1e"] {
            assert_eq!(both.read(Kind::String, text.as_bytes()), Err(Fault::NotATime), "{text}");
        }
    }
}

#[test]
fn a_time_of_another_json_type_is_no_time_of_the_format() {
    for (format, right) in [
        (TimeFormat::Iso, Kind::String),
        (EpochUnit::Seconds.format(), Kind::Number),
        (EpochUnit::Millis.format(), Kind::Number),
    ] {
        for kind in [Kind::String, Kind::Number, Kind::True, Kind::False, Kind::Composite] {
            let wrong = reader(format, TimeZone::UTC).read(kind, b"0") == Err(Fault::WrongType);
            assert_eq!(wrong, kind != right, "{format:?} {kind:?}");
        }
    }
}

/// A text that is a time or nearly one.
fn text(random: &mut SmallRng) -> String {
    let (month, day) = (random.random_range(0..=13), random.random_range(0..=32));
    let (hour, minute, second) =
        (random.random_range(0..=24), random.random_range(0..=60), random.random_range(0..=61));
    let year = if random.random_ratio(1, 4) { random.random_range(0..=9999) } else { random.random_range(1900..2100) };
    let separator = ["T", "t", " "].choose(random).unwrap();
    let mut text = format!("{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}");
    if random.random_ratio(7, 8) {
        text += &format!(":{second:02}");
    }
    if random.random() {
        let digits = random.random_range(0..=9);
        text += [".", ","].choose(random).unwrap();
        text.extend((0..digits).map(|_| char::from(random.random_range(b'0'..=b'9'))));
    }
    let (hours, minutes) = (random.random_range(0..=26), random.random_range(0..=61));
    text += &match random.random_range(0..6) {
        0 => "Z".to_owned(),
        1 => format!("+{hours:02}:{minutes:02}"),
        2 => format!("-{hours:02}{minutes:02}"),
        3 => format!("-{hours:02}"),
        _ => String::new(),
    };
    if random.random_ratio(1, 8) {
        let place = random.random_range(0..text.len());
        text.replace_range(place..=place, ["", "0", ":", "-", "Z", "x", "é"].choose(random).unwrap());
    }
    text
}

#[test]
fn times_read_by_hand_are_those_that_jiff_reads() {
    let seed = mare_random::seed();
    let mut random = SmallRng::seed_from_u64(seed);
    let mut reader = reader(TimeFormat::Iso, TimeZone::get("America/Sao_Paulo").unwrap());
    let (mut times, mut others) = (0, 0);
    for round in 0..60_000 {
        let text = text(&mut random);
        let Some(_) = reader.usual.read(text.as_bytes()) else {
            others += 1;
            continue;
        };
        assert_eq!(reader.iso(text.as_bytes()), reader.calendar(&text), "seed {seed} round {round}: {text}");
        times += 1;
    }
    assert!(times > 20_000 && others > 5_000, "the texts test too little: {times} times, {others} others");
}

#[test]
fn remembered_offsets_are_those_that_jiff_looks_up() {
    let seed = mare_random::seed();
    let mut random = SmallRng::seed_from_u64(seed);
    for name in
        ["America/Sao_Paulo", "Europe/Lisbon", "Australia/Lord_Howe", "Africa/Monrovia", "Asia/Tokyo", "Pacific/Apia"]
    {
        let zone = TimeZone::get(name).unwrap();
        let mut remembering = Zone::new(zone.clone());
        let transitions: Vec<i64> =
            zone.following(Timestamp::MIN).take(300).map(|it| it.timestamp().as_second()).collect();
        for round in 0..4_000 {
            let near = transitions.choose(&mut random).copied().unwrap_or(0);
            for _ in 0..random.random_range(1..5) {
                let instant = Timestamp::from_second(near + random.random_range(-100_000..100_000)).unwrap();
                let local = Offset::UTC.to_datetime(instant);
                let expected = zone.to_timestamp(local).unwrap().as_second();
                let second = remembering.second(instant.as_second());
                assert_eq!(second, Some(expected), "seed {seed} {name} round {round}: {local}");
            }
        }
    }
    let fixed = Zone::new(TimeZone::fixed(Offset::constant(-3))).second(0);
    assert_eq!(fixed, Some(date(1970, 1, 1).at(3, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp().as_second()));
}

#[test]
fn any_text_is_a_time_that_is_written_as_it_is_read_or_none() {
    let mut readers = ["UTC", "America/Sao_Paulo", "Australia/Lord_Howe"]
        .map(|zone| reader(TimeFormat::Iso, TimeZone::get(zone).unwrap()));
    mare_random::fuzz("times", 12_000, |input| {
        let Ok(text) = std::str::from_utf8(input) else { return false };
        let mut is_time = false;
        for reader in &mut readers {
            let time = reader.iso(input);
            assert!(reader.usual.read(text.as_bytes()).is_none() || time == reader.calendar(text), "{text}");
            assert_eq!(time.and_then(|time| reader.iso(time.to_string().as_bytes())), time, "{text}");
            is_time |= time.is_some();
        }
        if text.trim() == text && serde_json::from_str::<serde_json::Number>(text).is_ok() {
            let [seconds, millis] = [epoch(input, EpochUnit::Seconds), epoch(input, EpochUnit::Millis)];
            assert!(seconds.is_none() || millis.is_some(), "{text}: so many milliseconds are not as far away");
        }
        is_time
    });
}
