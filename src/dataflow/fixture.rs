//! Dataflow files for tests.

use super::{Overrides, Plan, parse};

/// Revenue by city and minute.
pub(crate) const ORDERS: &str = r#"name = "orders"
[source.kafka]
brokers = "localhost:9092"
topic = "orders"
[event]
time = "at"
[event.fields]
city = "string"
note = "string?"
price = "decimal(2)"
[window]
tumbling = "1m"
[totals]
group_by = ["city"]
revenue = "sum(price)"
[sink.mongodb]
uri = "mongodb://root:hunter2@localhost"
database = "shop"
collection = "orders"
"#;

/// The number of events of each minute.
pub(crate) const EVENTS: &str = r#"name = "events"
[source.kafka]
brokers = "unused:1"
topic = "events"
[event]
time = "at"
[window]
tumbling = "1m"
[totals]
events = "count()"
[sink.stdout]
"#;

/// The plan of a good file, with overrides and an empty environment.
///
/// # Panics
/// If the file is refused.
pub(crate) fn plan(file: &str, overrides: &[&str]) -> Plan {
    let overrides = Overrides::new(overrides.iter().copied());
    parse(file, "test.toml", &overrides, &|_| None).unwrap_or_else(|invalid| panic!("{invalid}"))
}
