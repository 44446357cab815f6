//! Every reason to reject a record, by table.

use super::*;
use mare_model::datum::Datum;

#[test]
fn payloads_that_are_no_object_are_rejected() {
    let mut decoder = sales_decoder();
    assert_eq!(decoder.decoder.decode(&Record::of_payload(None)).map(|row| row.time), Err(Reject::Tombstone));
    assert_eq!(decode(&mut decoder, &[b' '; 4097]), Err(Reject::TooLarge { bytes: 4097, max_bytes: 4096 }));
    let good = br#"{"id_pedido":"1","categoria":"Gamer","valor":1,"timestamp":"2025-11-28T12:00:00Z"}"#;
    assert!(decode(&mut decoder, good).is_ok());
    let with = |end: &str| [&good[..], end.as_bytes()].concat();
    let mut cut = good.to_vec();
    cut.pop();
    let records: [&[u8]; 10] =
        [b"", b"garbage", b"null", b"[1]", b"\"text\"", b"12", b"\xFF\xFE{}", &cut, &with("}"), &with("\0")];
    for record in records {
        let reject = decode(&mut decoder, record).unwrap_err();
        assert_eq!(reject.reason(), "not_json", "{}", record.escape_ascii());
    }
    assert_eq!(decode(&mut decoder, b"[1]").unwrap_err().to_string(), "not a JSON object: it is an array");
    let words = decode(&mut decoder, b"<sale/>\x1b").unwrap_err().to_string();
    assert_eq!(words, "not a JSON object: expected value at line 1 column 1; it begins with `<sale/>\\u{1b}`");
    assert!(decode(&mut decoder, &with(" \r\n\t")).is_ok());
}

#[test]
fn nesting_beyond_any_bound_is_rejected_without_a_deep_stack() {
    let mut plan = sales();
    plan.max_bytes = usize::MAX;
    let mut decoder = Reader::new(&plan, totals(&[1], &[]));
    for open in ["[", "{\"a\":"] {
        let record = format!("{{\"x\":{}", open.repeat(1_000_000));
        assert_eq!(decode(&mut decoder, record.as_bytes()).unwrap_err().reason(), "not_json");
    }
}

/// A good sale with the members of `change` put in the place of its own; `null` in it stays.
fn sale_with(change: &str) -> String {
    let mut sale =
        serde_json::json!({"id_pedido": "1", "categoria": "Gamer", "valor": 1, "timestamp": "2025-11-28T12:00:00Z"});
    let change: serde_json::Map<String, serde_json::Value> = serde_json::from_str(change).unwrap();
    sale.as_object_mut().unwrap().extend(change);
    sale.to_string()
}

