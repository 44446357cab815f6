//! What a scan expects changes what it costs and never what it says: records that are written one like the other, and
//! records that are almost so.

use rand::rngs::SmallRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};

use super::law::{DAMAGE, Records, decoder, law};
use super::*;

/// How many times two layouts are written in turn.
const ROUNDS: usize = 200;

/// How many records of each.
const TURNS: usize = 40;

/// Keys beside the wanted ones: one that ends as a word does, one that is longer, one that is too long to be expected.
const OTHERS: [&str; 5] =
    ["cor", "a_key_of_16b", "the_address_of_it", "a key that is longer than what is remembered", "ção"];

/// One way to write records: keys and what stands around them.
struct Layout {
    keys: Vec<&'static str>,
    before: &'static str,
    behind: &'static str,
}

impl Layout {
    /// A layout at random.
    fn draw(random: &mut SmallRng) -> Layout {
        let mut keys = vec!["timestamp", "categoria", "valor", "item", "ativo"];
        keys.extend(OTHERS.iter().copied().filter(|_| random.random()));
        keys.shuffle(random);
        let gap = |random: &mut SmallRng| *["", "", " ", "\n  "].choose(random).expect("a gap");
        Layout { keys, before: gap(random), behind: gap(random) }
    }

    /// A record of it.
    fn record(&self, records: &mut Records) -> String {
        let Layout { before, behind, .. } = self;
        let mut members = Vec::new();
        for key in &self.keys {
            if !OTHERS.contains(key) || records.0.random_ratio(9, 10) {
                members.push(format!("{before}\"{key}\":{behind}{}", value(key, records)));
            }
        }
        format!("{{{}{before}}}", members.join(","))
    }
}

/// A value of a key, most often a good one.
fn value(key: &str, records: &mut Records) -> String {
    if records.0.random_ratio(1, 60) {
        return records.value(2);
    }
    let number = records.0.random::<u64>() >> records.0.random_range(0..64);
    let sign = if records.0.random_ratio(1, 4) { "-" } else { "" };
    match key {
        "timestamp" => format!("\"2025-11-28T12:00:{:02}.{:06}\"", number % 60, number % 1_000_000),
        "categoria" => format!(
            "\"{}\"",
            "Eletrônicos|e mais coisas, longas".chars().take(number as usize % 34).collect::<String>()
        ),
        "valor" => format!("{sign}{number}.{:02}", number % 100),
        "item" => format!("{{\"qtd\":{sign}{number},\"cor\":\"azul\",\"preco\":{}.{}}}", number % 1_000, number % 7),
        "ativo" => (number % 2 == 0).to_string(),
        _ => (*["null", "17", "\"x\"", "{\"valor\":[1,{}]}"].choose(&mut records.0).expect("a value")).to_owned(),
    }
}

/// `record`, or something like it: a member left out, twice or elsewhere, bytes changed, or only its beginning.
fn changed(record: String, records: &mut Records) -> Vec<u8> {
    let mut members: Vec<&str> = record.split_inclusive(',').collect();
    let (one, other) = (records.0.random_range(0..members.len()), records.0.random_range(0..members.len()));
    match records.0.random_range(0..12) {
        0 => members.swap(one, other),
        1 => members.insert(one, members[other]),
        2 => drop(members.remove(one)),
        3 => return records.damaged(record),
        4 => return record.as_bytes()[..records.0.random_range(0..record.len())].to_vec(),
        _ => {}
    }
    members.concat().into_bytes()
}

/// What a scan of `record` picks that expects this, if it answers.
fn scanned(record: &[u8], reader: &mut Reader, expected: &mut Expected) -> Option<Vec<Slot>> {
    let mut slots = vec![Slot::ABSENT; reader.decoder.wanted.slots()];
    scan(record, &reader.decoder.wanted, expected, &mut slots).map(|()| slots)
}

/// Holds what the decoder says of `record` against one that expects nothing, and both ways against each other. Whether
/// it was read the fast way, and whether all of its keys were expected.
fn both_laws(reader: &mut Reader, record: &[u8]) -> (bool, bool) {
    let mut expected = reader.decoder.expected.clone();
    let experienced = scanned(record, reader, &mut expected);
    let nodes = reader.decoder.wanted.nodes();
    let fresh = scanned(record, reader, &mut Expected::new(nodes));
    assert_eq!(experienced, fresh, "{}", record.escape_ascii());
    let was_expected = expected == reader.decoder.expected;
    let (_, is_fast) = law(reader, record);
    (is_fast, is_fast && was_expected)
}

