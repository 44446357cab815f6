//! What is written about the metrics elsewhere, and what is asked of them there.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::list::ALL;
use crate::metric::MetricKind;

const PAGE: &str = include_str!("../../../../docs/metrics.md");
const RULES: &str = include_str!("../../../../deploy/prometheus/rules.yml");
const RULE_TESTS: &str = include_str!("../../../../deploy/prometheus/tests.yml");
const RUNBOOK: &str = include_str!("../../../../docs/runbook.md");
const DASHBOARD: &str = include_str!("../../../../deploy/grafana/dashboards/mare.json");

/// The list as a table of the page.
fn table() -> String {
    let mut table = "| name | type | labels | meaning |\n|---|---|---|---|\n".to_owned();
    for metric in ALL {
        let labels = metric.labels.join(", ");
        table.push_str(&format!("| `{}` | {} | {labels} | {} |\n", metric.name, metric.kind.name(), metric.help));
    }
    table
}

/// The words of a text that begin like a metric.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| word.starts_with("mare_")).collect()
}

/// Whether a query may name it: a metric, or a part of a histogram.
fn is_known(name: &str) -> bool {
    let parts = ["_bucket", "_sum", "_count"].map(|part| name.strip_suffix(part));
    ALL.iter().any(|metric| match metric.kind {
        MetricKind::Histogram(_) => parts.contains(&Some(metric.name)),
        MetricKind::Counter | MetricKind::Gauge => metric.name == name,
    })
}

fn unknown(text: &str) -> Vec<&str> {
    named(text).into_iter().filter(|name| !is_known(name)).collect()
}

/// The texts under `key`, at any depth.
fn texts<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    match value {
        Value::Object(fields) => {
            let own = fields.get(key).and_then(Value::as_str);
            own.into_iter().chain(fields.values().flat_map(|value| texts(value, key))).collect()
        }
        Value::Array(values) => values.iter().flat_map(|value| texts(value, key)).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_page_has_the_table_of_the_list() {
    assert!(PAGE.contains(&table()), "docs/metrics.md should have:\n{}", table());
    let names = named(PAGE);
    assert!(ALL.iter().all(|metric| names.contains(metric.name)));
}

#[test]
fn rules_and_their_tests_name_only_metrics_of_the_list() {
    for (file, text) in [("rules.yml", RULES), ("tests.yml", RULE_TESTS)] {
        assert_eq!(unknown(text), [""; 0], "{file}");
        assert!(named(text).len() > 5, "{file}");
    }
}

#[test]
fn every_alert_is_tested_and_documented() {
    let alerts: Vec<_> = RULES.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() >= 7, "{alerts:?}");
    for alert in alerts {
        assert!(RULE_TESTS.contains(&format!("alertname: {alert}\n")), "no test of {alert}");
        assert!(PAGE.contains(&format!("`{alert}`")), "no word of {alert}");
    }
}

/// The last line of a rule leads to where somebody who was woken reads on.
#[test]
fn every_alert_leads_to_its_section_of_the_runbook() {
    let rules: Vec<_> = RULES.split("- alert: ").skip(1).collect();
    let sections: Vec<_> = RUNBOOK.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    for rule in &rules {
        let name = rule.lines().next().unwrap_or_default();
        let anchor = name.to_lowercase();
        let url = format!("runbook_url: https://github.com/mare-streaming/mare/blob/main/docs/runbook.md#{anchor}\n");
        assert!(rule.contains(&url), "{name} has no {url}");
        assert!(sections.contains(&name), "no section of {name}");
    }
    let parts: Vec<_> = RUNBOOK.split("\n## ").skip(1).collect();
    let of_rules = parts.iter().filter(|part| part.starts_with("Mare"));
    let is_whole = |part: &&&str| ["**Means**", "**Look at**", "**Do**"].iter().all(|word| part.contains(word));
    assert_eq!(
        of_rules.filter(is_whole).count(),
        rules.len(),
        "each says what to do, and none is left of a rule that went"
    );
}

/// Links within the page lead somewhere: an anchor is a heading in small letters, with dashes for spaces.
#[test]
fn the_runbook_links_to_its_own_sections() {
    let headings: BTreeSet<_> = RUNBOOK.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let anchors: BTreeSet<_> = headings.iter().map(|heading| heading.to_lowercase().replace(' ', "-")).collect();
    let linked: BTreeSet<_> = RUNBOOK
        .split("](#")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(anchor, _)| anchor.to_owned())
        .collect();
    assert_eq!(linked, anchors, "all are in the list at the top, and all links are of sections");
}

#[test]
fn the_dashboard_asks_only_for_metrics_of_the_list() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).expect("JSON");
    let queries = texts(&dashboard, "expr");
    assert!(queries.len() > 20, "{}", queries.len());
    for query in queries {
        assert!(!named(query).is_empty() && unknown(query).is_empty(), "{query}: {:?}", unknown(query));
    }
    let panels = dashboard["panels"].as_array().expect("panels");
    for panel in panels {
        let title = panel["title"].as_str().unwrap_or_default();
        assert!(panel["type"] == "row" || !texts(panel, "expr").is_empty(), "{title} shows nothing");
        assert!(!title.is_empty(), "{panel}");
    }
}

#[test]
fn a_misspelt_metric_would_be_found() {
    assert_eq!(unknown("rate(mare_sink_writen_documents_total[5m]) > 0"), ["mare_sink_writen_documents_total"]);
    assert_eq!(unknown("mare_sink_write_seconds"), ["mare_sink_write_seconds"], "a histogram has parts only");
}