#[test]
fn fields_that_are_not_as_declared_are_rejected_by_name() {
    let mut decoder = sales_decoder();
    let missing = |name: &str| Reject::Missing(name.to_owned());
    let wrong = |name: &str, found, declared| Reject::WrongType { field: name.to_owned(), found, declared };
    let (text, number) = ("a string", "a decimal of 24 digits, those behind the point with it");
    let time = "a string in ISO-8601 (event.time_format = \"iso\")";
    let range = |text: &str| Reject::OutOfRange { field: "valor".to_owned(), text: text.to_owned(), declared: number };
    let no_time = |text: &str| Reject::NotATime { field: None, text: text.to_owned() };
    let bound = "a field of totals.group_by (totals.group_max_bytes)";
    let too_long = Reject::TooLong { field: "categoria".to_owned(), bytes: 1026, bytes_max: 1024, bound };
    let long = format!(r#"{{"categoria":"{}"}}"#, "é".repeat(513));
    for (change, reject) in [
        (r#"{"id_pedido":null}"#, missing("id_pedido")),
        (r#"{"categoria":null}"#, missing("categoria")),
        (r#"{"valor":null}"#, missing("valor")),
        (r#"{"timestamp":null}"#, missing("timestamp")),
        (r#"{"id_pedido":1}"#, wrong("id_pedido", "a number", text)),
        (r#"{"categoria":["Gamer"]}"#, wrong("categoria", "an object or an array", text)),
        (r#"{"categoria":true}"#, wrong("categoria", "a boolean", text)),
        (r#"{"valor":"1"}"#, wrong("valor", "a string", number)),
        (r#"{"valor":{"valor":1}}"#, wrong("valor", "an object or an array", number)),
        (r#"{"valor":false}"#, wrong("valor", "a boolean", number)),
        (r#"{"timestamp":1764331200}"#, wrong("timestamp", "a number", time)),
        (r#"{"timestamp":{}}"#, wrong("timestamp", "an object or an array", time)),
        (r#"{"valor":1e22}"#, range("1e+22")),
        (r#"{"valor":-1e22}"#, range("-1e+22")),
        (r#"{"valor":1e999999999}"#, range("1e+999999999")),
        (r#"{"valor":10000000000000000000000}"#, range("10000000000000000000000")),
        (&long, too_long),
        (r#"{"timestamp":""}"#, no_time("")),
        (r#"{"timestamp":"ontem"}"#, no_time("ontem")),
        (r#"{"timestamp":"2025-02-29T12:00:00Z"}"#, no_time("2025-02-29T12:00:00Z")),
        (r#"{"timestamp":"ontem","valor":"1","id_pedido":1}"#, no_time("ontem")),
        (r#"{"valor":"1","id_pedido":1}"#, wrong("id_pedido", "a number", text)),
    ] {
        assert_eq!(decode(&mut decoder, sale_with(change).as_bytes()), Err(reject), "{change}");
    }
    assert!(decode(&mut decoder, sale_with("{}").as_bytes()).is_ok());
    let first = decode(&mut decoder, b"{}").unwrap_err();
    assert_eq!(first, missing("timestamp"));
}

#[test]
fn the_text_of_a_time_that_is_none_is_kept_short() {
    let record = sale_with(&format!(r#"{{"timestamp":"{}"}}"#, "ã".repeat(1000)));
    let reject = decode(&mut sales_decoder(), record.as_bytes()).unwrap_err();
    assert_eq!(reject, Reject::NotATime { field: None, text: "ã".repeat(64) });
}

#[test]
fn a_text_is_bounded_only_where_it_names_a_group() {
    let mut decoder = sales_decoder();
    for (change, good) in [
        (format!(r#"{{"categoria":"{}"}}"#, "x".repeat(1024)), true),
        (format!(r#"{{"categoria":"{}"}}"#, "x".repeat(1025)), false),
        (format!(r#"{{"id_pedido":"{}"}}"#, "x".repeat(2000)), true),
    ] {
        assert_eq!(decode(&mut decoder, sale_with(&change).as_bytes()).is_ok(), good);
    }
}

#[test]
fn a_field_of_a_time_is_read_as_it_says_and_rejected_by_name() {
    let formats = [TimeFormat::Iso, EpochUnit::Seconds.format(), EpochUnit::Millis.format()];
    let fields = formats.into_iter().zip(["iso?", "s?", "ms?"]);
    let mut event = events(fields.map(|(format, name)| field(name, FieldType::Time(format))).collect());
    event.zone = TimeZone::get("America/Sao_Paulo").unwrap();
    let mut decoder = Decoder::new(&event, &[], &[]);
    let mut read = |fields: &str| {
        let record = format!(r#"{{"timestamp":"2025-11-28T12:00:00Z",{fields}}}"#);
        decoder.decode(&payload(record.as_bytes())).map(|row| [0, 1, 2].map(|at| format!("{:?}", row.datum(at))))
    };
    let time = |ms: i64| format!("{:?}", Datum::Time(mare_model::time::EventTime(ms)));
    let absent = || format!("{:?}", Datum::Absent);
    let zero = r#""iso":"1969-12-31T21:00:00.0019","s":0.5,"ms":-1"#;
    assert_eq!(read(zero), Ok([time(1), time(500), time(-1)]), "without an offset it is of the zone");
    assert_eq!(read(r#""iso":null,"s":null"#), Ok([absent(), absent(), absent()]));
    let no_time =
        |field: &str, text: &str| Err(Reject::NotATime { field: Some(field.to_owned()), text: text.to_owned() });
    assert_eq!(read(r#""iso":"ontem""#), no_time("iso", "ontem"));
    assert_eq!(read(r#""ms":1764331200000123000"#), no_time("ms", "1764331200000123000"));
    let wrong = |field: &str, found, declared| Err(Reject::WrongType { field: field.to_owned(), found, declared });
    assert_eq!(read(r#""iso":1"#), wrong("iso", "a number", "a time in ISO-8601"));
    assert_eq!(read(r#""s":"1""#), wrong("s", "a string", "a number of seconds since the Unix epoch"));
    let reject = read(r#""iso":"ontem""#).unwrap_err();
    assert_eq!(reject.to_string(), "field `iso`: `ontem` is not a time");
}
