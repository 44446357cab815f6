//! Slack, PagerDuty and Alertmanager each get an alert in their own words over a real socket, after it has held for as
//! long as the rule says and no more often than its cool-down lets it; what is secret is on that wire alone.

use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::Mare;
use crate::support::webhook::Webhook;

const NOON: i64 = 1_764_331_200_000;
const MINUTE_MS: i64 = 60_000;
/// Fewer than ten a minute, in two minutes in a row, and then three minutes of quiet.
const SLOW: &str = "alerts.rules=[{ name = \"slow\", total = \"volume_vendas\", below = 10, severity = \"critical\", \
    group = { categoria = \"A&B\" }, for = \"2m\", cooldown = \"3m\" }]";
/// What PagerDuty's key is in the environment of the run.
const KEY: &str = "R0s3cret";

/// Six slow minutes, of which the second and the fifth are told, and one that makes them final.
fn slow_minutes(topic: &Topic) {
    for minute in [0, 1, 2, 3, 4, 5, 20] {
        let at = NOON + minute * MINUTE_MS;
        let time = jiff::Timestamp::from_millisecond(at).expect("a time");
        let sale = format!(r#"{{"id_pedido": "p", "categoria": "A&B", "valor": 1, "timestamp": "{time}"}}"#);
        topic.produce([record(0, at, Some(sale.as_bytes()))]);
    }
}

/// What a webhook gets of a run to the end with these keys, and of what is printed nothing that is secret.
fn posted(topic: &Topic, keys: &[&str], path: &str) -> Vec<serde_json::Value> {
    let (flagship, webhook) = (Flagship::shared(topic), Webhook::start());
    let url = webhook.set() + path;
    let set = [&[SLOW, &url][..], keys].concat();
    let flags: Vec<&str> = set.iter().flat_map(|set| ["--set", set]).collect();
    let key = format!("PAGERDUTY_ROUTING_KEY={KEY}");
    let mare = |command: &str| {
        let mut arguments = flagship.command(command, &flags);
        let more = [("run", "--until-end"), ("alerts", "--held-back")].into_iter().find(|(name, _)| *name == command);
        arguments.extend(more.map(|(_, flag)| flag.to_owned()));
        Mare::spawn_by(&["env", &key], arguments).wait().success().output()
    };
    let printed = ["check", "run", "alerts"].map(mare);
    assert!(printed.iter().all(|printed| !printed.contains("s3cret")), "{printed:?}");
    let held = printed[2].matches("held back until 2025-11-28T12:").count();
    assert_eq!(held, 3, "minutes 2, 3 and 5 are held back:\n{}", printed[2]);
    webhook.taken()
}

#[test]
fn an_alert_comes_in_its_receivers_words() {
    let topic = Topic::create(kafka(), "alerts-words", 1);
    slow_minutes(&topic);
    let message = |minute: u8, group: &str| {
        format!("{group}, 2025-11-28T12:0{minute}:00Z: volume_vendas is 1, below 10, in 2 windows in a row")
    };

    let [first, second] = &posted(&topic, &["alerts.format=slack"], "")[..] else { panic!("two messages") };
    let text = |minute| format!(":rotating_light: *slow* (critical) in black-friday\n{}", message(minute, "A&amp;B"));
    assert_eq!(first["text"], text(1));
    assert_eq!(second["text"], text(4));

    let keys = ["alerts.format=pagerduty", "alerts.routing_key=${PAGERDUTY_ROUTING_KEY}"];
    let [first, second] = &posted(&topic, &keys, "")[..] else { panic!("two events") };
    assert_eq!(first["routing_key"], KEY);
    assert_eq!(first["event_action"], "trigger");
    assert_eq!(first["dedup_key"], second["dedup_key"], "one incident");
    assert_eq!(first["payload"]["summary"], message(1, "A&B"));

    let keys = ["alerts.format=alertmanager", "alerts.page=https://mare.example/"];
    let [first, second] = &posted(&topic, &keys, "/api/v2/alerts")[..] else { panic!("two posts") };
    assert_eq!(first[0]["labels"], second[0]["labels"], "one alert");
    let labels = serde_json::json!({
        "alertname": "slow", "severity": "critical", "dataflow": "black-friday", "total": "volume_vendas", "categoria": "A&B",
    });
    assert_eq!(first[0]["labels"], labels);
    assert_eq!(first[0]["annotations"]["summary"], message(1, "A&B"));
    let instant = |name: &str| first[0][name].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    assert_eq!(instant("startsAt").map(|start| start.as_millisecond()), Some(NOON + MINUTE_MS));
    assert!(instant("endsAt") > Some(jiff::Timestamp::now()), "it stands");
}
