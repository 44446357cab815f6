//! A record as a row of typed fields: what the views of a dataflow are made of.

use std::fmt::{self, Write};

use mare_model::datum::Datum;
use mare_model::group;
use mare_model::measure::Measure;
use mare_model::schema::FieldType;
use mare_model::time::EventTime;

use super::computed::ComputedField;
use super::field::{FieldReader, Value};
use super::slot::Slot;

/// An event: its time, and the value of each declared field. It is decoded once, whatever asks for it, and borrowed
/// from the record and from the decoder.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// The event time.
    pub time: EventTime,
    /// In how many of its declared fields digits other than zero lay beyond the scale and were rounded half-even.
    pub rounded: u32,
    pub(super) fields: &'a [FieldReader],
    /// The value of each field, as far as they are known: first the declared ones.
    pub(super) values: &'a [Value],
    /// The fields that are computed, which stand behind them.
    pub(super) computed: &'a [ComputedField],
    /// The text of each of those.
    pub(super) texts: &'a [String],
    /// What was picked from the record, and the text that it was picked from.
    pub(super) slots: &'a [Slot],
    pub(super) text: &'a [u8],
}

impl<'a> Row<'a> {
    /// The value of a field, by its index in [`EventPlan::fields`](mare_model::schema::EventPlan::fields).
    #[inline]
    #[must_use]
    pub fn datum(&self, field: usize) -> Datum<'a> {
        match (self.fields.get(field), self.values.get(field)) {
            (Some(field), Some(value)) => value.datum(field.kind(), || field.slot(self.slots).text(self.text)),
            (None, Some(value)) => self.computed(field, value),
            _ => Datum::Absent,
        }
    }

    /// The value of a field that is computed.
    fn computed(&self, field: usize, value: &Value) -> Datum<'a> {
        let at = field - self.fields.len();
        match (self.computed.get(at), self.texts.get(at)) {
            (Some(field), Some(text)) => field.datum(value, text),
            _ => Datum::Absent,
        }
    }

    /// What the event comes to by a measure.
    #[inline]
    #[must_use]
    pub fn measured(&self, measure: Measure) -> i128 {
        let value = self.values.get(measure.field);
        value.map_or_else(|| measure.function.of(false, 0), |value| measure.function.of(value.present, value.units))
    }

    /// The canonical text of the group that these fields name, in UTF-8: as it stands in the record if it is one text
    /// that needs no writing, else written into `buffer`. Whoever folds compares its bytes and needs no `str` of it.
    #[inline]
    #[must_use]
    pub fn group<'b>(&self, group_by: &[usize], buffer: &'b mut String) -> &'b [u8]
    where
        'a: 'b,
    {
        if let [field] = *group_by
            && let Some(text) = self.stands(field)
            && group::is_plain(text)
        {
            return text;
        }
        self.write_group(group_by, buffer);
        buffer.as_bytes()
    }

    /// The text of a declared field as it stands in the record, in UTF-8, if the event has it.
    #[inline]
    fn stands(&self, field: usize) -> Option<&'a [u8]> {
        let (field, value) = (self.fields.get(field)?, self.values.get(field)?);
        let is_text = value.present && field.kind() == FieldType::String;
        is_text.then(|| field.slot(self.slots).bytes(self.text))
    }

    fn write_group(&self, group_by: &[usize], buffer: &mut String) {
        buffer.clear();
        let mut number = String::new();
        for (place, field) in group_by.iter().enumerate() {
            group::push(buffer, canonical(self.datum(*field), &mut number), place == 0);
        }
    }

    /// The canonical text of a field that names the event: as it stands in the record if it is text, else written into
    /// `buffer`.
    #[inline]
    #[must_use]
    pub fn id<'b>(&self, field: usize, buffer: &'b mut String) -> &'b str
    where
        'a: 'b,
    {
        canonical(self.datum(field), buffer).unwrap_or_default()
    }
}

/// The canonical text of a value, if there is one; a number or a time is written into `buffer`.
fn canonical<'b, 'a: 'b>(datum: Datum<'a>, buffer: &'b mut String) -> Option<&'b str> {
    Some(match datum {
        Datum::Text(text) => text,
        Datum::Boolean(true) => "true",
        Datum::Boolean(false) => "false",
        Datum::Exact(units) => written(buffer, units),
        Datum::Time(time) => written(buffer, time),
        Datum::Absent => return None,
    })
}

/// `value`, written into `buffer`.
fn written(buffer: &mut String, value: impl fmt::Display) -> &str {
    buffer.clear();
    let _ = write!(buffer, "{value}"); // writing to a text cannot fail
    buffer
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = (0..self.values.len()).map(|field| self.datum(field));
        f.debug_struct("Row").field("time", &self.time).field("data", &data.collect::<Vec<_>>()).finish_non_exhaustive()
    }
}
