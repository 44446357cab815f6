//! The total that contributions are measured by.

use crate::dataflow::{Aggregate, Measure, Number, Plan};

/// The total that contributions are measured by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// Its name in the document.
    pub name: String,
    /// Digits behind the point.
    pub scale: u8,
    /// Which measure it is.
    pub(super) measure: usize,
}

impl Sum {
    /// The first sum of the dataflow, if it has one.
    #[must_use]
    pub fn first(plan: &Plan) -> Option<Sum> {
        plan.totals.totals.iter().find_map(|total| match total.aggregate {
            Aggregate::Measure(measure, number)
                if matches!(plan.totals.measures.get(measure), Some(Measure::Sum(_))) =>
            {
                let scale = if let Number::Decimal { scale } = number { scale } else { 0 };
                Some(Sum { name: total.name.clone(), scale, measure })
            }
            _ => None,
        })
    }
}
