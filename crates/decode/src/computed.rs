//! Fields that are computed from others: the value of an expression for each event.

use mare_expression::{EvaluationError, Expression, FieldValues, Scalar};
use mare_model::datum::Datum;
use mare_model::schema::{Field, FieldType};
use mare_model::time::EventTime;

use super::Reject;
use super::field::{TextMax, Value};
use super::row::Row;

/// Computes one field. It lives as long as its decoder.
pub(super) struct ComputedField {
    /// The name in the dataflow file.
    name: Box<str>,
    /// The declared type, which the expression has been checked to have.
    kind: FieldType,
    expression: Expression,
    /// The longest text that it may have.
    text_max: TextMax,
}

impl ComputedField {
    /// `field` by its expression, with the longest text, in bytes, that it may have if its values name groups.
    pub(super) fn new(field: &Field, expression: &Expression, group_max: Option<usize>) -> ComputedField {
        ComputedField {
            name: field.name.as_str().into(),
            kind: field.kind,
            expression: expression.clone(),
            text_max: TextMax::of_group(group_max),
        }
    }

    /// Bounds the texts, which are ids and so kept in memory.
    pub(super) fn bound(&mut self) {
        self.text_max.bound();
    }

    /// Computes the field of `row`, which has the fields before it, and writes its value in its places.
    pub(super) fn compute<'a>(&'a self, row: &Row<'a>, value: &mut Value, text: &mut String) -> Result<(), Reject> {
        let scalar = self.expression.evaluate(row).map_err(|error| self.failed(error))?;
        *value = Value { present: scalar != Scalar::Null, ..Value::default() };
        match scalar {
            Scalar::Null => {}
            Scalar::Boolean(truth) => value.units = truth.into(),
            Scalar::Exact(units) => value.units = units,
            Scalar::Text(computed) => {
                self.text_max.check(&self.name, computed.len())?;
                text.clear();
                text.push_str(&computed);
            }
        }
        Ok(())
    }

    /// The value that was computed, of which `text` is the text.
    #[inline]
    pub(super) fn datum<'a>(&self, value: &Value, text: &'a str) -> Datum<'a> {
        value.datum(self.kind, || text)
    }

    #[cold]
    fn failed(&self, error: EvaluationError) -> Reject {
        Reject::Expression { key: format!("event.computed.{}", self.name).into(), error }
    }
}

impl<'a> FieldValues<'a> for Row<'a> {
    #[inline]
    fn datum(&self, field: usize) -> Datum<'a> {
        Row::datum(self, field)
    }

    #[inline]
    fn event_time(&self) -> EventTime {
        self.time
    }
}
