//! What was written is read back: as it was, in one order, in pages.

use super::trial::{Trial, bestsellers, sale, total, total_in};
use crate::decimal;
use crate::sink::connector::Abilities;
use crate::sink::document::{Document, FieldValue};
use crate::sink::ranking::Ranked;
use crate::sink::{FencingToken, Query};
use crate::time::EventTime;
use crate::total::Change;

pub(super) fn amounts_are_read_back(trial: &Trial<'_>) {
    let trial = trial.with_final();
    let of = |minute, cents| sale(r#"Café '"$\|"#, minute, 3, cents);
    read_back(&trial, &[of(-1, 641_856), Change { is_final: true, ..of(0, -5) }, of(1, 1 << 70)]);
}

pub(super) fn groups_of_every_type_are_read_back(trial: &Trial<'_>) {
    let trial = trial.with_readings();
    let of = |minute, sum| total(r"-7|true|a\|b", minute, 2, &[2, sum]);
    read_back(&trial, &[of(-1, -9), of(0, i64::MAX.into()), of(1, 1 << 70)]);
}

/// Neither the empty text nor the one that reads alike is null, and each document is replaced by its own.
pub(super) fn null_is_a_group_of_its_own(trial: &Trial<'_>) {
    let trial = trial.with_readings_of_anywhere();
    let groups = [r"\N|\N|\N", r"\N|false|null", r"\N|false|\N", r"7|\N|", r"7|\N|\N", r"7|\N|\\N"];
    for n in [1, 2] {
        let of = |(minute, group)| total(group, minute, n, &[n.into(), 5]);
        let changes: Vec<_> = (0..).zip(groups).map(of).collect();
        read_back(&trial, &changes);
        for (group, change) in groups.into_iter().zip(&changes) {
            let found = trial.found(Query { group: Some(group.into()), ..Query::all(10) });
            assert_eq!(found, trial.rendered(std::slice::from_ref(change)), "{group}");
        }
    }
}

pub(super) fn what_no_event_had_is_read_back_as_null(trial: &Trial<'_>) {
    let trial = trial.with_deliveries();
    let of = |minute, extremes: [Option<i128>; 4], sums: [i128; 4], others: [Option<i128>; 4]| {
        let measures: Vec<_> = extremes.into_iter().chain(sums.map(Some)).chain(others).collect();
        total_in(&trial, "a", minute, 3, &measures)
    };
    let ends = [i64::MIN, i64::MAX].map(|days| Some(days.into()));
    let changes = [
        of(0, [None; 4], [0; 4], [None; 4]),
        of(
            1,
            [Some(-1_005), Some(0), None, None],
            [-1_005, 2, 0, 0],
            [Some(1), Some(0), Some(-1), Some(1_764_331_200_123)],
        ),
        of(2, [None, None, ends[0], ends[1]], [0, 0, -1, 3], [Some(0), Some(0), Some(0), Some(0)]),
    ];
    read_back(&trial, &changes);
}

/// A value replaces null, and null is never in the way of it.
pub(super) fn null_gives_way_to_a_value(trial: &Trial<'_>) {
    let trial = trial.with_deliveries();
    let of = |n, days| {
        total_in(
            &trial,
            "a",
            0,
            n,
            &[None, None, days, days, Some(0), Some(0), days, days.map(|_| 1), None, None, days, days],
        )
    };
    let mut writer = trial.writer(FencingToken::UNFENCED);
    for (n, days) in [(1, None), (2, Some(-3)), (3, Some(-3))] {
        writer.write(&[of(n, days)]).expect("a document that is taken");
        assert_eq!(trial.documents(), trial.rendered(&[of(n, days)]), "{n} events");
    }
}

/// Of no value a ranking is empty, and a text is null.
pub(super) fn rankings_and_texts_are_read_back(trial: &Trial<'_>) {
    let trial = trial.with_bestsellers();
    let goods = [(-7, 250, Some(r#"a "b" \ ç"#)), (i64::MAX, i64::MAX, Some("")), (3, -9, None), (-7, 1, Some(""))];
    read_back(&trial, &[bestsellers(-1, &[]), bestsellers(0, &goods[2..3]), bestsellers(1, &goods)]);
}

/// Writes changes in the order in which they are to be read, and compares.
fn read_back(trial: &Trial<'_>, changes: &[Change]) {
    trial.writer(FencingToken::UNFENCED).write(changes).expect("documents that are taken");
    let (found, expected) = (trial.documents(), trial.rendered(changes));
    let abilities = trial.sink.abilities();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert!(same(found, expected, abilities), "{found:?}\nis not\n{expected:?}");
    }
    assert_eq!(trial.reader().size().expect("a sink that answers"), expected.len() as u64);
}

/// Whether a document is the expected one, but for numbers of which a sink with such abilities keeps no more than the
/// nearest double.
fn same(found: &Document, expected: &Document, abilities: Abilities) -> bool {
    let is_same = (&found.id, found.version, found.is_final) == (&expected.id, expected.version, expected.is_final);
    let mut values = found.values.iter().zip(&expected.values);
    let has_same = values.all(|(found, expected)| same_value(found, expected, abilities));
    is_same && found.values.len() == expected.values.len() && has_same
}

fn same_value(found: &FieldValue, expected: &FieldValue, abilities: Abilities) -> bool {
    match (found, expected) {
        (FieldValue::Decimal { units: found, .. }, FieldValue::Decimal { units, scale })
            if !abilities.exact_decimals =>
        {
            decimal::nearest(*found, *scale) == decimal::nearest(*units, *scale)
        }
        (FieldValue::Integer(found), FieldValue::Integer(number))
            if !abilities.wide_integers && i64::try_from(*number).is_err() =>
        {
            *found as f64 == *number as f64
        }
        (FieldValue::Ranking(found), FieldValue::Ranking(expected)) => {
            let same_ranked = |(found, expected): (&Ranked, &Ranked)| {
                found.value == expected.value && same_value(&found.total, &expected.total, abilities)
            };
            found.len() == expected.len() && found.iter().zip(expected).all(same_ranked)
        }
        (found, expected) => found == expected,
    }
}

/// Writes three categories in seven minutes, and returns the documents in their order.
fn twenty_one(trial: &Trial<'_>) -> Vec<Document> {
    let categories = |minute| ["b", "a", "c"].map(|category| sale(category, minute, 1, 1));
    let changes: Vec<_> = (0..7).flat_map(categories).collect();
    trial.writer(FencingToken::UNFENCED).write(&changes).expect("documents that are taken");
    let sorted = |minute| ["a", "b", "c"].map(|category| sale(category, minute, 1, 1));
    trial.rendered(&(0..7).flat_map(sorted).collect::<Vec<_>>())
}

pub(super) fn pages_come_in_the_order_of_windows_and_then_ids(trial: &Trial<'_>) {
    let expected = twenty_one(trial);
    let newest_first: Vec<_> = expected.chunks(3).rev().flatten().cloned().collect();
    for limit in [1, 2, 3, 4, 20, 21, 22] {
        assert_eq!(trial.found(Query::all(limit)), expected, "{limit} a page");
        let query = Query { newest_first: true, ..Query::all(limit) };
        assert_eq!(trial.found(query), newest_first, "{limit} a page, newest first");
        let mut any = trial.found(Query { any_order: true, ..Query::all(limit) });
        any.sort_by_key(|document| expected.iter().position(|other| other.id == document.id));
        assert_eq!(any, expected, "{limit} a page, in any order");
    }
}

pub(super) fn a_query_keeps_to_its_group_and_its_bounds(trial: &Trial<'_>) {
    let expected = twenty_one(trial);
    let to = EventTime(180_001);
    let between = |from| trial.found(Query { from: EventTime(from), to, ..Query::all(2) });
    assert_eq!(between(60_000), expected[3..12]);
    assert_eq!(between(60_001), expected[6..12], "between two windows");
    let of = |group: &str| trial.found(Query { group: Some(group.into()), ..Query::all(2) });
    let of_a: Vec<_> = expected.iter().filter(|document| document.id.starts_with("a|")).cloned().collect();
    assert_eq!(of("a"), of_a);
    assert_eq!(of("z"), [], "no such group");
    assert_eq!(of("a|b"), [], "no group of this dataflow");
}
