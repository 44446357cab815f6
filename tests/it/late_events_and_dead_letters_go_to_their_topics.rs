//! Late events and dead letters, in topics of their own: key and payload as they were, why, where from and how late.

use std::collections::BTreeMap;

use rdkafka::producer::BaseRecord;

use crate::support::flagship::{Flagship, produce_hour};
use crate::support::kafka::{Topic, kafka};
use crate::support::oracle::{Fate, Oracle, Read, read};

const MINUTE_MS: i64 = 60_000;
const NOON: i64 = 1_764_331_200_000;

/// Where a letter says that its record stands.
fn place(letter: &Read) -> (i32, i64) {
    let number = |name: &str| letter.headers[name].parse::<i64>().expect("a number");
    (number("mare-partition") as i32, number("mare-offset"))
}

fn milliseconds(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().expect("a time").as_millisecond()
}

/// Asserts that `letters` are exactly the records of `topic` with that fate, each once, as they were.
fn assert_letters(letters: &[Read], topic: &Topic, fate: Fate) {
    let mut oracle = Oracle::default();
    let records = read(kafka(), &topic.name).into_iter();
    let has_fate =
        |record: &Read| oracle.take(record.partition, record.timestamp_ms, record.payload.as_deref()) == fate;
    let expected: BTreeMap<_, _> =
        records.filter(has_fate).map(|record| ((record.partition, record.offset), record)).collect();
    let found: BTreeMap<_, _> = letters.iter().map(|letter| (place(letter), letter)).collect();
    assert_eq!(letters.len(), found.len(), "no letter comes twice in an undisturbed run");
    assert!(found.keys().eq(expected.keys()), "{fate:?}: {} letters for {} records", found.len(), expected.len());
    assert!(!expected.is_empty());
    for (place, letter) in found {
        let record = &expected[&place];
        assert_eq!((&letter.key, &letter.payload), (&record.key, &record.payload), "{place:?}");
        assert_eq!(milliseconds(&letter.headers["mare-timestamp"]), record.timestamp_ms, "{place:?}");
        let named = ["mare-dataflow", "mare-topic"].map(|name| letter.headers[name].as_str());
        assert_eq!(named, ["black-friday", topic.name.as_str()], "{place:?}");
        assert!(!letter.headers["mare-detail"].is_empty(), "{place:?}");
    }
}

/// Asserts what a late letter says of times.
fn assert_late(letter: &Read) {
    let headers = &letter.headers;
    assert_eq!(headers["mare-reason"], "late");
    let [at, start, closed_by] =
        ["mare-event-time", "mare-window-start", "mare-closed-by"].map(|name| milliseconds(&headers[name]));
    assert_eq!(start, at.div_euclid(MINUTE_MS) * MINUTE_MS, "{headers:?}");
    let late_by: i64 = headers["mare-late-by-ms"].parse().expect("a number");
    assert!(late_by >= 0 && late_by == closed_by - (start + 3 * MINUTE_MS), "{headers:?}");
}

#[test]
fn late_events_and_dead_letters_go_to_their_topics() {
    let topic = Topic::create(kafka(), "letters", 3);
    produce_hour(kafka(), &topic.name, 21, 20_000);
    let [late, dead] = ["letters-late", "letters-dead"].map(|prefix| Topic::create(kafka(), prefix, 2));
    let flagship = Flagship::shared(&topic);
    let sets = [format!("late.topic={}", late.name), format!("dead_letter.topic={}", dead.name)];
    let finished = flagship.run_until_end(&["-w", "3", "--set", sets[0].as_str(), "--set", sets[1].as_str()]);
    flagship.assert_exact("beside letters");

    let [late, dead] = [late, dead].map(|topic| read(kafka(), &topic.name));
    assert_letters(&late, &topic, Fate::Late);
    late.iter().for_each(assert_late);
    assert_letters(&dead, &topic, Fate::Dead);
    assert_eq!(finished.summary("late"), late.len() as u64);
    assert_eq!(finished.summary("dead letters"), dead.len() as u64);
    let mut reasons = BTreeMap::<_, usize>::new();
    dead.iter().for_each(|letter| *reasons.entry(letter.headers["mare-reason"].as_str()).or_default() += 1);
    for (reason, count) in &reasons {
        assert!(finished.stderr.contains(&format!("{reason} {count}")), "{reason} {count}:\n{}", finished.stderr);
    }
}

#[test]
fn a_key_a_tombstone_and_a_large_record_stay_what_they_are() {
    let topic = Topic::create(kafka(), "letters-odd", 1);
    let letters = Topic::create(kafka(), "letters-odd-dead", 1);
    let large: Vec<u8> = (0..3_000_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let odd = |key: Option<&'static [u8]>, payload| BaseRecord {
        key,
        payload,
        ..BaseRecord::to("").partition(0).timestamp(NOON)
    };
    topic.produce([
        odd(Some(b"a\xff\0"), None),
        odd(Some(b""), Some(&b""[..])),
        odd(None, Some(&b"\xfe{"[..])),
        odd(Some(b"large"), Some(&large[..])),
    ]);
    let set = format!("dead_letter.topic={}", letters.name);
    Flagship::shared(&topic).run_until_end(&["--set", set.as_str()]);
    let letters = read(kafka(), &letters.name);
    assert_letters(&letters, &topic, Fate::Dead);
    let reasons: Vec<_> = letters.iter().map(|letter| letter.headers["mare-reason"].as_str()).collect();
    assert_eq!(reasons, ["tombstone", "not_json", "not_json", "too_large"]);
}
