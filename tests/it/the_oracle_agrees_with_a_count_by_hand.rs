//! The oracle itself, on records whose outcome is known without it.

use mongodb::bson::{DateTime, doc};

use crate::support::oracle::{Counts, Oracle, assert_same, differences};

const NOON: i64 = 1_764_331_200_000;

fn sale(category: &str, value: &str, time: &str) -> String {
    format!(r#"{{"id_pedido":"x","categoria":"{category}","valor":{value},"timestamp":"{time}"}}"#)
}

fn take(oracle: &mut Oracle, partition: i32, payload: &str) {
    oracle.take(partition, NOON, Some(payload.as_bytes()));
}

#[test]
fn amounts_are_read_from_their_text_and_rounded_half_even() {
    let cases = [
        ("10", 1000),
        ("10.5", 1050),
        ("0.005", 0),
        ("0.015", 2),
        ("0.025", 2),
        ("0.0250000001", 3),
        ("-0.015", -2),
        ("-0.025", -2),
        ("1e2", 10000),
        ("1.2345e1", 1234),
        ("1.2355e1", 1236),
        ("25e-3", 2),
        ("0", 0),
        ("-0.0", 0),
        ("1e-40", 0),
        ("0.1", 10),
        ("4999.99", 499_999),
        ("9999999999999999999999", 999_999_999_999_999_999_999_900),
    ];
    for (text, cents) in cases {
        let mut oracle = Oracle::default();
        take(&mut oracle, 0, &sale("A", text, "2025-11-28T12:00:00Z"));
        assert_eq!(oracle.documents().values().next(), Some(&(cents, 1)), "{text}");
    }
}

#[test]
fn garbage_is_a_dead_letter_and_changes_nothing_else() {
    let noon = "2025-11-28T12:00:00Z";
    let bad = [
        "".to_owned(),
        "\u{fffd}".to_owned(),
        "[1]".to_owned(),
        "{}".to_owned(),
        sale("A", "1", noon) + "x",
        sale("A", "1", noon).replace("\"x\"", "7"),
        sale("A", "1", noon).replace("\"x\"", "null"),
        sale("A", "1", noon).replace("id_pedido", "id"),
        sale("A", "1", noon).replace("\"A\"", "{}"),
        sale("A", "\"1\"", noon),
        sale("A", "null", noon),
        sale("A", "1e22", noon),
        sale("A", "-1e30", noon),
        sale("A", "1e999", noon),
        sale("A", "1", "yesterday"),
        sale("A", "1", "2025-11-31T12:00:00Z"),
        sale("A", "1", "2025-11-28T13:00:00.001Z"),
        sale(&"A".repeat(256 * 1024), "1", noon),
    ];
    let mut oracle = Oracle::default();
    for payload in &bad {
        let before = oracle.partitions().get(&0).map_or(0, |counts| counts.dead);
        take(&mut oracle, 0, payload);
        assert_eq!(oracle.partitions()[&0].dead, before + 1, "{:.120}", payload);
    }
    oracle.take(0, NOON, None);
    assert_eq!(oracle.counts(), Counts { read: 19, counted: 0, filtered: 0, late: 0, duplicate: 0, dead: 19 });
    take(&mut oracle, 0, &sale("A", "1", "2025-11-28T13:00:00Z"));
    take(&mut oracle, 1, &sale("A", "1", "2025-11-28T09:00:00.123456-03:00"));
    take(&mut oracle, 1, &sale("A", "1", "2025-11-28T12:00:59.999999"));
    assert_eq!(oracle.documents()[&(NOON, "A".to_owned())], (200, 2));
    assert_eq!(oracle.counts().counted, 3);
}

#[test]
fn a_sale_is_late_by_its_own_partition_alone() {
    let mut oracle = Oracle::default();
    take(&mut oracle, 0, &sale("A", "1", "2025-11-28T12:00:30Z"));
    take(&mut oracle, 0, &sale("A", "1", "2025-11-28T12:02:59.999Z"));
    take(&mut oracle, 0, &sale("A", "1", "2025-11-28T12:00:00Z"));
    take(&mut oracle, 0, &sale("A", "1", "2025-11-28T12:03:00Z"));
    take(&mut oracle, 0, &sale("A", "1", "2025-11-28T12:00:59.999Z"));
    take(&mut oracle, 0, &sale("A", "1", "2025-11-28T12:01:00Z"));
    take(&mut oracle, 1, &sale("A", "1", "2025-11-28T12:00:59.999Z"));
    assert_eq!(oracle.partitions()[&0], Counts { read: 6, counted: 5, filtered: 0, late: 1, duplicate: 0, dead: 0 });
    assert_eq!(oracle.partitions()[&1], Counts { read: 1, counted: 1, filtered: 0, late: 0, duplicate: 0, dead: 0 });
    assert_eq!(oracle.documents()[&(NOON, "A".to_owned())], (300, 3));
}

#[test]
fn the_comparison_sees_a_missing_a_different_and_a_superfluous_document() {
    let mut oracle = Oracle::default();
    take(&mut oracle, 0, &sale("A", "0.1", "2025-11-28T12:00:30Z"));
    take(&mut oracle, 0, &sale("A", "0.2", "2025-11-28T12:00:31Z"));
    let right = doc! {
        "volume_vendas": 2_i64, "_id": "A|2025-11-28T12:00:00Z", "categoria": "A", "faturamento_total": 0.3,
        "janela_inicio": DateTime::from_millis(NOON), "janela_fim": DateTime::from_millis(NOON + 60_000),
    };
    assert_same(std::slice::from_ref(&right), &oracle, "by hand");
    assert!(differences(&[], &oracle)[0].starts_with("missing"));

    let mut extra = right.clone();
    extra.insert("_id", "B|2025-11-28T12:00:00Z");
    assert!(differences(&[right.clone(), extra], &oracle)[0].starts_with("too many"));
    // A sum of floats, another integer type, a seventh field.
    for (field, value) in
        [("faturamento_total", (0.1 + 0.2).into()), ("volume_vendas", 2_i32.into()), ("n", 2_i64.into())]
    {
        let value: mongodb::bson::Bson = value;
        let mut wrong = right.clone();
        wrong.insert(field, value);
        assert!(differences(&[wrong], &oracle)[0].starts_with("expected"), "{field}");
    }
}
