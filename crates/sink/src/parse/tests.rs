use super::*;
use crate::fixture::{
    bestsellers, bills, change, deliveries, final_change, key, sales, sales_with_final, sensors, sensors_of_anywhere,
    sold, tips, total, total_in, visits,
};
use mare_model::total::Change;

/// What stands in a sink after `change`, and the document that it was.
fn stored(layout: &Layout, change: &Change) -> (Document, Vec<(String, Stored)>) {
    let document = layout.render(change).unwrap();
    let names = layout.fields().iter().map(|field| field.name.clone());
    let fields = names.zip(document.values.iter().map(kept)).collect();
    (document, fields)
}

/// A value as a sink keeps it.
fn kept(value: &FieldValue) -> Stored {
    match value {
        FieldValue::Time(time) => Stored::Time(*time),
        FieldValue::Text(text) => Stored::Text(text.clone()),
        FieldValue::Boolean(truth) => Stored::Boolean(*truth),
        FieldValue::Integer(number) => Stored::Integer((*number).try_into().unwrap()),
        FieldValue::Decimal { units, scale } => Stored::Double(decimal::nearest(*units, *scale)),
        FieldValue::Ranking(all) => Stored::Ranking(all.iter().map(|it| (kept(&it.value), kept(&it.total))).collect()),
        FieldValue::Null => Stored::Null,
    }
}

/// What is said when the field `name` of a sale is `value`, or is not there.
fn refusal(name: &str, value: Option<Stored>) -> String {
    let layout = sales().layout();
    let (rendered, mut fields) = stored(&layout, &change(key("Gamer", 60_000), total(3, &[641_856])));
    fields.retain(|(field, _)| field != name);
    fields.extend(value.map(|value| (name.to_owned(), value)));
    document(&layout, &rendered.id, fields).expect_err(name)
}

#[test]
fn what_was_rendered_is_read_back() {
    let plans = [(sales(), "Gamer"), (sales_with_final(), ""), (sales(), r"a\|\\b"), (sensors(), r"-7|true|a\|b")];
    let more = [
        (sensors(), "9223372036854775807|false|"),
        (sensors_of_anywhere(), r"7|\N|"),
        (sensors_of_anywhere(), r"\N|true|\N"),
    ];
    for (plan, group) in plans.into_iter().chain(more) {
        let layout = plan.layout();
        for change in [change(key(group, -60_000), total(3, &[7, -5])), final_change(key(group, 0), total(1, &[]))] {
            let (expected, fields) = stored(&layout, &change);
            let id = expected.id.clone();
            assert_eq!(document(&layout, &id, fields.clone()), Ok(expected.clone()), "{group}");
            assert_eq!(document(&layout, &id, fields.into_iter().rev().collect()), Ok(expected), "in any order");
        }
    }
}

#[test]
fn times_are_read_back() {
    let layout = visits().layout();
    for measures in [[Some(-1), Some(1_764_331_200_123)], [None, None]] {
        let (expected, mut fields) = stored(&layout, &change(key("a", 0), total_in(&visits(), 2, &measures)));
        assert_eq!(document(&layout, &expected.id, fields.clone()), Ok(expected.clone()));
        fields[3].1 = Stored::Integer(7);
        let said = "`first_left` is the whole number 7, not an instant, or null";
        assert_eq!(document(&layout, &expected.id, fields), Err(said.to_owned()));
    }
}

#[test]
fn what_is_computed_from_others_is_read_back() {
    let layout = bills().layout();
    for measures in [[Some(1_001), Some(101)], [Some(0), None]] {
        let (expected, mut fields) = stored(&layout, &change(key("a", 0), total_in(&bills(), 3, &measures)));
        assert_eq!(document(&layout, &expected.id, fields.clone()), Ok(expected.clone()));
        fields[3].1 = Stored::Text("10".into());
        let said = "`per_bill` is a text, not a number of 6 digits behind the point, or null";
        assert_eq!(document(&layout, &expected.id, fields), Err(said.to_owned()));
    }
}

