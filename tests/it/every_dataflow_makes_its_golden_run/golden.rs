//! What the model is told of a dataflow.

use mare_reference::{Rules, Total};

use super::said::Said;
use crate::support::oracle::Read;

/// A dataflow, and what is known of it beside its file.
pub struct Golden {
    /// The name of its file in `dataflows`, without its ending.
    pub file: &'static str,
    /// Its windows and the like.
    pub rules: fn() -> Rules,
    /// What a record says, if it is an event.
    pub said: fn(&Read) -> Option<Said>,
    /// The event times of the records.
    pub times: [&'static str; 2],
    /// The field of a document's first instant.
    pub start: &'static str,
    /// Those of its group.
    pub group: &'static [&'static str],
    /// The totals that the model knows as well.
    pub totals: &'static [Known],
    /// Whether some of its events are not wanted.
    pub is_choosy: bool,
}

/// A total that the model knows as well.
pub struct Known {
    /// Its field.
    pub field: &'static str,
    /// Digits behind the point.
    pub scale: i32,
    /// What the model has for it, in units of that scale.
    pub of: fn(&Total) -> Option<i128>,
}

/// The number of events.
pub const fn events(field: &'static str) -> Known {
    Known { field, scale: 0, of: |total| Some(total.events.into()) }
}

/// The sum of the amounts.
pub const fn sum(field: &'static str, scale: i32) -> Known {
    Known { field, scale, of: |total| Some(total.sum) }
}

/// The greatest of the amounts.
pub const fn greatest(field: &'static str, scale: i32) -> Known {
    Known { field, scale, of: |total| total.greatest }
}
