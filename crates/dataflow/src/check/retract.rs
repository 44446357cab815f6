//! `[retract]`: which events are cancellations, and which totals they can be taken back from.
//!
//! A cancellation subtracts what an order has added, so it needs totals that have an inverse: sums and counts, and what
//! is computed from those. The greatest of some numbers does not say what it would be without one of them, and neither
//! does the last, nor how many different ones there are.

use mare_expression::{Expression, Scope};
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;

use super::expressions;
use super::totals::{Call, TotalsTable};
use crate::Output;
use mare_model::measure::{Function, Measure};
use mare_model::schema::EventPlan;
use mare_model::view::{Aggregate, Number};

/// How orders are taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum TakenBack {
    /// Not at all: there is no `[retract]`.
    #[default]
    Never,
    /// By their ids, which `[dedup]` names: exactly what was added.
    ById,
    /// By the amounts of the cancellation itself.
    ByAmount,
}

/// The functions that any cancellation can be taken back from.
const INVERTIBLE: [&str; 3] = ["sum", "count", "avg"];

/// Those that need to be taken back exactly what was added.
const EXACTLY: [&str; 6] = ["variance", "stddev", "var_samp", "stddev_samp", "var_pop", "stddev_pop"];

impl TakenBack {
    /// What the file of these tables says.
    pub fn of(root: &Section<'_>) -> TakenBack {
        match (root.table.entry("retract"), root.table.entry("dedup")) {
            (None, _) => TakenBack::Never,
            (Some(_), Some(_)) => TakenBack::ById,
            (Some(_), None) => TakenBack::ByAmount,
        }
    }

    /// Whether a total can be taken back from; refuses it if not.
    pub fn fits(self, call: &Call<'_>, report: &mut Report) -> bool {
        let Call { function, argument, mark } = *call;
        let is_exact = EXACTLY.contains(&function);
        if self == TakenBack::Never || INVERTIBLE.contains(&function) || (is_exact && self == TakenBack::ById) {
            return true;
        }
        let message =
            format!("nothing can be taken back from `{function}({argument})`, and `[retract]` takes orders back");
        let remedy = if is_exact {
            "add `[dedup]`: then a cancellation takes back exactly what its order has added".to_owned()
        } else {
            format!(
                "keep `{function}` in a dataflow without `[retract]`; sums, counts and averages can be taken back from"
            )
        };
        report.refuse(mark, message, remedy);
        false
    }
}

impl TotalsTable {
    /// The number of events: of those that nobody has taken back, which is kept where that is another number than how
    /// many are folded in.
    pub(super) fn events(&mut self) -> Aggregate {
        self.live().map_or(Aggregate::Events, |live| Aggregate::Measure(live, Number::Integer))
    }

    /// The index of the measure of events that nobody has taken back, if any can be.
    pub(super) fn live(&mut self) -> Option<usize> {
        let measure = Measure { function: Function::Live, field: 0 };
        (self.taken_back != TakenBack::Never).then(|| self.measure(measure))
    }
}

/// Refuses what cancellations do not go together with: elements of arrays, and sessions.
pub(super) fn check(root: &Section<'_>, event: &EventPlan, outputs: &[Output], report: &mut Report) {
    let Some(entry) = root.table.entry("retract") else { return };
    if event.explode.is_some() {
        let message = "`[retract]` takes orders back, and `event.explode` makes several events of each";
        let remedy = "remove one of the two: nobody knows yet which elements of an order a cancellation is about";
        report.refuse(entry.key.mark, message, remedy);
    }
    if outputs.iter().any(|output| output.view.windows.are_sessions()) {
        let message = "`[retract]` takes orders back, and a session that loses one may fall apart";
        let remedy = "remove one of the two, or write `tumbling` in the place of `session`";
        report.refuse(entry.key.mark, message, remedy);
    }
}

/// The condition that cancellations satisfy, if there is such a table; `None` alone means that it is refused.
pub(super) fn read(root: &Section<'_>, scope: Option<&Scope>, report: &mut Report) -> Option<Option<Expression>> {
    if root.table.entry("retract").is_none() {
        return Some(None);
    }
    let section = root.section_if_any("retract", report)?;
    section.only(&["when"], report);
    if section.table.entry("when").is_none() {
        section.text("when", "status = 'CANCELLED'", report)?;
    }
    expressions::condition(&section, "when", scope, report)
}
