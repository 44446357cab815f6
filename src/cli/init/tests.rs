//! Records in, a file out.

use super::draft::ProposedFile;
use super::look::SampleRecord;
use super::render::Frame;
use super::sink::Asked;
use crate::cli::Failure;
use crate::sales::{BaseTimes, Generator, Shares, Spread};

/// Records of two partitions, by turns, all sent at noon.
fn records<T: AsRef<[u8]>>(payloads: impl IntoIterator<Item = T>) -> Vec<SampleRecord> {
    let noon = Some(1_764_331_200_000);
    let numbered = (0..).zip(payloads);
    numbered
        .map(|(number, payload)| SampleRecord {
            partition: number % 2,
            timestamp_ms: noon,
            payload: Some(payload.as_ref().to_vec()),
        })
        .collect()
}

fn draft_with(records: &[SampleRecord], time: Option<&str>, sink: &str) -> Result<ProposedFile, Failure> {
    let frame = Frame {
        name: "orders",
        file: "orders.toml",
        brokers: "kafka:9092",
        topic: "orders",
        properties: vec![("sasl.password".into(), "${KAFKA_SASL_PASSWORD}".into())],
        sink: &asked(sink),
        records: records.len(),
    };
    ProposedFile::of(&frame, records, time, &[("KAFKA_SASL_PASSWORD".into(), "x\"y".into())])
}

fn asked(sink: &str) -> Asked {
    sink.parse().expect("a sink")
}

fn draft(records: &[SampleRecord]) -> ProposedFile {
    draft_with(records, None, "sqlite").unwrap_or_else(|failure| panic!("{failure}"))
}

/// The lines that say something, without what is behind them.
fn said(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.split("  #").next().unwrap_or_default().trim_end().to_owned()).collect()
}

#[test]
fn of_the_flagships_sales() {
    let shares = Shares::new(
        "2%".parse().expect("a share"),
        "10%".parse().expect("a share"),
        "1%".parse().expect("a share"),
        "1%".parse().expect("a share"),
    );
    let generator = Generator::new(7, shares.expect("shares"), 2);
    let [from, to] = ["2025-11-28T11:00:00Z", "2025-11-28T12:00:00Z"].map(|time| time.parse().expect("a time"));
    let times = BaseTimes::Spread(Spread::new(from, to, 3_000).expect("a range"));
    let sales = (0..3_000).map(|index| {
        let mut sale = Vec::new();
        generator.write(index, &times, &mut sale);
        sale
    });
    let records = records(sales);
    let draft = draft(&records);
    let expected = r#"
name = "orders"
[source.kafka]
brokers = "${KAFKA_BROKERS:-kafka:9092}"
topic = "orders"
start = "earliest"
properties = { "sasl.password" = "${KAFKA_SASL_PASSWORD}" }
[event]
time = "timestamp"
time_format = "iso"
zone = "UTC"
[event.fields]
categoria = "string"
valor = "decimal(2)"
[window]
tumbling = "1m"
lateness = "30m"
[totals]
group_by = ["categoria"]
valor_sum = "sum(valor)"
events = "count()"
[sink.sqlite]
path = "orders.db""#;
    assert_eq!(said(&draft.text).join("\n"), expected.trim_start(), "{}", draft.text);
    for comment in ["# id_pedido = \"string\"", "no two alike", "# by = \"id_pedido\"", "8 values", "would be late: "] {
        assert!(draft.text.contains(comment), "{comment} is not in:\n{}", draft.text);
    }
    assert!(draft.verdict(records.len()).contains("of the newest 3,000 records are events of it; the others: "));
}