#[test]
fn what_no_event_had_is_read_back_as_null() {
    let layout = deliveries().layout();
    for measures in [[None, None, Some(-3), Some(9)], [Some(-1), Some(1_005), None, None]] {
        let (expected, fields) = stored(&layout, &change(key("a", 0), total_in(&deliveries(), 2, &measures)));
        assert_eq!(document(&layout, &expected.id, fields), Ok(expected));
    }
    let (rendered, mut fields) = stored(&layout, &change(key("a", 0), total_in(&deliveries(), 2, &[None; 4])));
    for (place, wrong, said) in [
        (3, Stored::Text("none".into()), "`lightest` is a text, not a number of 3 digits behind the point, or null"),
        (5, Stored::Boolean(false), "`soonest` is false, not a whole number, or null"),
        (7, Stored::Null, "`n` is null, not a whole number of 64 bits"),
    ] {
        let kept = std::mem::replace(&mut fields[place].1, wrong);
        assert_eq!(document(&layout, &rendered.id, fields.clone()), Err(said.to_owned()));
        fields[place].1 = kept;
    }
}

#[test]
fn averages_and_truth_values_are_read_back() {
    let layout = tips().layout();
    for measures in [[Some(10), Some(3), Some(7), Some(1), Some(0)], [Some(0), Some(0), Some(-7), None, None]] {
        let (expected, fields) = stored(&layout, &change(key("a", 0), total_in(&tips(), 4, &measures)));
        assert_eq!(document(&layout, &expected.id, fields), Ok(expected));
    }
    let (rendered, mut fields) = stored(&layout, &change(key("a", 0), total_in(&tips(), 4, &[Some(0); 5])));
    fields[5].1 = Stored::Null;
    let said = document(&layout, &rendered.id, fields.clone()).unwrap_err();
    assert_eq!(said, "`guests` is null, not a number of 2 digits behind the point", "each event has it");
    (fields[5].1, fields[6].1) = (Stored::Double(0.0), Stored::Integer(1));
    let said = document(&layout, &rendered.id, fields).unwrap_err();
    assert_eq!(said, "`any_late` is the whole number 1, not a truth value, or null");
}

#[test]
fn a_double_next_to_its_amount_is_said_in_full() {
    let said = refusal("faturamento_total", Some(Stored::Double(6418.5599999999995)));
    assert_eq!(
        said,
        "`faturamento_total` is the double 6418.5599999999995, not the double nearest to a number of 2 digits behind the point"
    );
    assert!(refusal("faturamento_total", Some(Stored::Double(f64::NAN))).contains("NaN"));
    let said = refusal("faturamento_total", Some(Stored::Decimal128("1.005".into())));
    assert!(said.contains("the Decimal128 1.005, not a number of 2 digits"), "{said}");
}

#[test]
fn each_field_is_missed_and_held_to_its_type() {
    let layout = sales().layout();
    for field in layout.fields() {
        assert_eq!(refusal(&field.name, None), format!("the field `{}` is missing", field.name));
        let said = refusal(&field.name, Some(Stored::Null));
        assert!(said.starts_with(&format!("`{}` is null, not ", field.name)), "{said}");
    }
    assert_eq!(refusal("valor", Some(Stored::Integer(1))), "no field of this dataflow is called `valor`");
    assert!(refusal("volume_vendas", Some(Stored::Double(3.0))).contains("the double 3.0, not a whole number"));
    assert!(refusal("volume_vendas", Some(Stored::Integer(0))).contains("no number of events"));
    assert!(refusal("faturamento_total", Some(Stored::Integer(6418))).contains("the whole number 6418"));
}

#[test]
fn the_id_is_that_of_the_window_and_group() {
    let said = refusal("categoria", Some(Stored::Text("Moda".into())));
    assert_eq!(said, "it is the document of `Moda|1970-01-01T00:01:00Z`, by its window and group");
    let said = refusal("janela_fim", Some(Stored::Time(EventTime(120_001))));
    assert_eq!(said, "no window is from 1970-01-01T00:01:00Z to 1970-01-01T00:02:00.001Z");
    for start in [60_001, i64::MIN, i64::MAX] {
        assert!(refusal("janela_inicio", Some(Stored::Time(EventTime(start)))).starts_with("no window is from"));
    }
}

#[test]
fn without_its_field_a_document_is_not_final() {
    let layout = sales_with_final().layout();
    let (mut expected, mut fields) = stored(&layout, &final_change(key("Gamer", 0), total(3, &[1])));
    let id = expected.id.clone();
    assert!(document(&layout, &id, fields.clone()).unwrap().is_final);
    fields.retain(|(name, _)| name != "janela_final");
    (expected.is_final, expected.values[2]) = (false, FieldValue::Boolean(false));
    assert_eq!(document(&layout, &id, fields), Ok(expected));
}

