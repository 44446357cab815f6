//! A drop of a total reaches the log, a webhook and a topic once: not again after a kill, nor by a second run over the
//! whole topic; a webhook that is away gets it later.

use std::time::{Duration, Instant};

use mongodb::bson::Document;
use nix::sys::signal::Signal;

use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::{BOUND, Mare};
use crate::support::mongodb::documents;
use crate::support::oracle::read;
use crate::support::webhook::Webhook;
use crate::support::{cluster, wait};

const NOON: i64 = 1_764_331_200_000;
const MINUTE_MS: i64 = 60_000;
/// A revenue that has fallen by more than half since the minute before.
const DROP: &str = "alerts.rules=[{ name = \"drop\", total = \"faturamento_total\", severity = \"critical\", \
    group = { categoria = \"Gamer\" }, change = { below = \"-50%\" } }]";

/// Sells for `amount` in a category and minute.
fn sell(topic: &Topic, minute: i64, category: &str, amount: &str) {
    let at = NOON + minute * MINUTE_MS;
    let time = jiff::Timestamp::from_millisecond(at).expect("a time");
    let sale = format!(r#"{{"id_pedido": "p", "categoria": "{category}", "valor": {amount}, "timestamp": "{time}"}}"#);
    topic.produce([record(0, at, Some(sale.as_bytes()))]);
}

/// Five minutes of trade with a drop in the fourth, and later ones that make them final.
fn drop_at_minute_3(topic: &Topic) {
    for (minute, amount) in [(0, "1000"), (1, "1000.50"), (2, "1001"), (3, "500.49"), (4, "500.49")] {
        sell(topic, minute, "Gamer", amount);
        sell(topic, minute, "Casa", if minute == 3 { "1" } else { "1000" });
    }
    sell(topic, 7, "Casa", "1");
}

/// What is remembered of alerts.
fn remembered(flagship: &Flagship) -> Vec<Document> {
    let mut found = documents(&flagship.uri, &flagship.database, "mare_alerts");
    found.retain(|document| document.contains_key("rule"));
    found
}

/// Waits until so many alerts have arrived at each of `targets`, and it is remembered.
fn wait_until_sent(flagship: &Flagship, run: &mut Mare, count: usize, targets: &[&str]) {
    wait::until(BOUND, "alerts that are remembered as sent", || {
        assert!(run.is_running(), "the run ended:\n{}", run.output());
        let found = remembered(flagship);
        let is_sent =
            |document: &Document, target: &str| document.get_str(target).is_ok_and(|text| text.starts_with("sent "));
        let sent = found.iter().filter(|document| targets.iter().all(|target| is_sent(document, target))).count();
        if sent == count { Ok(()) } else { Err(format!("{found:?}\n{}", run.output())) }
    });
}

/// The ids of what was posted.
fn ids(webhook: &Webhook) -> Vec<String> {
    webhook.taken().iter().map(|alert| alert["id"].as_str().expect("an id").to_owned()).collect()
}

const FIRST: &str = "faturamento_tempo_real|drop|Gamer|2025-11-28T12:03:00Z";
const SECOND: &str = "faturamento_tempo_real|drop|Gamer|2025-11-28T12:09:00Z";

#[test]
fn an_alert_is_sent_once() {
    let (topic, alerts) = (Topic::create(kafka(), "alerts", 1), Topic::create(kafka(), "alerts-out", 1));
    let (flagship, webhook) = (Flagship::shared(&topic), Webhook::start());
    let set = [DROP.to_owned(), webhook.set(), format!("alerts.topic={}", alerts.name)];
    let flags: Vec<&str> = set.iter().flat_map(|set| ["--set", set]).collect();
    drop_at_minute_3(&topic);
    let mut run = flagship.spawn(&flags);
    wait_until_sent(&flagship, &mut run, 1, &["log", "webhook", "topic"]);
    run.wait_for_lines(1, "alert: Gamer, 2025-11-28T12:03:00Z: faturamento_total is 500.49 after 1001.00");
    let [posted] = &webhook.taken()[..] else { panic!("one alert: {:?}", webhook.taken()) };
    let expected = ["drop", "critical", "change", "black-friday", FIRST];
    assert_eq!(["rule", "severity", "condition", "dataflow", "id"].map(|key| posted[key].as_str().unwrap()), expected);
    assert_eq!(posted["group"]["categoria"], "Gamer");
    assert_eq!((posted["value"].to_string(), posted["against"].to_string()), ("500.49".into(), "1001.00".into()));
    assert!(!run.output().contains("s3cret"), "{}", run.output());
    run.end_by(Signal::SIGKILL);

    sell(&topic, 8, "Gamer", "1000");
    sell(&topic, 9, "Gamer", "1");
    sell(&topic, 20, "Casa", "1");
    let mut run = flagship.spawn(&flags);
    wait_until_sent(&flagship, &mut run, 2, &["log", "webhook", "topic"]);
    run.end_by(Signal::SIGTERM).success();
    flagship.run_until_end(&[&["--fresh"][..], &flags].concat());
    flagship.run_until_end(&[&["--overwrite"][..], &flags].concat()); // evaluates every window again
    assert_eq!(ids(&webhook), [FIRST, SECOND]);
    let records = read(kafka(), &alerts.name);
    let keys: Vec<_> = records.iter().map(|record| String::from_utf8(record.key.clone().unwrap()).unwrap()).collect();
    assert_eq!(keys, [FIRST, SECOND]);
    let payloads: Vec<serde_json::Value> =
        records.iter().map(|record| serde_json::from_slice(record.payload.as_ref().unwrap()).unwrap()).collect();
    assert_eq!(payloads, webhook.taken());
    assert_eq!(remembered(&flagship).len(), 2);
    let listed = list(&flagship, &flags, &["--format", "json"]);
    let listed: Vec<serde_json::Value> = serde_json::from_str(&listed).unwrap();
    let listed: Vec<_> = listed.iter().map(|entry| &entry["alert"]).collect();
    assert_eq!(listed, [&payloads[1], &payloads[0]]);
    assert!(list(&flagship, &flags, &["--limit", "1"]).contains("log, webhook, topic"));
}

/// What `mare alerts` prints.
fn list(flagship: &Flagship, flags: &[&str], more: &[&str]) -> String {
    let mut arguments = flagship.arguments(&[flags, more].concat());
    arguments[0] = "alerts".to_owned();
    Mare::run(arguments).success().stdout
}

#[test]
fn a_webhook_that_is_away_gets_an_alert_later_and_once() {
    let topic = Topic::create(kafka(), "alerts-away", 1);
    let (flagship, webhook) = (Flagship::shared(&topic), Webhook::prepare());
    let set = [DROP.to_owned(), webhook.set()];
    let flags: Vec<&str> = set.iter().flat_map(|set| ["--set", set]).collect();
    drop_at_minute_3(&topic);
    let mut run = flagship.spawn(&flags);
    run.wait_for_lines(1, "takes no alerts");
    wait_until_sent(&flagship, &mut run, 1, &["log"]);
    run.end_by(Signal::SIGKILL);

    webhook.answer_with(Some(503));
    webhook.open();
    let mut run = flagship.spawn(&flags);
    webhook.wait_until_turned_away(BOUND);
    sell(&topic, 10, "Gamer", "7");
    flagship.wait_until_exact(&mut run); // the engine goes on meanwhile
    assert_eq!(ids(&webhook), [""; 0]);
    webhook.answer_with(None);
    wait_until_sent(&flagship, &mut run, 1, &["log", "webhook"]);
    let finished = run.end_by(Signal::SIGTERM).success();
    assert_eq!(ids(&webhook), [FIRST]);
    assert_eq!(finished.stderr.matches("takes no alerts").count(), 1, "{}", finished.stderr);
    assert!(!finished.stderr.contains("alert: "), "the log has had it already:\n{}", finished.stderr);
}

#[test]
fn an_end_does_not_wait_for_a_webhook_that_says_nothing() {
    let topic = Topic::create(kafka(), "alerts-mute", 1);
    let (flagship, webhook) = (Flagship::shared(&topic), Webhook::prepare());
    let mute = std::net::TcpListener::bind(("127.0.0.1", webhook.port())).expect("the port of the webhook");
    let set = [DROP.to_owned(), webhook.set()];
    let flags: Vec<&str> = set.iter().flat_map(|set| ["--set", set]).collect();
    drop_at_minute_3(&topic);
    let began = Instant::now();
    let finished = flagship.run_until_end(&flags);
    assert!(began.elapsed() < Duration::from_secs(20), "5 s, and what a run takes:\n{}", finished.output());
    assert!(finished.stderr.contains("the webhook has not taken 1 of the alerts"), "{}", finished.stderr);
    assert_eq!(remembered(&flagship)[0].get_str("webhook"), Ok("pending"));
    flagship.assert_exact("the totals are whole");
    drop(mute);
    webhook.open();
    flagship.run_until_end(&flags);
    assert_eq!(ids(&webhook), [FIRST], "the next run sends it");
}

#[test]
fn a_group_is_silent_by_the_clock_when_all_producers_are_gone() {
    let topic = Topic::create(kafka(), "alerts-clock", 1);
    let (flagship, webhook) = (Flagship::shared(&topic), Webhook::start());
    let rule = |on: &str| {
        format!("alerts.rules=[{{ name = \"quiet\", total = \"volume_vendas\", silent = \"2s\", on = \"{on}\" }}]")
    };
    let (set, clock) = (webhook.set(), rule("clock"));
    sell(&topic, 5, "Gamer", "1");
    sell(&topic, 5, "Casa", "1"); // and nobody sells any more: no window is ever final
    let mut run = flagship.spawn(&["--set", &clock, "--set", &set]);
    wait_until_sent(&flagship, &mut run, 2, &["log", "webhook"]);
    run.end_by(Signal::SIGTERM).success();
    let mut found = ids(&webhook);
    found.sort();
    let id = |group: &str| format!("faturamento_tempo_real|quiet|{group}|2025-11-28T12:05:00Z");
    assert_eq!(found, ["Casa", "Gamer"].map(id));
    assert_eq!(webhook.taken()[0]["final"], false);
}

#[test]
fn a_webhook_that_refuses_is_not_asked_again() {
    let topic = Topic::create(kafka(), "alerts-refused", 1);
    let (flagship, webhook) = (Flagship::shared(&topic), Webhook::start());
    webhook.answer_with(Some(404));
    let set = [DROP.to_owned(), webhook.set()];
    let flags: Vec<&str> = set.iter().flat_map(|set| ["--set", set]).collect();
    drop_at_minute_3(&topic);
    let finished = flagship.run_until_end(&flags);
    assert!(finished.stderr.contains("was refused by the webhook"), "{}", finished.stderr);
    webhook.answer_with(None);
    flagship.run_until_end(&[&["--fresh"][..], &flags].concat());
    assert_eq!(ids(&webhook), [""; 0]);
    assert_eq!(remembered(&flagship)[0].get_str("webhook"), Ok("refused: status 404"));
}

#[test]
fn a_total_may_alert_before_its_window_is_final() {
    let topic = Topic::create(kafka(), "alerts-open", 1);
    let (flagship, webhook) = (Flagship::shared(&topic), Webhook::start());
    let rule = "alerts.rules=[{ name = \"rush\", total = \"volume_vendas\", above = 2, on = \"update\" }]";
    let set = webhook.set();
    let flags = ["--set", rule, "--set", &set];
    for category in ["Gamer", "Casa", "Gamer", "Casa", "Gamer"] {
        sell(&topic, 5, category, "1");
    }
    sell(&topic, 7, "Livros", "1"); // event time has begun, and minute 5 is open still
    let mut run = flagship.spawn(&flags);
    wait_until_sent(&flagship, &mut run, 1, &["log", "webhook"]);
    sell(&topic, 5, "Casa", "1");
    wait_until_sent(&flagship, &mut run, 2, &["log", "webhook"]);
    sell(&topic, 30, "Livros", "1");
    run.end_by(Signal::SIGTERM).success();
    flagship.run_until_end(&flags);
    let id = |category: &str| format!("faturamento_tempo_real|rush|{category}|2025-11-28T12:05:00Z");
    assert_eq!(ids(&webhook), [id("Gamer"), id("Casa")]);
    assert!(webhook.taken().iter().all(|alert| alert["final"] == false), "{:?}", webhook.taken());
}

#[test]
fn a_cluster_sends_an_alert_once() {
    let topic = Topic::create(kafka(), "alerts-cluster", 1);
    let (flagship, webhook) = (Flagship::shared(&topic), Webhook::start());
    let set = webhook.set();
    let flags = ["-n", "2", "--set", DROP, "--set", &set];
    drop_at_minute_3(&topic);
    let mut run = Mare::spawn(cluster::arguments(&flagship, &flags));
    wait_until_sent(&flagship, &mut run, 1, &["log", "webhook"]);
    cluster::members(&run, 1, 2)[0].signal(Signal::SIGKILL);
    cluster::members(&run, 2, 2);
    sell(&topic, 8, "Gamer", "1000");
    sell(&topic, 9, "Gamer", "1");
    sell(&topic, 20, "Casa", "1");
    wait_until_sent(&flagship, &mut run, 2, &["log", "webhook"]);
    run.end_by(Signal::SIGTERM).success();
    assert_eq!(ids(&webhook), [FIRST, SECOND]);
}

#[test]
fn a_topic_of_alerts_must_be_there() {
    let topic = Topic::create(kafka(), "no-alerts", 1);
    let missing = crate::support::unique("nowhere");
    let set = format!("alerts.topic={missing}");
    let flagship = Flagship::shared(&topic);
    let refused = Mare::run(flagship.arguments(&["--set", DROP, "--set", &set]));
    refused.refused(&[&missing, "mare topic create", kafka()]);
}

#[test]
fn a_first_run_over_an_old_topic_sends_what_is_new_alone() {
    let topic = Topic::create(kafka(), "alerts-old", 1);
    let folder = tempfile::tempdir().expect("a folder");
    let (flagship, webhook) = (Flagship::shared(&topic), Webhook::start());
    let file = folder.path().join("sales.db");
    let set = [
        DROP.to_owned(),
        webhook.set(),
        format!("sink.sqlite.path={}", file.display()),
        "alerts.max_age=10m".to_owned(),
    ];
    let flags: Vec<&str> = set.iter().flat_map(|set| ["--set", set]).collect();
    for minute in 0..30 {
        // The last drop is in a window that the end of a run leaves open.
        sell(&topic, minute, "Gamer", if minute % 10 == 5 || minute == 28 { "1" } else { "1000" });
    }
    assert_eq!(list(&flagship, &flags, &[]), "no alerts\n");
    assert!(!file.exists(), "looking makes nothing");
    for more in [&[][..], &["--fresh"]] {
        flagship.run_until_end(&[more, &flags].concat());
        // Windows through minute 26 are final; what was certain ten minutes before that has minute 16 or less.
        assert_eq!(ids(&webhook), ["black_friday|drop|Gamer|2025-11-28T12:25:00Z"]);
    }
    let database = rusqlite::Connection::open(&file).expect("the database");
    let mut select =
        database.prepare("SELECT window_start, webhook IS NULL FROM mare_alerts ORDER BY window_start").unwrap();
    let rows = select.query_map((), |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?))).unwrap();
    let rows: Vec<_> = rows.map(Result::unwrap).collect();
    let row = |minute: &str, is_old| (format!("2025-11-28T12:{minute}:00Z"), is_old);
    assert_eq!(rows, [row("05", true), row("15", true), row("25", false)]);
    assert_eq!(list(&flagship, &flags, &[]).matches("nobody: old").count(), 2);
}
