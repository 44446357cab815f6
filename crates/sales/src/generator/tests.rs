//! What the generator promises, checked on many records of many seeds.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp, civil};

use super::*;
use crate::{CATEGORIES, REACH, Share, Spread};

const COUNT: u64 = 20_000;
const PARTITIONS: u64 = 3;

fn base_times() -> BaseTimes {
    let from = Timestamp::from_second(1_764_331_200).unwrap_or(Timestamp::UNIX_EPOCH);
    let to = from + SignedDuration::from_hours(2);
    Spread::new(from, to, COUNT).map_or_else(|error| panic!("{error}"), BaseTimes::Spread)
}

fn shares(late: &str, out_of_order: &str, duplicates: &str, garbage: &str) -> Shares {
    let share = |text: &str| text.parse::<Share>().unwrap_or_else(|error| panic!("{error}"));
    Shares::new(share(late), share(out_of_order), share(duplicates), share(garbage))
        .unwrap_or_else(|error| panic!("{error}"))
}

fn mixed(seed: u64) -> Generator {
    Generator::new(seed, shares("5%", "10%", "3%", "4%"), PARTITIONS)
}

fn record(generator: &Generator, index: u64, times: &BaseTimes) -> (SaleKind, Vec<u8>) {
    let mut payload = Vec::new();
    (generator.write(index, times, &mut payload), payload)
}

fn records(generator: &Generator) -> Vec<(SaleKind, Vec<u8>)> {
    let times = base_times();
    (0..COUNT).map(|index| record(generator, index, &times)).collect()
}

