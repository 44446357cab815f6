//! What a run shows over HTTP is what stands in the database: page by page, for open and final windows, from memory and
//! from the database, and in the stream as soon as it is durable.

use std::collections::BTreeMap;

use jiff::Timestamp;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::support::flagship::{Flagship, produce_hour};
use crate::support::http::Http;
use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::Mare;

/// Revenue in cents, sales, by `_id`.
type Numbers = BTreeMap<String, (i64, i64)>;

/// What the documents of an answer say. Its numbers are exact text, so no double comes between.
fn shown(documents: &[Value]) -> Numbers {
    let number = |document: &Value| {
        let fields = &document["document"];
        let cents =
            fields["faturamento_total"].to_string().replace('.', "").parse().expect("two digits behind the point");
        assert_eq!(fields["volume_vendas"], document["version"], "{document}");
        let id = document["id"].as_str().expect("an _id").to_owned();
        (id, (cents, fields["volume_vendas"].as_i64().expect("a count")))
    };
    documents.iter().map(number).collect()
}

/// What the database holds.
fn stored(flagship: &Flagship) -> Numbers {
    let documents = flagship.documents();
    let number = |document: &mongodb::bson::Document| {
        let revenue = document.get_f64("faturamento_total").expect("a double");
        let id = document.get_str("_id").expect("an _id").to_owned();
        (id, ((revenue * 100.0).round() as i64, document.get_i64("volume_vendas").expect("a count")))
    };
    documents.iter().map(number).collect()
}

#[test]
fn totals_are_those_of_the_database() {
    let topic = Topic::create(kafka(), "shown", 3);
    produce_hour(kafka(), &topic.name, 71, 20_000);
    let flagship = Flagship::shared(&topic);
    let mut run = flagship.spawn(&["-w", "2", "--http", "127.0.0.1:0"]);
    let http = Http::of(&run);
    flagship.wait_until_exact(&mut run);
    let ready = http.wait_for("/health/ready", |answer| answer.status == 200);
    assert_eq!(ready.body, json!({ "ready": true, "reasons": [] }));
    let expected = stored(&flagship);
    // The database has acknowledged everything; memory hears so a moment later.
    http.wait_for("/api/v1/top?by=volume_vendas", |answer| {
        answer.body["sum"].as_i64() == Some(expected.values().map(|(_, sales)| sales).sum())
    });
    for order in ["newest", "oldest"] {
        let documents = http.documents(&format!("/api/v1/totals?limit=97&order={order}"));
        assert_eq!((documents.len(), shown(&documents)), (expected.len(), expected.clone()), "{order}");
    }
    let [finals, open] =
        ["true", "false"].map(|which| http.documents(&format!("/api/v1/totals?limit=200&final={which}")));
    assert!(!finals.is_empty() && !open.is_empty(), "{} final, {} open", finals.len(), open.len());
    assert!(finals.iter().all(|document| document["final"] == true), "{finals:?}");
    assert_eq!(finals.len() + open.len(), expected.len());
    let gamer =
        http.documents("/api/v1/totals?group=categoria=Gamer&from=2025-11-28T12:10:00Z&to=2025-11-28T12:20:00Z");
    assert_eq!(gamer.len(), 10, "{gamer:?}");
    let status = http.get("/api/v1/status").body;
    let account = &status["account"];
    let sum = ["counted", "late", "duplicate", "dead"]
        .map(|part| account[part].as_u64().expect("a count"))
        .iter()
        .sum::<u64>();
    assert_eq!((account["read"].as_u64(), status["phase"].as_str()), (Some(sum), Some("running")), "{account}");
    let letters = http.get("/api/v1/letters").body;
    assert!(letters["letters"].as_array().is_some_and(|letters| letters.len() > 20), "{letters}");
    run.end_by(Signal::SIGTERM).success();
}

#[test]
fn a_second_run_shows_what_the_first_has_written() {
    let topic = Topic::create(kafka(), "shown-again", 2);
    produce_hour(kafka(), &topic.name, 72, 5_000);
    let flagship = Flagship::shared(&topic);
    flagship.run_until_end(&[]);
    let expected = stored(&flagship);
    let run = flagship.spawn(&["--http", "127.0.0.1:0"]);
    let http = Http::of(&run);
    assert_eq!(shown(&http.documents("/api/v1/totals?limit=1000")), expected, "from the database or from memory");
    http.wait_for("/api/v1/status", |answer| answer.body["memory"]["is_complete"] == true);
    let answer = http.get("/api/v1/totals?limit=1000");
    assert_eq!(
        (&answer.body["source"], shown(answer.body["documents"].as_array().expect("some"))),
        (&json!("live"), expected)
    );
    run.end_by(Signal::SIGTERM).success();
}

