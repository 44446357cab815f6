//! Which events are wanted.

use mare_expression::Expression;

use super::Reject;
use super::row::Row;

/// A condition over the fields of an event.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Its key in the dataflow file, for rejects.
    key: &'static str,
    condition: Expression,
}

impl Filter {
    /// The condition that stands under `key`.
    #[must_use]
    pub fn new(key: &'static str, condition: &Expression) -> Filter {
        Filter { key, condition: condition.clone() }
    }

    /// Whether an event is wanted: all are if there is no filter, else those for which the condition is true.
    ///
    /// # Errors
    /// [`Reject::Expression`] if it has no value for this event.
    #[inline]
    pub fn wants(filter: Option<&Filter>, row: &Row<'_>) -> Result<bool, Reject> {
        let Some(Filter { key, condition }) = filter else { return Ok(true) };
        condition.is_true(row).map_err(|error| Reject::Expression { key: (*key).into(), error })
    }
}
