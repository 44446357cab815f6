//! Dataflow files for tests.

use std::path::Path;

use super::{Invalid, LoadError, Overrides, Plan};
use mare_sink::Registry;

pub mod documents;

/// The kinds of sink that tests know.
pub const SINKS: Registry = Registry(&[mare_mongodb::FACTORY, mare_sqlite::FACTORY, mare_stdout::FACTORY]);

/// Revenue by city and minute.
pub const ORDERS: &str = r#"name = "orders"
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
pub const EVENTS: &str = r#"name = "events"
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
pub fn plan(file: &str, overrides: &[&str]) -> Plan {
    let overrides = Overrides::new(overrides.iter().copied());
    parse(file, "test.toml", &overrides, &|_| None).unwrap_or_else(|invalid| panic!("{invalid}"))
}

/// [`parse`](super::parse) with these sinks.
///
/// # Errors
/// As there.
pub fn parse(
    text: &str,
    name: &str,
    overrides: &Overrides,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Plan, Invalid> {
    super::parse(text, name, overrides, env, SINKS)
}

/// [`load`](super::load) with these sinks.
///
/// # Errors
/// As there.
pub fn load(path: &Path, overrides: &Overrides, env: &dyn Fn(&str) -> Option<String>) -> Result<Plan, LoadError> {
    super::load(path, overrides, env, SINKS)
}