#[test]
fn a_sale_is_in_the_stream_once_it_is_durable() {
    let topic = Topic::create(kafka(), "streamed", 3);
    let flagship = Flagship::shared(&topic);
    let run = flagship.spawn(&["-w", "2", "--http", "127.0.0.1:0"]);
    let mut lines = Http::of(&run).lines("/api/v1/stream");
    let mut next = |event: &str| {
        lines.by_ref().find(|line| *line == format!("event: {event}")).unwrap_or_else(|| panic!("no {event}"));
        let data = lines.next().and_then(|line| line.strip_prefix("data: ").map(str::to_owned)).expect("data");
        serde_json::from_str::<Value>(&data).expect("JSON")
    };
    assert_eq!(next("status")["dataflow"]["name"], "black-friday");
    for (sales, partition) in [(1, 0), (2, 2), (3, 1)] {
        let sale = r#"{"id_pedido":"a","categoria":"Games","valor":0.1,"timestamp":"2025-11-28T12:00:00Z"}"#;
        topic.produce([record(partition, Timestamp::now().as_millisecond(), Some(sale.as_bytes()))]);
        let total = next("total");
        assert_eq!((&total["version"], &total["id"]), (&json!(sales), &json!("Games|2025-11-28T12:00:00Z")));
        assert_eq!(stored(&flagship), shown(&[total]), "what is in the stream is in the database");
    }
    run.signal(Signal::SIGTERM);
    assert!(lines.by_ref().count() < 1_000, "the stream ends with the run");
    run.wait().success();
}

#[test]
fn it_is_shown_on_when_new_partitions_are_found() {
    let topic = Topic::create(kafka(), "shown-grows", 1);
    produce_hour(kafka(), &topic.name, 76, 500);
    let flagship = Flagship::shared(&topic);
    let mut run = flagship.spawn(&["--http", "127.0.0.1:0"]);
    let http = Http::of(&run);
    flagship.wait_until_exact(&mut run);
    let mut lines = http.lines("/api/v1/stream");
    let partitions = |status: &Value| status["partitions"].as_array().expect("partitions").len();
    let before = http.get("/api/v1/status").body;
    topic.grow(2);
    let after = http.wait_for("/api/v1/status", |answer| partitions(&answer.body) == 2).body;
    assert_eq!((partitions(&before), &before["started"]), (1, &after["started"]), "the same process, the same server");
    http.wait_for("/health/ready", |answer| answer.status == 200);
    let sale = r#"{"id_pedido":"a","categoria":"Games","valor":0.1,"timestamp":"2025-11-28T13:00:00Z"}"#;
    topic.produce([record(0, Timestamp::now().as_millisecond(), Some(sale.as_bytes()))]);
    assert!(lines.any(|line| line.contains("Games|2025-11-28T13:00:00Z")), "who listened before hears of it");
    run.end_by(Signal::SIGTERM).success();
}

#[test]
fn only_who_has_the_token_is_answered() {
    let topic = Topic::create(kafka(), "secret", 1);
    let flagship = Flagship::shared(&topic);
    let run = flagship.spawn(&["--http", "127.0.0.1:0", "--http-token", "s3cret"]);
    let http = Http::of(&run);
    let refused = http.get("/api/v1/totals");
    assert_eq!((refused.status, &refused.body["status"]), (401, &json!(401)));
    assert!(refused.headers.contains("www-authenticate: bearer"), "{}", refused.headers);
    assert_eq!(http.get("/health/live").status, 200);
    let http = Http { headers: "Authorization: Bearer s3cret\r\n".to_owned(), ..http };
    assert_eq!(http.get("/api/v1/totals").status, 200);
    run.end_by(Signal::SIGTERM).success();
}

#[test]
fn a_port_that_is_taken_is_refused_with_the_remedy() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let arguments = ["run", "dataflows/black_friday.toml", "--http", &address];
    Mare::run(arguments).refused(&[&address, "another program has this port", "--http 127.0.0.1:"]);
}
