//! The total that contributions are measured by.

use mare_dataflow::Plan;
use mare_model::measure::Function;
use mare_model::view::{Aggregate, Number};

/// The total that contributions are measured by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasuredTotal {
    /// Its name in the document.
    pub name: String,
    /// Digits behind the point.
    pub scale: u8,
    /// Which measure it is.
    pub(super) measure: usize,
}

impl MeasuredTotal {
    /// The first sum of the dataflow, if it has one.
    #[must_use]
    pub fn first(plan: &Plan) -> Option<MeasuredTotal> {
        plan.view().totals.iter().find_map(|total| match total.aggregate {
            Aggregate::Measure(measure, number)
                if plan.view().measures.get(measure).is_some_and(|measure| measure.function == Function::Sum) =>
            {
                let scale = if let Number::Decimal { scale } = number { scale } else { 0 };
                Some(MeasuredTotal { name: total.name.clone(), scale, measure })
            }
            _ => None,
        })
    }
}
