//! Each body to the last character, and what receivers would take amiss.

use serde_json::{Map, Value, json};

use super::*;
use crate::tests::{alert, plan_with};
use mare_dataflow::alerts::Severity;

fn now() -> Timestamp {
    "2025-11-28T12:06:00Z".parse().expect("an instant")
}

fn drop_of(group: &str) -> Alert {
    Alert {
        dataflow: "black-friday".to_owned(),
        rule: "drop".to_owned(),
        severity: Severity::Critical,
        condition: "change".to_owned(),
        group: Map::from_iter([("categoria".to_owned(), Value::from(group))]),
        total: "faturamento_total".to_owned(),
        value: "500.49".parse().expect("a number"),
        against: Some("1001.00".parse().expect("a number")),
        message: format!("{group}, 2025-11-28T12:00:00Z: faturamento_total is 500.49, -50.0%, below -50%"),
        ..alert(&format!("vendas|drop|{group}|2025-11-28T12:00:00Z"))
    }
}

/// What is posted of `alert` in this shape, without and with a page.
fn bodies(keys: &str, alert: &Alert) -> [Value; 2] {
    ["", "page = \"https://mare.example/?a=1&b=2\"\n"].map(|page| {
        let rule = "[[alerts.rules]]\nname = \"drop\"\ntotal = \"faturamento_total\"\nchange = { below = \"-50%\" }";
        let plan = plan_with(&format!("{keys}\n{page}{rule}\ncooldown = \"1h\""));
        let webhook = plan.alerts.as_ref().and_then(|alerts| alerts.webhook.clone()).expect("a webhook");
        serde_json::from_str(&PayloadShape::of(&plan, &webhook).body(alert, now())).expect("JSON")
    })
}

#[test]
fn json_is_the_alert_itself() {
    let alert = drop_of("Gamer");
    let [body, linked] = bodies("webhook = \"http://h/\"", &alert);
    assert_eq!(body.to_string(), serde_json::to_value(&alert).expect("JSON").to_string());
    assert_eq!(body, linked);
}

#[test]
fn slack_gets_a_text_that_controls_nothing() {
    let keys = "webhook = \"https://hooks.slack.com/services/T/B/x\"\nformat = \"slack\"";
    let [body, linked] = bodies(keys, &drop_of("A&B <!channel>"));
    let text = ":rotating_light: *drop* (critical) in black-friday\n\
        A&amp;B &lt;!channel&gt;, 2025-11-28T12:00:00Z: faturamento_total is 500.49, -50.0%, below -50%";
    assert_eq!(body, json!({ "text": text }));
    assert_eq!(linked["text"], format!("{text}\n<https://mare.example/?a=1&amp;b=2|open the page>"));
    let long = bodies(keys, &drop_of(&"<".repeat(5_000)))[1]["text"].as_str().expect("a text").to_owned();
    assert!(long.chars().count() < 4_000 && long.contains("&lt;…"), "{long}");
}

#[test]
fn pagerduty_gets_an_event_that_triggers() {
    let alert = drop_of("Gamer");
    let [body, linked] = bodies("format = \"pagerduty\"\nrouting_key = \"R0s3cret\"", &alert);
    let expected = json!({
        "routing_key": "R0s3cret", "event_action": "trigger", "dedup_key": "vendas|drop|Gamer", "client": "Maré",
        "payload": {
            "summary": alert.message, "source": "black-friday", "severity": "critical",
            "timestamp": "2025-11-28T12:01:00Z", "component": "faturamento_total", "group": "Gamer", "class": "change",
            "custom_details": alert,
        },
    });
    assert_eq!(body, expected);
    assert_eq!(body["payload"]["custom_details"]["against"].to_string(), "1001.00", "to the last digit");
    assert_eq!(linked["client_url"], "https://mare.example/?a=1&b=2");
}

#[test]
fn pagerduty_gets_no_more_characters_than_it_takes() {
    let of = |group: &str| bodies("format = \"pagerduty\"\nrouting_key = \"R0\"", &drop_of(group))[0].clone();
    let [one, other] = ["a", "b"].map(|end| of(&("ção".repeat(500) + end)));
    let length = |value: &Value| value.as_str().expect("a text").chars().count();
    assert_eq!((length(&one["payload"]["summary"]), length(&one["dedup_key"])), (1_024, 255));
    assert_ne!(one["dedup_key"], other["dedup_key"], "two groups are two incidents");
}

#[test]
fn alertmanager_gets_an_array_of_one_alert_that_stands() {
    let keys = "webhook = \"http://h:9093/prefix/api/v2/alerts\"\nformat = \"alertmanager\"";
    let alert = drop_of("Gamer");
    let [body, linked] = bodies(keys, &alert);
    let expected = json!([{
        "labels": {
            "alertname": "drop", "severity": "critical", "dataflow": "black-friday", "total": "faturamento_total",
            "categoria": "Gamer",
        },
        "annotations": {
            "summary": alert.message, "id": alert.id, "condition": "change", "value": "500.49", "against": "1001.00",
            "window_start": "2025-11-28T12:00:00Z", "window_end": "2025-11-28T12:01:00Z", "final": "true",
        },
        "startsAt": "2025-11-28T12:00:00Z",
        // Two windows of a minute and two minutes of lateness after the hour in which nothing more is said.
        "endsAt": "2025-11-28T13:10:00Z",
    }]);
    assert_eq!(body, expected);
    assert_eq!(linked[0]["generatorURL"], "https://mare.example/?a=1&b=2");
}

#[test]
fn alertmanager_gets_labels_that_it_takes_and_no_end_before_the_start() {
    let group = [("total", "a"), ("group_total", "b"), ("loja.id", "c"), ("1ª", "d")];
    let group = group.map(|(name, value)| (name.to_owned(), Value::from(value)));
    let alert = Alert {
        group: Map::from_iter(group.into_iter().chain([("n".to_owned(), Value::from(7))])),
        window_start: "2100-01-01T00:00:00Z".to_owned(),
        ..drop_of("Gamer")
    };
    let body = super::alertmanager::alerts(&alert, None, now(), 0);
    let labels = body[0]["labels"].as_object().expect("labels");
    let names: Vec<_> = labels.keys().map(String::as_str).collect();
    let expected =
        ["_1_", "alertname", "dataflow", "group_group_total", "group_total", "loja_id", "n", "severity", "total"];
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    assert!(labels.values().all(Value::is_string), "{labels:?}");
    assert_eq!(body[0]["endsAt"], "2100-01-01T00:05:00Z");
}

#[test]
fn alertmanager_tells_null_from_texts() {
    let labels = |value: Value| {
        let alert = Alert { group: Map::from_iter([("pais".to_owned(), value)]), ..drop_of("x") };
        let [body, _] = bodies("webhook = \"http://localhost/api/v2/alerts\"\nformat = \"alertmanager\"", &alert);
        (body[0]["labels"]["pais"].clone(), body[0]["labels"]["pais_is_null"].clone())
    };
    assert_eq!(labels(Value::Null), (Value::Null, Value::from("true")));
    assert_eq!(labels(Value::from("null")), (Value::from("null"), Value::Null));
    assert_eq!(labels(Value::from(true)), (Value::from("true"), Value::Null));
}
