//! The rule for names, over the whole list.

use std::collections::HashSet;

use crate::list::ALL;
use crate::metric::{Metric, MetricKind};

/// What a name says that it is of.
const SUBSYSTEMS: [&str; 9] =
    ["ledger", "kafka", "engine", "sink", "checkpoint", "letters", "alerts", "producer", "process"];
/// What a name ends in, before the `_total` of a counter.
const UNITS: [&str; 22] = [
    "seconds",
    "bytes",
    "records",
    "numbers",
    "documents",
    "epochs",
    "updates",
    "rows",
    "writers",
    "alerts",
    "groups",
    "notifications",
    "files",
    "offset",
    "number",
    "info",
    "outages",
    "retries",
    "runs",
    "successes",
    "failures",
    "ratio",
];
/// Those of them that say by themselves what is counted.
const ENOUGH: [&str; 5] = ["outages", "retries", "runs", "successes", "failures"];
/// Rules and targets are as many as the file has.
const LABELS: [&str; 10] =
    ["partition", "reason", "worker", "broker", "rule", "target", "dataflow", "version", "outcome", "view"];

/// What is wrong with a metric.
fn fault(metric: &Metric) -> Option<String> {
    let Metric { name, kind, labels, help } = metric;
    let words: Vec<&str> = name.split('_').collect();
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    if words.first() != Some(&"mare") || !words.iter().all(is_word) {
        return Some("write it mare_<subsystem>_<what>_<unit>".to_owned());
    }
    let (total, words) = (words.last() == Some(&"total"), &words[1..]);
    if total != (*kind == MetricKind::Counter) {
        return Some("a counter, and nothing else, ends in _total".to_owned());
    }
    let words = &words[..words.len() - usize::from(total)];
    let (Some(subsystem), Some(unit)) = (words.first(), words.last()) else { return Some("too short".to_owned()) };
    let fault = match words.len() {
        _ if !SUBSYSTEMS.contains(subsystem) => "no such subsystem",
        _ if !UNITS.contains(unit) => "no such unit",
        0..=1 => "no unit",
        2 if !ENOUGH.contains(unit) => "it does not say what it counts",
        _ if !labels.iter().all(|label| LABELS.contains(label)) => "a label without a bound",
        _ if help.ends_with('.') || !help.starts_with(|first: char| first.is_uppercase() || first == '1') => {
            "write a sentence, without its full stop"
        }
        _ if help.contains('|') => "a table has no room for |",
        _ => return None,
    };
    Some(fault.to_owned())
}

#[test]
fn every_name_follows_the_rule() {
    let faults: Vec<_> = ALL.iter().filter_map(|metric| Some((metric.name, fault(metric)?))).collect();
    assert!(faults.is_empty(), "{faults:?}");
    let names: HashSet<_> = ALL.iter().map(|metric| metric.name).collect();
    let texts: HashSet<_> = ALL.iter().map(|metric| metric.help).collect();
    assert_eq!((names.len(), texts.len()), (ALL.len(), ALL.len()), "each name and each text once");
}

#[test]
fn the_rule_refuses_what_it_should() {
    let good = Metric { name: "mare_sink_write_seconds", kind: MetricKind::Gauge, labels: &["worker"], help: "Good" };
    assert_eq!(fault(&good), None);
    for bad in [
        Metric { name: "mare_sink_write_ms", ..good },
        Metric { name: "mare_sink_seconds", ..good },
        Metric { name: "mare_sink_write_seconds_total", ..good },
        Metric { name: "mare_dashboard_write_seconds", ..good },
        Metric { name: "mare_sink__seconds", ..good },
        Metric { name: "sink_write_seconds", ..good },
        Metric { kind: MetricKind::Counter, ..good },
        Metric { labels: &["id_pedido"], ..good },
        Metric { help: "Bad.", ..good },
        Metric { help: "", ..good },
    ] {
        assert!(fault(&bad).is_some(), "{bad:?}");
    }
}

#[test]
fn bounds_grow() {
    for metric in ALL {
        if let MetricKind::Histogram(bounds) = metric.kind {
            assert!(!bounds.is_empty() && bounds.windows(2).all(|pair| pair[0] < pair[1]), "{metric:?}");
        }
    }
}