fn event_time(sale: &serde_json::Value) -> Option<Timestamp> {
    let time: civil::DateTime = sale["timestamp"].as_str()?.parse().ok()?;
    time.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[test]
fn a_record_is_the_same_whichever_thread_makes_it_and_when() {
    let seed = mare_random::seed();
    let in_order = records(&mixed(seed));
    for threads in 1..=PARTITIONS {
        let times = base_times();
        for thread in (0..threads).rev() {
            for index in (0..COUNT).filter(|index| index % PARTITIONS % threads == thread) {
                let again = record(&mixed(seed), index, &times);
                assert_eq!(
                    Some(&again),
                    in_order.get(index as usize),
                    "seed {seed}, record {index}, {threads} threads"
                );
            }
        }
    }
}

#[test]
fn seeds_differ() {
    let seed = mare_random::seed();
    let (one, other) = (records(&mixed(seed)), records(&mixed(seed.wrapping_add(1))));
    let equal = one.iter().zip(&other).filter(|(one, other)| one.1.len() > 100 && one.1 == other.1).count();
    assert_eq!(equal, 0, "seed {seed}");
}

#[test]
fn the_shares_are_kept() {
    let seed = mare_random::seed();
    let records = records(&mixed(seed));
    let share =
        |wanted: fn(&SaleKind) -> bool| records.iter().filter(|(kind, _)| wanted(kind)).count() as f64 / COUNT as f64;
    let drawn = [
        (0.05, share(|kind| *kind == SaleKind::Late)),
        (0.10, share(|kind| *kind == SaleKind::OutOfOrder)),
        (0.03, share(|kind| *kind == SaleKind::Duplicate)),
        (0.04, share(|kind| matches!(kind, SaleKind::Garbage(_)))),
    ];
    for (wanted, drawn) in drawn {
        let deviation = (wanted * (1.0_f64 - wanted) / COUNT as f64).sqrt();
        assert!((wanted - drawn).abs() < 6.0 * deviation, "seed {seed}: {drawn} instead of {wanted}");
    }
}

#[test]
fn every_sale_fits_the_schema() {
    let seed = mare_random::seed();
    let mut per_category = HashMap::new();
    for (index, (kind, payload)) in records(&mixed(seed)).into_iter().enumerate() {
        if matches!(kind, SaleKind::Garbage(_)) {
            continue;
        }
        let sale: serde_json::Value =
            serde_json::from_slice(&payload).unwrap_or_else(|error| panic!("seed {seed}, record {index}: {error}"));
        let value = sale["valor"].to_string();
        let cents: u32 = value.replace('.', "").parse().unwrap_or(0);
        assert!(value.as_bytes().iter().rev().nth(2) == Some(&b'.'), "seed {seed}, record {index}: {value}");
        assert!((1_000..=500_000).contains(&cents), "seed {seed}, record {index}: {value}");
        let order: uuid::Uuid = sale["id_pedido"].as_str().and_then(|order| order.parse().ok()).unwrap_or_default();
        assert_eq!(order.get_version_num(), 4, "seed {seed}, record {index}");
        assert!(event_time(&sale).is_some(), "seed {seed}, record {index}");
        *per_category.entry(sale["categoria"].as_str().unwrap_or("").to_owned()).or_insert(0) += 1;
    }
    let mut seen: Vec<_> = per_category.into_keys().collect();
    let mut all: Vec<_> = CATEGORIES.iter().map(|(category, _)| (*category).to_owned()).collect();
    seen.sort();
    all.sort();
    assert_eq!(seen, all, "seed {seed}");
}

#[test]
fn late_and_out_of_order_sales_lie_behind_their_base_time() {
    let seed = mare_random::seed();
    let times = base_times();
    for (index, (kind, payload)) in (0..).zip(records(&mixed(seed))) {
        let (least, most) = match kind {
            SaleKind::OnTime => (0, 0),
            SaleKind::OutOfOrder => (0, 90_000),
            SaleKind::Late => (240_000, 1_800_000),
            SaleKind::Duplicate | SaleKind::Garbage(_) => continue,
        };
        let sale: serde_json::Value = serde_json::from_slice(&payload).unwrap_or_default();
        let behind = event_time(&sale).map(|time| times.before(index, 0).duration_since(time).as_millis());
        assert!(
            behind.is_some_and(|ms| (least..=most).contains(&ms)),
            "seed {seed}, record {index}: {kind:?} {behind:?}"
        );
    }
}

#[test]
fn a_duplicate_repeats_a_recent_sale_of_its_partition() {
    let seed = mare_random::seed();
    let records = records(&mixed(seed));
    for (index, (kind, payload)) in records.iter().enumerate() {
        if *kind == SaleKind::Duplicate {
            let earlier = (1..REACH as usize)
                .map_while(|back| index.checked_sub(back * PARTITIONS as usize))
                .find(|earlier| records[*earlier].1 == *payload);
            let original = earlier.is_some_and(|earlier| {
                records[earlier].0.is_original_sale() || records[earlier].0 == SaleKind::Duplicate
            });
            assert!(original, "seed {seed}, record {index}");
        }
    }
}

#[test]
fn a_duplicate_repeats_the_wall_clock_too() {
    let generator = Generator::new(7, shares("0", "0", "30%", "0"), PARTITIONS);
    let mut times = BaseTimes::wall(PARTITIONS);
    let mut seen = HashMap::new();
    let mut duplicates = 0;
    for index in 0..COUNT {
        times.stamp(index, Timestamp::UNIX_EPOCH + SignedDuration::from_millis(index as i64 * 37));
        let (kind, payload) = record(&generator, index, &times);
        let before = seen.insert(payload, index);
        assert_eq!(before.is_some(), kind == SaleKind::Duplicate, "record {index}");
        duplicates += u64::from(kind == SaleKind::Duplicate);
    }
    assert!(duplicates > COUNT / 4, "{duplicates}");
}

#[test]
fn duplicates_and_nothing_else_still_begin_with_a_sale() {
    let generator = Generator::new(1, shares("0", "0", "100%", "0"), PARTITIONS);
    let kinds: Vec<_> = (0..9).map(|index| record(&generator, index, &base_times()).0).collect();
    assert_eq!(kinds[..3], [SaleKind::OnTime; 3]);
    assert_eq!(kinds[3..], [SaleKind::Duplicate; 6]);
}

#[test]
fn every_kind_of_garbage_appears_and_is_no_sale() {
    let seed = mare_random::seed();
    let generator = Generator::new(seed, shares("0", "0", "0", "100%"), PARTITIONS);
    let times = base_times();
    let mut seen = HashMap::new();
    for index in 0..4_000 {
        let (kind, payload) = record(&generator, index, &times);
        assert_eq!(payload.is_empty(), !kind.has_payload(), "seed {seed}, record {index}: {kind:?}");
        assert!(!is_sale_of_today(&payload), "seed {seed}, record {index}: {kind:?}");
        *seen.entry(kind).or_insert(0) += 1;
    }
    for kind in &SaleKind::ALL[4..] {
        assert!(seen.contains_key(kind), "seed {seed}: no {kind:?} among {seen:?}");
    }
}

#[test]
fn an_assortment_of_ones_own_is_all_that_is_sold() {
    let assortment = Assortment::default()
        .of_categories("Gamer,Livros".parse().expect("categories"))
        .of_values("1..2.50".parse().expect("values"));
    let generator = Generator::new(mare_random::seed(), Shares::default(), PARTITIONS).selling(assortment);
    for (_, payload) in records(&generator).iter().take(1_000) {
        let sale: serde_json::Value = serde_json::from_slice(payload).expect("JSON");
        let value = sale["valor"].as_f64().expect("a number");
        assert!(["Gamer", "Livros"].contains(&sale["categoria"].as_str().expect("a text")), "{sale}");
        assert!((1.0..=2.5).contains(&value), "{sale}");
    }
}

/// Whether the payload has the four fields, each of its type and in its range.
fn is_sale_of_today(payload: &[u8]) -> bool {
    let Ok(sale) = serde_json::from_slice::<serde_json::Value>(payload) else { return false };
    let value = sale["valor"].as_f64().is_some_and(|value| (10.0..=5000.0).contains(&value));
    let text = sale["id_pedido"].is_string() && sale["categoria"].as_str().is_some_and(|text| text.len() <= 1_024);
    let limit = Timestamp::from_second(4_102_444_800).unwrap_or(Timestamp::MAX);
    value && text && event_time(&sale).is_some_and(|time| time < limit)
}

/// What a seed has always made, so that whoever notes a seed finds the same sales in the next release: the checksum of
/// all that is no garbage, and one record as it is.
#[test]
fn a_seed_makes_what_it_has_always_made() {
    let sales = records(&mixed(42));
    let sales = sales.iter().filter(|(kind, _)| !matches!(kind, SaleKind::Garbage(_)));
    let sum = sales.clone().fold(0, |sum, (_, payload)| crc32c::crc32c_append(sum, payload));
    let first = sales.clone().next().map(|(_, payload)| String::from_utf8_lossy(payload).into_owned());
    let expected = "{\"id_pedido\":\"aafa87c4-9821-4e2f-b236-230067072072\",\"categoria\":\"Eletrônicos\",\"valor\":2374.09,\
                    \"timestamp\":\"2025-11-28T11:59:40.713391\"}";
    assert_eq!((sales.count(), sum, first.as_deref()), (19_179, 3_889_821_575, Some(expected)));
}
