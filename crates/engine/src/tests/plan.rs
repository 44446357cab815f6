//! The dataflow whose documents the oracle knows.

use super::oracle::{LATENESS_MS, WINDOW_MS};
use mare_dataflow::{Plan, fixture};

/// The test dataflow, with these bounds of its epochs.
pub fn plan(shortest: &str, longest: &str) -> Plan {
    plan_with(shortest, longest, &[])
}

/// The same with these settings.
pub fn plan_with(shortest: &str, longest: &str, set: &[&str]) -> Plan {
    let text = format!(
        r#"
        name = "test"
        [source.kafka]
        brokers = "unused:1"
        topic = "unused"
        [event]
        time = "at"
        time_format = "epoch_millis"
        [event.fields]
        group = "string"
        value = "decimal(2)"
        [window]
        tumbling = "{WINDOW_MS}ms"
        lateness = "{LATENESS_MS}ms"
        [totals]
        group_by = ["group"]
        total = "sum(value)"
        events = "count()"
        [sink.stdout]
        [epochs]
        shortest = "{shortest}"
        freshness = "{shortest}"
        longest = "{longest}"
        in_flight = 4
        "#
    );
    fixture::plan(&text, set)
}