#[test]
fn what_is_expected_never_changes_what_is_read() {
    let seed = mare_random::seed();
    let (mut reader, mut records) = (decoder(), Records(SmallRng::seed_from_u64(seed)));
    let (mut all, mut fast, mut expected) = (0, 0, 0);
    for _ in 0..ROUNDS {
        let layouts = [Layout::draw(&mut records.0), Layout::draw(&mut records.0)];
        for turn in 0..TURNS {
            let record = layouts[turn % 2].record(&mut records);
            let record = changed(record, &mut records);
            let (is_fast, was_expected) = both_laws(&mut reader, &record);
            (all, fast, expected) = (all + 1, fast + usize::from(is_fast), expected + usize::from(was_expected));
        }
    }
    let counts = format!("seed {seed}: of {all} records {fast} fast, {expected} of these as expected");
    assert!(fast > all / 2 && expected > fast / 20 && expected < fast, "the records test too little: {counts}");
}

#[test]
fn a_record_that_differs_in_one_byte_from_what_is_expected_is_read_for_what_it_is() {
    let record =
        br#"{"timestamp":"2025-11-28T12:00:00.123Z","a":[1],"categoria":"Gamer","valor":12.5, "item" : {"qtd":2}}"#;
    let mut reader = decoder();
    assert_eq!(both_laws(&mut reader, record), (true, false));
    assert_eq!(both_laws(&mut reader, record), (true, true));
    let learnt = reader.decoder.expected.clone();
    for place in 0..=record.len() {
        let (beginning, rest) = record.split_at(place);
        reader.decoder.expected = learnt.clone();
        both_laws(&mut reader, beginning);
        for byte in DAMAGE {
            for rest in [rest, rest.get(1..).unwrap_or_default()] {
                reader.decoder.expected = learnt.clone();
                both_laws(&mut reader, &[beginning, &[*byte], rest].concat());
            }
        }
    }
}

#[test]
fn a_first_key_is_not_taken_for_a_later_one() {
    let mut reader = decoder();
    let sale = |rest: &str| format!(r#"{{"categoria":"Gamer"{rest},"timestamp":"2025-11-28T12:00Z"}}"#);
    assert_eq!(both_laws(&mut reader, sale(r#","valor":1"#).as_bytes()), (true, false));
    for rest in [r#""categoria":"Gamer""#, r#"{"categoria":"Gamer""#, r#","categoria":"Gamer""#, r#""valor":1"#] {
        assert_eq!(both_laws(&mut reader, sale(rest).as_bytes()), (false, false), "{rest}");
    }
    let begins_with_a_comma = br#"{,"valor":1,"timestamp":"2025-11-28T12:00Z"}"#;
    assert_eq!(both_laws(&mut reader, begins_with_a_comma), (false, false));
}

#[test]
fn keys_that_come_in_some_records_only_are_expected_as_well() {
    let mut reader = decoder();
    let sale = |n: usize| {
        let some = |bit: usize, member: &'static str| if n >> bit & 1 == 1 { member } else { "" };
        let (valor, ativo, x) = (some(0, r#""valor":1,"#), some(1, r#""ativo":true,"#), some(2, r#""cor":null,"#));
        format!(r#"{{"timestamp":"2025-11-28T12:00Z",{valor}{ativo}{x}"categoria":"Gamer"}}"#)
    };
    for n in (0..32).map(|n| n % 8) {
        both_laws(&mut reader, sale(n).as_bytes());
    }
    for n in 0..8 {
        assert_eq!(both_laws(&mut reader, sale(n).as_bytes()), (true, true), "{n}");
    }
}

#[test]
fn keys_without_end_are_not_remembered_without_end() {
    let mut reader = decoder();
    for n in 0..1_000 {
        let sale = format!(r#"{{"timestamp":"2025-11-28T12:00Z","{n}":1,"categoria":"Gamer","x{n}":1}}"#);
        assert!(
            decode(&mut reader, sale.as_bytes()).is_err_and(|reject| reject == Reject::Missing("valor".to_owned()))
        );
        assert!(reader.decoder.expected.len() <= 3, "the key that comes again, and one before it and one behind");
    }
    for from in [0, 50] {
        let members: Vec<String> = (from..from + 200).map(|n| format!(r#""key{n}":{n}"#)).collect();
        let sale =
            format!(r#"{{"timestamp":"2025-11-28T12:00Z","valor":1,{},"categoria":"Gamer"}}"#, members.join(","));
        for _ in 0..3 {
            assert!(both_laws(&mut reader, sale.as_bytes()).0);
            assert!(reader.decoder.expected.len() <= 128, "{}", reader.decoder.expected.len());
        }
    }
    let sale = br#"{"timestamp":"2025-11-28T12:00Z","valor":1,"categoria":"Gamer"}"#;
    both_laws(&mut reader, sale);
    assert_eq!(both_laws(&mut reader, sale), (true, true), "a layout that comes after that");
}

#[test]
fn a_key_that_has_come_again_is_not_driven_out() {
    let mut reader = decoder();
    let sale = |rest: &str| format!(r#"{{"timestamp":"2025-11-28T12:00Z",{rest},"categoria":"Gamer"}}"#);
    let usual = sale(r#""valor":1"#);
    both_laws(&mut reader, usual.as_bytes());
    both_laws(&mut reader, sale(r#""once":1"#).as_bytes());
    assert_eq!(both_laws(&mut reader, usual.as_bytes()), (true, true));
}