#[test]
fn sums_beyond_64_bits_have_a_type_of_their_own() {
    let wide = |units| Some(FieldValue::Integer(units));
    assert_eq!(integer(&Stored::Decimal128("9223372036854775808".into())), wide(1 << 63));
    assert_eq!(
        integer(&Stored::Double(2_f64.powi(70))).map(|value| value.json()),
        Some("1180591620717411300000".into())
    );
    for narrow in [Stored::Double(3.0), Stored::Double(1e19 + 0.5), Stored::Decimal128("3".into())] {
        assert_eq!(integer(&narrow).is_some(), narrow == Stored::Double(1e19), "{narrow:?}");
    }
}

#[test]
fn numbers_of_events_agree() {
    let mut plan = sales();
    let orders =
        mare_model::view::TotalField { name: "pedidos".into(), aggregate: mare_model::view::Aggregate::Events };
    plan.view.totals.push(orders);
    let layout = plan.layout();
    let (expected, mut fields) = stored(&layout, &change(key("Gamer", 0), total(3, &[1])));
    assert!(document(&layout, &expected.id, fields.clone()).is_ok());
    fields.last_mut().unwrap().1 = Stored::Integer(4);
    let said = document(&layout, &expected.id, fields).unwrap_err();
    assert_eq!(said, "`pedidos` is 4, and another field counts 3 events");
}

/// As objects, or as the text of their JSON; nothing else is one.
#[test]
fn rankings_are_read_back() {
    let layout = bestsellers().layout();
    let goods = [(10, 250, false, "a"), (9, 300, true, "b"), (7, -1, false, "c")];
    for goods in [&goods[..], &[]] {
        let total = if goods.is_empty() { total(1, &[]) } else { sold(goods) };
        let (expected, mut fields) = stored(&layout, &change(key("a", 0), total));
        assert_eq!(document(&layout, &expected.id, fields.clone()), Ok(expected.clone()));
        for ((_, stored), value) in fields.iter_mut().zip(&expected.values) {
            if let FieldValue::Ranking(all) = value {
                *stored = Stored::Text(Ranked::text(all));
            }
        }
        assert_eq!(document(&layout, &expected.id, fields.clone()), Ok(expected.clone()));
        let pair = |value, total| Stored::Ranking(vec![(value, total)]);
        let of = |text: &str| Stored::Text(text.to_owned());
        for other in [
            Stored::Null,
            of("a"),
            pair(of("a"), Stored::Double(1.0)),
            pair(Stored::Integer(1), of("1")),
            pair(Stored::Integer(1), Stored::Double(0.001)),
        ] {
            let at = fields.iter().position(|(name, _)| name == "best").unwrap();
            fields[at].1 = other;
            let said = document(&layout, &expected.id, fields.clone()).unwrap_err();
            assert!(said.ends_with("not a ranking: an array of objects with `value` and `total`"), "{said}");
        }
    }
}

#[test]
fn a_group_is_found_by_its_fields() {
    let layout = sensors().layout();
    let values = [FieldValue::Integer(-7), FieldValue::Boolean(true), FieldValue::Text("a|b".into())];
    let expected: Vec<_> = ["sensor_id", "indoors", "room"].into_iter().zip(values).collect();
    assert_eq!(layout.of_group(r"-7|true|a\|b"), Some(expected));
    for none in ["", "-7|true", "x|true|a", "-7|true|a|b", r"-7|true|\N"] {
        assert_eq!(layout.of_group(none), None, "{none}");
    }
    let anywhere = sensors_of_anywhere().layout();
    assert_eq!(anywhere.of_group(r"-7|true|\N").map(|found| found[2].clone()), Some(("room", FieldValue::Null)));
    assert!(refusal("categoria", Some(Stored::Null)).ends_with("is null, not a text"));
}

#[test]
fn instants_are_read_as_they_are_written() {
    for time in [0, 1, -1, 1_764_331_200_123, i64::MIN, i64::MAX] {
        assert_eq!(instant(&iso(EventTime(time))), Some(EventTime(time)));
    }
    for other in ["", "ms", "2025-11-28T12:00Z", "2025-11-28T12:00:00.000Z", "2025-11-28T09:00:00-03:00", "2025-11-28"]
    {
        assert_eq!(instant(other), None, "{other}");
    }
}
