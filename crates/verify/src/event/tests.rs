//! What records say, by hand.

use super::*;
use mare_dataflow::Overrides;
use mare_dataflow::fixture::load;
use mare_model::header::Headers;

fn plan(file: &str, set: &[&str]) -> Plan {
    load(file.as_ref(), &Overrides::new(set.iter().copied()), &|_| None).unwrap()
}

fn read<'a>(plan: &Plan, timestamp_ms: Option<i64>, payload: Option<&'a [u8]>) -> Result<Event<'a>, &'static str> {
    let record = RawRecord { partition: 0, offset: 0, timestamp_ms, key: None, payload, headers: Headers::NONE };
    let mut events = Vec::new();
    EventReader::new(plan).unwrap().read(&record, &mut |event| events.push(event));
    events.remove(0)
}

fn sales() -> Plan {
    plan("../../dataflows/black_friday.toml", &["dedup.by=id_pedido"])
}

const SALE: &str =
    r#"{"id_pedido": "a", "categoria": "Casa|Jardim", "valor": 12.345, "timestamp": "1970-01-01T00:00:01Z"}"#;

#[test]
fn a_sale_is_an_event() {
    let event = read(&sales(), Some(0), Some(SALE.as_bytes()));
    let (group, id, adds) = (r"Casa\|Jardim".into(), Some("a".into()), vec![Some(1_234)]);
    let (is_wanted, place, cancels) = (true, None, false);
    let expected = Event { time_ms: 1000, group, id, adds, says: Vec::new(), is_wanted, place, cancels };
    assert_eq!(event, Ok(expected));
}

#[test]
fn nested_fields_and_optional_ones_are_read() {
    let reading = r#"{"meter": {"site": "n", "id": 1}, "tariff": 2.0e0, "read_at": 7, "reading": {"wh": 9, "cost": -0.0005}, "x": [1]}"#;
    let event = read(&plan("../../dataflows/energy.toml", &[]), None, Some(reading.as_bytes())).unwrap();
    assert_eq!((event.time_ms, &*event.group, event.id), (7, "n|2", None));
    assert_eq!(event.adds, [Some(9), Some(0), Some(0)]);
}

#[test]
fn truth_values_come_to_whether_any_and_whether_all_are_true() {
    let set = ["event.fields.pago=boolean?", "totals.algum=any(pago)", "totals.todos=all(pago)"];
    let plan = plan("../../dataflows/black_friday.toml", &set);
    let measures = &plan.view().measures[1..];
    let adds = |said: &str| {
        let sale = SALE.replace("\"valor\"", &format!("\"pago\": {said}, \"valor\""));
        read(&plan, None, Some(sale.as_bytes())).unwrap().adds[1..].to_vec()
    };
    for (said, expected) in [
        (&["null"][..], [None, None]),
        (&["null", "true", "null"], [Some(1), Some(1)]),
        (&["false", "true"], [Some(1), Some(0)]),
        (&["false", "null"], [Some(0), Some(0)]),
    ] {
        let all = said.iter().map(|said| adds(said));
        let both = |one: Vec<_>, other: Vec<_>| (0..2).map(|at| together(measures[at], one[at], other[at])).collect();
        assert_eq!(all.reduce(both).unwrap(), expected, "{said:?}");
    }
}

#[test]
fn the_least_and_the_greatest_pass_over_what_is_absent() {
    let set = ["event.fields.valor=decimal(2)?", "totals.menor=min(valor)", "totals.maior=max(valor)"];
    let plan = plan("../../dataflows/black_friday.toml", &set);
    let measures = &plan.view().measures;
    let adds = |value: &str| read(&plan, None, Some(SALE.replace("12.345", value).as_bytes())).unwrap().adds;
    let mut all = adds("null");
    assert_eq!(all, [Some(0), None, None]);
    for value in ["-3", "null", "1.5", "-0.005", "1.49"] {
        let next = adds(value);
        all = (0..3).map(|index| together(measures[index], all[index], next[index])).collect();
    }
    assert_eq!(all, [Some(-1), Some(-300), Some(150)]);
}

#[test]
fn each_rule_has_its_reason() {
    let plan = sales();
    let with = |from: &str, to: &str| SALE.replace(from, to).into_bytes();
    let long = "x".repeat(1025);
    for (payload, reason) in [
        (vec![b' '; 300_000], "too_large"),
        (vec![0xff, 0xfe], "not_json"),
        (b"[]".to_vec(), "not_json"),
        (with("timestamp", "time"), "missing_field"),
        (with("\"1970-01-01T00:00:01Z\"", "1"), "wrong_type"),
        (with("1970-01-01", "1970-02-30"), "not_a_time"),
        (with("12.345", "null"), "missing_field"),
        (with("12.345", "\"12.345\""), "wrong_type"),
        (with("12.345", "1e24"), "out_of_range"),
        (with("Casa|Jardim", &long), "too_long"),
        (with("\"a\"", &format!("\"{long}\"")), "too_long"),
        (with("Casa|Jardim", r"\ud83d"), "not_text"),
        (with("12.345", "[]}{"), "not_json"),
        (with("00:00:01", "01:00:00.001"), "future_time"),
    ] {
        assert_eq!(read(&plan, Some(0), Some(&payload)), Err(reason), "{}", String::from_utf8_lossy(&payload));
    }
    assert_eq!(read(&plan, Some(0), None), Err("tombstone"));
    assert!(read(&plan, Some(-1), Some(&with("1970", "2170"))).is_ok(), "a record without a time of its own");
}
