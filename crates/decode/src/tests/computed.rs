//! Fields that are computed from others, and conditions over them.

use super::*;
use mare_expression::{Expression, Scope};
use mare_model::datum::Datum;
use mare_model::header::Headers;
use mare_model::position::{Offset, Partition};
use mare_model::schema::RecordPart;
use mare_model::time::EventTime;

/// Sales with more fields, each by its name, its type and its expression, of which the first names the group.
fn computing(fields: &[(&str, FieldType, &str)]) -> (EventPlan, Vec<Computed>) {
    let mut event = sales();
    event.fields.push(field("nota?", FieldType::String));
    let mut expressions = Vec::new();
    for (name, kind, expression) in fields {
        let scope = Scope::new(&event.fields, TimeZone::UTC);
        expressions.push(Computed::Expression(Expression::parse_as(expression, &scope, *kind).expect(expression)));
        event.fields.push(field(name, *kind));
    }
    (event, expressions)
}

/// The record of a sale of this value, with what stands behind it.
fn sale(value: &str, more: &str) -> Vec<u8> {
    format!(r#"{{"id_pedido":"a","categoria":"Pet","valor":{value},"timestamp":"2025-11-28T12:30Z"{more}}}"#).into()
}

#[test]
fn each_field_is_computed_from_those_before_it() {
    let (event, expressions) = computing(&[
        ("nome", FieldType::String, "UPPER(categoria) || CAST(EXTRACT(MINUTE FROM event_time) AS TEXT)"),
        ("dobro", FieldType::Decimal { scale: 4 }, "valor * 2"),
        ("grande", FieldType::Boolean, "dobro > 10 AND nome = 'PET30'"),
        ("longo?", FieldType::Integer, "LENGTH(nota || nome)"),
    ]);
    let mut decoder = Decoder::new(&event, &expressions, &[4]);
    let of = |decoder: &mut Decoder, record: &[u8]| {
        let row = decoder.decode(&payload(record)).expect("a sale");
        let data = [4, 5, 6, 7].map(|field| format!("{:?}", row.datum(field)));
        (data, row.measured(sum(5)), text(row.group(&[4], &mut String::new())), row.datum(8) == Datum::Absent)
    };
    let said = |data: [Datum<'_>; 4]| data.map(|datum| format!("{datum:?}"));
    let expected = [Datum::Text("PET30"), Datum::Exact(101_000), Datum::Boolean(true), Datum::Absent];
    let record = sale("5.05", "");
    assert_eq!(of(&mut decoder, &record), (said(expected), 101_000, "PET30".to_owned(), true));
    let expected = [Datum::Text("PET30"), Datum::Exact(20_000), Datum::Boolean(false), Datum::Exact(7)];
    let record = sale("1", r#","nota":"ok""#);
    assert_eq!(of(&mut decoder, &record), (said(expected), 20_000, "PET30".to_owned(), true));
}

#[test]
fn what_has_no_value_is_rejected_with_its_key_and_column() {
    let (event, expressions) = computing(&[
        ("parte", FieldType::Decimal { scale: 6 }, "1 / (valor - 2)"),
        ("grupo", FieldType::String, "categoria || CAST(ROUND(parte, 0) AS TEXT)"),
    ]);
    let mut decoder = Decoder::new(&event, &expressions, &[5]).with_id(Some(5));
    let mut reject = |value: &str| decoder.decode(&payload(&sale(value, ""))).map(|row| row.time).unwrap_err();
    let zero = reject("2");
    assert_eq!(
        (zero.reason(), &*zero.to_string()),
        ("division_by_zero", "event.computed.parte: division by zero (column 1)")
    );
    let event = EventPlan { group_max_bytes: 4, ..event };
    let mut decoder = Decoder::new(&event, &expressions, &[5]);
    assert!(decoder.decode(&payload(&sale("3", ""))).is_ok());
    let long = decoder.decode(&payload(&sale("2.01", ""))).map(|row| row.time).unwrap_err();
    assert!(long.to_string().starts_with("field `grupo` has 6 bytes, and a field of totals.group_by"), "{long}");
}

#[test]
fn an_event_is_wanted_if_the_condition_is_true() {
    let (event, expressions) = computing(&[("dobro", FieldType::Decimal { scale: 2 }, "valor * 2")]);
    let condition = "nota = 'sim' OR 10 / (dobro - 2) > 2";
    let condition =
        Expression::parse_filter(condition, &Scope::new(&event.fields, TimeZone::UTC)).expect("a condition");
    let filter = Filter::new("totals.where", &condition);
    let mut decoder = Decoder::new(&event, &expressions, &[]);
    let mut wants = |value: &str, more: &str| {
        let record = sale(value, more);
        let row = decoder.decode(&payload(&record)).expect("a sale");
        (Filter::wants(Some(&filter), &row).map_err(|reject| reject.to_string()), Filter::wants(None, &row))
    };
    assert_eq!(wants("2", ""), (Ok(true), Ok(true)));
    assert_eq!(wants("9", ""), (Ok(false), Ok(true)), "NULL or false");
    assert_eq!(wants("9", r#","nota":"sim""#), (Ok(true), Ok(true)));
    let failed = Err("totals.where: division by zero (column 17)".to_owned());
    assert_eq!(wants("1", ""), (failed, Ok(true)));
    assert_eq!(wants("1", r#","nota":"sim""#), (Ok(true), Ok(true)), "the rest is not evaluated");
}

#[test]
fn parts_of_a_record_are_fields_and_its_timestamp_is_a_time() {
    let mut event = events(vec![field("valor", FieldType::Integer)]);
    (event.time, event.time_format) = (Vec::new(), TimeFormat::Record);
    event.fields.extend(RecordPart::SINGLE.map(|part| part.field(&part.to_string())));
    let computed = RecordPart::SINGLE.map(Computed::Part);
    let mut decoder = Decoder::new(&event, &computed, &[1]);
    let record = Record {
        partition: Partition(3),
        offset: Offset(7),
        timestamp_ms: Some(1_764_331_200_000),
        key: Some("pão|1".as_bytes()),
        ..Record::of_payload(Some(br#"{"valor": 5}"#))
    };
    let row = decoder.decode(&record).expect("an event");
    let time = EventTime(1_764_331_200_000);
    let expected = [Datum::Text("pão|1"), Datum::Exact(3), Datum::Exact(7), Datum::Time(time)];
    assert_eq!(([1, 2, 3, 4].map(|field| row.datum(field)), row.time), (expected, time));
    assert_eq!(text(row.group(&[1], &mut String::new())), r"pão\|1");
    let reason =
        |decoder: &mut Decoder, record| decoder.decode(record).map(|row| row.time).map_err(|it| it.to_string());
    let bare = Record { timestamp_ms: Some(-1), key: None, ..record };
    assert_eq!(reason(&mut decoder, &bare), Err("field `the record's own timestamp` is missing or null".to_owned()));
    let odd = Record { key: Some(b"\xff\xfe"), ..record };
    assert!(reason(&mut decoder, &odd).is_err_and(|why| why.starts_with("field `key` is no text")));
    let row = decoder.decode(&Record { key: None, ..record }).map(|row| row.datum(1) == Datum::Absent);
    assert_eq!(row, Ok(true));
}

#[test]
fn headers_are_fields() {
    let parts = ["origem", "trace-id"].map(|name| RecordPart::Header(name.into()));
    let mut event = events(vec![field("valor", FieldType::Integer)]);
    event.fields.extend(parts.iter().map(|part| part.field(&part.to_string())));
    let mut decoder = Decoder::new(&event, &parts.map(Computed::Part), &[1]);
    let payload = br#"{"valor": 5, "timestamp": "2025-11-28T12:00:00Z"}"#;
    let mut read = |headers: Vec<(&str, Option<&[u8]>)>| {
        let record = Record { headers: Headers::of(&headers), ..Record::of_payload(Some(payload)) };
        let row = decoder.decode(&record).map_err(|reject| reject.to_string())?;
        let text = |field| if let Datum::Text(text) = row.datum(field) { Some(text.to_owned()) } else { None };
        Ok::<_, String>((text(1), text(2), self::text(row.group(&[1], &mut String::new()))))
    };
    let (web, app) = (Some("web".to_owned()), Some("app".to_owned()));
    assert_eq!(read(vec![]), Ok((None, None, r"\N".to_owned())));
    let headers: Vec<(&str, Option<&[u8]>)> =
        vec![("trace-id", Some(b"web")), ("origem", Some(b"")), ("origem", Some(b"app"))];
    assert_eq!(read(headers), Ok((app, web, "app".to_owned())), "the last one");
    assert_eq!(read(vec![("origem", Some(b"web")), ("origem", None)]), Ok((None, None, r"\N".to_owned())));
    assert_eq!(read(vec![("origem", Some(b""))]).map(|read| read.0), Ok(Some(String::new())));
    let refused = read(vec![("origem", Some(b"\xff\xfe"))]).unwrap_err();
    assert!(refused.starts_with("field `header(origem)` is no text"), "{refused}");
}
