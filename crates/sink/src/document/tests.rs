//! What documents hold, and how they are named.

use mare_model::time::Window;

use super::*;
use crate::fixture;

#[test]
fn the_flagship_has_five_fields_behind_its_id() {
    let layout = fixture::sales().layout();
    let names: Vec<_> = layout.fields().iter().map(|field| &*field.name).collect();
    assert_eq!(names, ["janela_inicio", "janela_fim", "categoria", "faturamento_total", "volume_vendas"]);
    assert_eq!(layout.version(), "volume_vendas");
    assert_eq!(layout.newest_first(), [("categoria", false), ("janela_inicio", true)]);
}

#[test]
fn a_total_becomes_a_document() {
    let start = EventTime("2025-11-28T12:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond());
    let change = fixture::change(fixture::key("Gamer", start.0), fixture::total(3, &[1_005]));
    let document = fixture::sales().layout().render(&change);
    let values = vec![
        FieldValue::Time(start),
        FieldValue::Time(EventTime(start.0 + 60_000)),
        FieldValue::Text("Gamer".into()),
        FieldValue::Decimal { units: 1_005, scale: 2 },
        FieldValue::Integer(3),
    ];
    let expected = Document { id: "Gamer|2025-11-28T12:00:00Z".into(), version: 3, is_final: false, values };
    assert_eq!(document.unwrap(), expected);
}

#[test]
fn documents_of_windows_that_grow_are_named_by_their_ends() {
    let mut plan = fixture::sales();
    plan.view.windows = Windows::cumulative(120_000, 60_000, 0);
    let layout = plan.layout();
    assert_eq!(layout.newest_first(), [("categoria", false), ("janela_fim", true)]);
    let documents = [0, 60_000].map(|slot| {
        let window = plan.view.windows.of_slot(EventTime(slot));
        let key = Key { window, ..fixture::key("Gamer", 0) };
        let document = layout.render(&fixture::change(key.clone(), fixture::total(3, &[1_005]))).unwrap();
        assert_eq!(layout.figures_of(&document).unwrap().key, key);
        document
    });
    let ids = documents.each_ref().map(|document| &*document.id);
    assert_eq!(ids, ["Gamer|1970-01-01T00:01:00Z", "Gamer|1970-01-01T00:02:00Z"]);
    let starts = documents.each_ref().map(|document| &document.values[0]);
    assert_eq!(starts, [&FieldValue::Time(EventTime(0)); 2]);
}

#[test]
fn a_document_says_that_it_is_final_if_it_is_told_how() {
    let (key, total) = (fixture::key("Gamer", 0), fixture::total(3, &[1_005]));
    let plain = fixture::sales().layout();
    let certain = fixture::final_change(key.clone(), total.clone());
    assert_eq!(plain.render(&certain).unwrap(), plain.render(&fixture::change(key.clone(), total.clone())).unwrap());
    let layout = fixture::sales_with_final().layout();
    assert_eq!(layout.final_field(), Some("janela_final"));
    assert_eq!(layout.signature(), plain.signature(), "documents with and without it are known alike");
    for (change, is_final) in [(fixture::change(key, total), false), (certain, true)] {
        let document = layout.render(&change).unwrap();
        assert_eq!((document.is_final, &document.values[2]), (is_final, &FieldValue::Boolean(is_final)));
    }
}

#[test]
fn a_version_that_is_no_total_comes_last_and_groups_are_typed() {
    let layout = fixture::sensors().layout();
    let names: Vec<_> = layout.fields().iter().map(|field| &*field.name).collect();
    assert_eq!(names, ["from", "until", "sensor_id", "indoors", "room", "readings", "sum", "n"]);
    let document = layout.render(&fixture::change(fixture::key(r"-7|true|a\|b", 0), fixture::total(2, &[1, -9])));
    let document = document.unwrap();
    assert_eq!(document.id, r"-7|true|a\|b|1970-01-01T00:00:00Z");
    assert_eq!(
        document.values[2..5],
        [FieldValue::Integer(-7), FieldValue::Boolean(true), FieldValue::Text("a|b".into())]
    );
    assert_eq!(document.values[7], FieldValue::Integer(2));
}

#[test]
fn a_group_of_another_plan_is_refused() {
    let layout = fixture::sensors().layout();
    for group in ["", "1|true", "x|true|room", "1|yes|room", r"1|true|\N"] {
        let outcome = layout.render(&fixture::change(fixture::key(group, 0), fixture::total(1, &[0, 0])));
        assert!(matches!(outcome, Err(SinkError::Refused(_))), "{group}");
    }
}

#[test]
fn null_is_a_group_of_its_own() {
    let layout = fixture::sensors_of_anywhere().layout();
    let rendered = |group| {
        let document = layout.render(&fixture::change(fixture::key(group, 0), fixture::total(1, &[0, 0]))).unwrap();
        (document.id, document.values[2..5].to_vec())
    };
    let (sensor, indoors) = (FieldValue::Integer(7), FieldValue::Boolean(true));
    for (group, room) in [
        (r"7|true|\N", FieldValue::Null),
        ("7|true|null", FieldValue::Text("null".into())),
        ("7|true|", FieldValue::Text(String::new())),
        (r"7|true|\\N", FieldValue::Text(r"\N".into())),
    ] {
        let id = format!("{group}|1970-01-01T00:00:00Z");
        assert_eq!(rendered(group), (id, vec![sensor.clone(), indoors.clone(), room]));
    }
    assert_eq!(rendered(r"\N|\N|\N").1, [FieldValue::Null, FieldValue::Null, FieldValue::Null]);
}

#[test]
fn instants_outside_the_calendar_keep_apart() {
    assert_eq!(iso(EventTime(i64::MIN)), "-9223372036854775808ms");
    let layout = fixture::sales().layout();
    assert_ne!(layout.id(&fixture::key("", i64::MIN)), layout.id(&fixture::key("", i64::MIN + 1)));
}

#[test]
fn without_windows_documents_are_named_by_their_groups() {
    for (mut plan, group, expected) in
        [(fixture::sales(), "Gamer", "Gamer|all"), (fixture::sensors(), r"-7|true|a\|b", r"-7|true|a\|b|all")]
    {
        plan.view.windows = Windows::global();
        let layout = plan.layout();
        assert_eq!(layout.order(), None);
        let origins: Vec<_> = layout.fields().iter().map(|field| field.origin).collect();
        assert!(!origins.contains(&FieldOrigin::WindowStart) && !origins.contains(&FieldOrigin::WindowEnd));
        let key = Key { window: Window::ALL, ..fixture::key(group, 0) };
        let change = fixture::change(key.clone(), fixture::total(3, &[1_005, 7]));
        let document = layout.render(&change).unwrap();
        assert_eq!(document.id, expected);
        assert_eq!(layout.signature().len(), layout.fields().len(), "what is removed is ours");
        assert_eq!(layout.figures_of(&document).unwrap().key, key);
    }
}
