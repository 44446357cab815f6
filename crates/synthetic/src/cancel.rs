//! What makes a record one that takes an earlier one back.
//!
//! The condition of a plan may be any; what is known of it is with which constants it compares which fields. So a
//! cancellation has one of these where others have none, and the id of an earlier record, if there are ids. That is one
//! for each condition that people write of a status; of another it may be a repetition and no more.

use mare_expression::Scalar;
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

/// One of so many records on time is a cancellation.
const ONE_OF: u32 = 6;
/// How often a value is drawn again that is one of a cancellation.
const TRIES: usize = 16;

/// The fields that make a record a cancellation, by their places among those of records.
#[derive(Clone, Debug, Default)]
pub(super) struct Cancelling {
    /// Each with the values that it has there.
    fields: Vec<(usize, Vec<Scalar<'static>>)>,
    /// Whether a cancellation has the id of an earlier record.
    pub by_id: bool,
}

impl Cancelling {
    /// Adds a field that has such values, if it has a say.
    pub(super) fn add(&mut self, place: usize, values: Option<Vec<Scalar<'static>>>) {
        self.fields.extend(values.filter(|values| !values.is_empty()).map(|values| (place, values)));
    }

    /// Whether a record is a cancellation. Where there are none, nothing is drawn.
    pub(super) fn is_drawn(&self, rng: &mut Xoshiro256PlusPlus) -> bool {
        !self.fields.is_empty() && rng.random_ratio(1, ONE_OF)
    }

    /// Makes a record with these values a cancellation.
    pub(super) fn cancel(&self, contents: &mut [Scalar<'static>], rng: &mut Xoshiro256PlusPlus) {
        for (place, values) in &self.fields {
            if let Some(value) = contents.get_mut(*place) {
                *value = values[rng.random_range(0..values.len())].clone();
            }
        }
    }

    /// Makes one with these values none, where `draw` draws the value at a place again.
    pub(super) fn keep(&self, contents: &mut [Scalar<'static>], mut draw: impl FnMut(usize) -> Scalar<'static>) {
        for (place, values) in &self.fields {
            let Some(value) = contents.get_mut(*place) else { continue };
            for _ in 0..TRIES {
                if !values.contains(value) {
                    break;
                }
                *value = draw(*place);
            }
        }
    }
}
