//! The graph with rates on its arrows, as one would draw it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::rates::{Rates, RunCounts};
use mare_engine::Run;

/// One step from a record to a document.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Operator {
    /// What comes out of it.
    #[schema(example = "counted")]
    pub name: &'static str,
    /// The operator that feeds it; null for the first.
    pub from: Option<&'static str>,
    /// What is counted: `records`, `documents`, `updates` of the arrangement, or `rows` of the newest checkpoint.
    pub unit: &'static str,
    /// How many there have been since the run began; of `updates` and `rows`, how many are held now.
    pub count: u64,
    /// How many a second, over the last seconds; null where that means nothing.
    pub per_second: Option<f64>,
}

/// The operators of a run that has counted `counts`.
#[must_use]
pub fn operators(counts: RunCounts, run: Option<&Run>, rates: &Rates) -> Vec<Operator> {
    let counted = |name, from, unit, of: fn(&RunCounts) -> u64| Operator {
        name,
        from,
        unit,
        count: of(&counts),
        per_second: Some(rates.per_second(of)),
    };
    let held = |name, from, unit, count| Operator { name, from: Some(from), unit, count, per_second: None };
    let arranged = run.map_or(0, |run| run.gauges.arranged_updates());
    let checkpoint = run.and_then(|run| run.checkpointer.as_ref()?.newest());
    vec![
        counted("read", None, "records", |counts| counts.read),
        counted("counted", Some("read"), "records", |counts| counts.counted),
        counted("filtered", Some("read"), "records", |counts| counts.filtered),
        counted("late", Some("read"), "records", |counts| counts.late),
        counted("duplicate", Some("read"), "records", |counts| counts.duplicate),
        counted("dead", Some("read"), "records", |counts| counts.dead),
        held("totals", "counted", "updates", arranged),
        counted("documents", Some("totals"), "documents", |counts| counts.written),
        held("checkpoints", "totals", "rows", checkpoint.map_or(0, |newest| newest.rows())),
    ]
}
