//! Metrics for Prometheus, and the events behind them.
//!
//! # The rule for names
//! `mare_<subsystem>_<what>_<unit>`, and `_total` behind that if it is a counter; `<what>` is left out where the unit
//! says everything. Units are base units (seconds, bytes) or nouns in the plural (records, documents, epochs). Labels
//! are few and bounded: `partition`, `reason`, `worker`, `broker`, `rule`, `target`, and for constants `dataflow` and
//! `version`. A process tells of itself alone; Prometheus adds which one it was.
//!
//! # Where the numbers come from
//! What is counted anyway is sampled when somebody asks ([`render`]), and costs nothing in between. The rest are
//! [events]: one struct for each thing worth knowing, which says it to the log and to the metrics in one call, once an
//! epoch or a batch and never once a record.
//!
//! This module knows nobody that it hears from: what a run counts, and the structs of the events, stand beside those
//! who count and emit.
//!
//! # Layout
//! * [`list`]: every metric
//! * [`metric`]: one metric, and how it is told of
//! * [`events`]: what happens, as far as all of it is alike
//! * [`Absence`] (`absence`): a server that is away
//! * `process`: memory, processor time, files
//! * `recorder`: the process's recorder

mod absence;
pub mod events;
pub mod list;
pub mod metric;
pub mod process;
pub mod recorder;
#[cfg(test)]
mod tests;

pub use absence::Absence;
pub use recorder::install;

/// What the text is, for whoever sends it on.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The text of `/metrics`, in Prometheus's text format 0.0.4: everything that this process has to tell. `sample` tells
/// what is counted anyway.
#[must_use]
pub fn render(sample: impl FnOnce()) -> String {
    let handle = install();
    sample();
    let cpu = process::sample();
    let mut text = handle.render();
    text.push_str(&cpu);
    text
}
