//! Seeds in which some sales take others back: by their ids where events are told apart, else by their amounts.

use std::collections::BTreeSet;

use super::oracle::{PartitionSlots, Slot};
use crate::tests::plan::plan_with;
use mare_dataflow::Plan;

/// What makes some events cancellations, and keeps totals of every function that has an inverse.
const FUNCTIONS: [&str; 8] = [
    "event.fields.value=decimal(2)?",
    "event.fields.cancels=boolean?",
    "retract.when=cancels",
    "totals.valued=count(value)",
    "totals.mean=avg(value)",
    "totals.fine=avg(value, 7)",
    "totals.ratio=ROUND(total / NULLIF(events, 0), 3)",
    "totals.missing=events - valued",
];

/// Those that have one where an event is taken back by its id.
const OF_IDS: [&str; 4] = [
    "totals.variance=variance(value, 6)",
    "totals.var_pop=var_pop(value, 4)",
    "totals.stddev=stddev(value)",
    "totals.stddev_pop=stddev_pop(value, 5)",
];

/// Whether the seed of a log with this sum is one of them: more often where events are told apart, and never where they
/// are elements of arrays.
pub fn are_drawn(sum: i64, plan: &Plan) -> bool {
    (7..if plan.dedup.is_some() { 16 } else { 10 }).contains(&(sum % 19))
}

/// Has the dataflow take back what some sales say, and takes their values from some. It asks nothing of the chance, so
/// that each seed stays the run that it was.
pub fn cancel_some(plan: &mut Plan, log: &mut [PartitionSlots]) {
    let by_id = plan.dedup.is_some();
    let dedup = ["event.fields.id=string", "dedup.by=id"];
    let (of_ids, dedup) = if by_id { (&OF_IDS[..], &dedup[..]) } else { (&[][..], &[][..]) };
    let of_all = plan_with("0ms", "1ms", &[&FUNCTIONS[..], of_ids, dedup].concat());
    let (is_final, windows) = (plan.view().window_names.is_final.clone(), plan.view().windows);
    plan.outputs[0].view.clone_from(of_all.view());
    let view = &mut plan.outputs[0].view;
    (view.window_names.is_final, view.windows) = (is_final, windows);
    plan.event.fields.clone_from(&of_all.event.fields);
    (plan.dedup, plan.retract) = (of_all.dedup, of_all.retract);
    let mut known = BTreeSet::new();
    for slot in log.iter_mut().flatten() {
        if let Slot::Sale(sale) = slot {
            sale.has_value = sale.cents % 5 < 3;
            // An id that comes again is cancelled more often than not. The tail, of one cent each, closes windows.
            let is_known = !known.insert(sale.id);
            sale.cancels = if by_id && is_known { sale.cents % 7 < 4 } else { sale.cents % 7 == 5 };
        }
    }
}
