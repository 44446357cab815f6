//! Fields that are not in the payload: parts of the record beside it, and for each event the value of an expression, or
//! what a table says.

use mare_expression::{EvaluationError, Expression, FieldValues, Scalar};
use mare_model::datum::Datum;
use mare_model::record::Record;
use mare_model::schema::{Field, FieldType, RecordPart};
use mare_model::time::EventTime;

use super::Reject;
use super::fault::beginning;
use super::field::{TextMax, Value};
use super::lookup::Lookup;
use super::row::Row;

/// What a field is that is not in the payload.
#[derive(Clone, Debug, PartialEq)]
pub enum Computed {
    /// A part of the record beside it.
    Part(RecordPart),
    /// An expression over the fields before it.
    Expression(Expression),
    /// What a table says of one of them.
    Lookup(Lookup),
}

/// Computes one field. It lives as long as its decoder.
pub(super) struct ComputedField {
    /// The name in the dataflow file.
    name: Box<str>,
    /// The declared type, which what it is has been checked to have.
    kind: FieldType,
    computed: Computed,
    /// The longest text that it may have.
    text_max: TextMax,
}

impl ComputedField {
    /// `field` by what it is, with the longest text, in bytes, that it may have if its values name groups.
    pub(super) fn new(field: &Field, computed: &Computed, group_max: Option<usize>) -> ComputedField {
        ComputedField {
            name: field.name.as_str().into(),
            kind: field.kind,
            computed: computed.clone(),
            text_max: TextMax::of_group(group_max),
        }
    }

    /// Bounds the texts, which are ids and so kept in memory.
    pub(super) fn bound(&mut self) {
        self.text_max.bound();
    }

    /// Computes the field of `row`, which is of `record` and has the fields before it, and writes its value in its
    /// places.
    pub(super) fn compute<'a>(
        &'a self,
        record: &Record<'a>,
        row: &Row<'a>,
        value: &mut Value,
        text: &mut String,
    ) -> Result<(), Reject> {
        let scalar = match &self.computed {
            Computed::Part(part) => self.part(part, record)?,
            Computed::Expression(expression) => expression.evaluate(row).map_err(|error| self.failed(error))?,
            Computed::Lookup(lookup) => lookup.table.find(row.datum(lookup.by), lookup.take),
        };
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

    /// A part of a record.
    fn part<'a>(&self, part: &RecordPart, record: &Record<'a>) -> Result<Scalar<'a>, Reject> {
        Ok(match part {
            RecordPart::Key => self.text(record.key)?,
            RecordPart::Header(name) => self.text(record.headers.last(name))?,
            RecordPart::Partition => Scalar::Exact(record.partition.0.into()),
            RecordPart::Offset => Scalar::Exact(record.offset.0.into()),
            RecordPart::Timestamp => record.own_time().map_or(Scalar::Null, |time| Scalar::Exact(time.0.into())),
        })
    }

    /// The text that these bytes are.
    fn text<'a>(&self, bytes: Option<&'a [u8]>) -> Result<Scalar<'a>, Reject> {
        let Some(bytes) = bytes else { return Ok(Scalar::Null) };
        Ok(Scalar::Text(std::str::from_utf8(bytes).map_err(|_| self.no_text(bytes))?.into()))
    }

    #[cold]
    fn no_text(&self, bytes: &[u8]) -> Reject {
        Reject::NotText { field: self.name.to_string(), text: beginning(&String::from_utf8_lossy(bytes)) }
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
