//! A dataflow file becomes a checked plan: the crate `mare_dataflow`, with the sinks of this one.
//!
#![doc = include_str!("../docs/format.md")]

use std::path::Path;

use crate::sink::registry::SINKS;

#[cfg(test)]
pub(crate) use mare_dataflow::fixture;
pub use mare_dataflow::{Dashboard, Epochs, Foreign, Invalid, LoadError, Output, Overrides, Plan, Problem, alerts};

/// The plan of the dataflow in `text`, with the overrides and the environment put in.
///
/// `file_name` is what diagnostics call the text. `env` gives the value of an environment variable; a command passes
/// `&|name| std::env::var(name).ok()`. The same arguments always give the same plan.
///
/// ```
/// use mare::dataflow::{Overrides, parse};
///
/// let text = r#"
/// name = "clicks"
/// [source.kafka]
/// brokers = "${KAFKA_BROKERS:-localhost:9092}"
/// topic = "clicks"
/// [event]
/// time = "at"
/// [window]
/// tumbling = "1m"
/// [totals]
/// clicks = "count()"
/// [sink.stdout]
/// "#;
/// let plan = parse(text, "clicks.toml", &Overrides::new(["window.tumbling=5m"]), &|_| None)?;
/// assert_eq!(plan.view().windows.length_ms_max(), 300_000);
/// assert_eq!(plan.view().version, "clicks");
/// # Ok::<(), mare::dataflow::Invalid>(())
/// ```
///
/// # Errors
/// As [`mare_dataflow::parse`].
pub fn parse(
    text: &str,
    file_name: &str,
    overrides: &Overrides,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Plan, Invalid> {
    mare_dataflow::parse(text, file_name, overrides, env, SINKS)
}

/// Reads a dataflow file and makes its plan, see [`parse`].
///
/// # Errors
/// As [`mare_dataflow::load`].
pub fn load(path: &Path, overrides: &Overrides, env: &dyn Fn(&str) -> Option<String>) -> Result<Plan, LoadError> {
    mare_dataflow::load(path, overrides, env, SINKS)
}