#[test]
fn of_nested_readings_with_what_may_be_missing() {
    let readings = (0..200).map(|number| {
        let outage = if number % 4 == 0 { r#", "outage_s": 30"# } else { "" };
        let (site, wh) = (["north", "south"][number % 2], number * 7);
        format!(
            r#"{{"meter": {{"id": "m-{number}", "site": "{site}"}}, "tariff": {}, "read_at": {}, "reading": {{"wh": {wh}, "cost": 0.{:03}}}, "tags": [1], "is_new": {}{outage}}}"#,
            number % 3,
            1_764_331_000_123_u64 + number as u64 * 1_000,
            number,
            number % 2 == 0
        )
    });
    let text = draft(&records(readings)).text;
    let lines = said(&text);
    for line in [
        r#"time = "read_at""#,
        r#"time_format = "epoch_millis""#,
        r#""meter.site" = "string""#,
        r#""reading.wh" = "integer""#,
        r#""reading.cost" = "decimal(3)""#,
        r#"outage_s = "integer?""#,
        r#"reading_cost_sum = "sum(reading.cost)""#,
        r#"group_by = ["meter.site"]"#,
    ] {
        assert!(lines.contains(&line.to_owned()), "{line} is not in:\n{text}");
    }
    assert!(text.contains(r#"# by = "meter.id""#) && text.contains("Few values as well: tariff, is_new"), "{text}");
    assert!(text.contains("can use: tags") && !text.contains("zone"), "{text}");
}

#[test]
fn the_likeliest_time_is_taken_unless_another_is_named() {
    let orders: Vec<_> = (0..50)
        .map(|number| {
            format!(
                r#"{{"birthday": "1980-01-{:02}", "created_at": "2025-11-28T08:00:{number:02}-03:00", "ts": 17643312{number:02}.5, "amount": 1, "sent": 17643312{number:02}000}}"#,
                number % 28 + 1
            )
        })
        .collect();
    let orders = records(&orders);
    let text = draft(&orders).text;
    assert!(said(&text).contains(&r#"time = "ts""#.to_owned()) && text.contains("epoch_seconds"), "{text}");
    assert!(text.contains("Times as well, and not taken: created_at, sent, birthday"), "{text}");
    assert!(said(&text).contains(&r#"amount_sum = "sum(amount)""#.to_owned()) && !text.contains("sum(sent)"), "{text}");
    let named = draft_with(&orders, Some("created_at"), "stdout").map(|draft| draft.text).expect("a file");
    assert!(said(&named).contains(&r#"time = "created_at""#.to_owned()) && !named.contains("zone ="), "{named}");
    let refused = |time| draft_with(&orders, Some(time), "stdout").expect_err("no time").to_string();
    assert!(
        refused("amount").contains("no time") && refused("at").contains("birthday, created_at"),
        "{}",
        refused("at")
    );
}

#[test]
fn what_gives_no_dataflow_is_said_with_what_to_do() {
    let refused = |payloads: &[&str]| draft_with(&records(payloads), None, "sqlite").expect_err("refused").to_string();
    let words = refused(&["a,b", "c,d"]);
    assert!(words.contains("none of the newest 2 records") && words.contains("mare topic read orders"), "{words}");
    let words = refused(&[r#"{"a": "x"}"#]);
    assert!(words.contains("no field is a time in most records, of a") && words.contains("--time"), "{words}");
}

#[test]
fn odd_names_never_make_a_file_that_is_refused() {
    let odd = (0..60).map(|number| {
        format!(
            r#"{{"timestamp": "2025-11-28T11:59:00Z", "window_start": "{}", "_id": "{}", "Events": {number}, "a_b": "{}", "a": {{"b": "{}"}}, "é ü": 1.5, "$x": 1, "sum(x)": 2, "x\"y": "{}", "n": 3.5, "": 1, "N": 7.5}}"#,
            number % 2, number % 2, number % 2, number % 2, number % 2
        )
    });
    let odd = records(odd);
    for sink in ["sqlite", "stdout", "mongodb://u:p@h"].map(asked) {
        let secrets = [("KAFKA_SASL_PASSWORD".into(), "p".into()), ("MONGODB_URI".into(), "mongodb://u:p@h".into())];
        let frame = Frame {
            name: "o.d-d",
            file: "odd.toml",
            brokers: "k:1",
            topic: "o.d-d",
            properties: Vec::new(),
            sink: &sink,
            records: odd.len(),
        };
        let draft = ProposedFile::of(&frame, &odd, None, &secrets).unwrap_or_else(|failure| panic!("{failure}"));
        assert!(draft.verdict(60).starts_with("all of the newest 60"), "{}", draft.text);
    }
}
