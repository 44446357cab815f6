//! From the values at the wanted paths to a row. One code for both ways of reading a record.

use std::ops::Range;

use mare_model::record::Record;
use mare_model::schema::{EventPlan, TimeFormat};
use mare_model::time::EventTime;

use super::Reject;
use super::computed::{Computed, ComputedField};
use super::field::{FieldReader, Value};
use super::row::Row;
use super::slot::Slot;
use super::time::TimeReader;
use super::wanted::Wanted;

/// Makes rows of slots, in buffers that are used again. It lives as long as its decoder.
pub(super) struct Converter {
    /// Reads the event time, if it is in the payload.
    time: Option<TimeReader>,
    /// The dotted path of the event time, for rejects.
    time_name: String,
    /// Where the event time is found.
    time_slot: usize,
    /// The declared fields, all of which are checked.
    fields: Vec<FieldReader>,
    /// Those that are computed, which stand behind them.
    computed: Vec<ComputedField>,
    /// The values of all fields of this record.
    values: Vec<Value>,
    /// The texts of those that are computed.
    texts: Vec<String>,
}

impl Converter {
    /// A converter for events of which the last fields are `computed`, and the fields `group_by` name groups; the
    /// paths of those that are declared become wanted.
    pub(super) fn new(event: &EventPlan, computed: &[Computed], group_by: &[usize], wanted: &mut Wanted) -> Converter {
        let group_max = |at: usize| group_by.contains(&at).then_some(event.group_max_bytes);
        let (declared, behind) = event.fields.split_at(event.fields.len().saturating_sub(computed.len()));
        let reader = |(at, field)| FieldReader::new(field, group_max(at), &event.zone, wanted);
        let texts = vec![String::new(); behind.len()];
        let behind = behind.iter().zip(computed).zip(declared.len()..);
        let compute = |((field, computed), at)| ComputedField::new(field, computed, group_max(at));
        let is_in_payload = event.time_format != TimeFormat::Record;
        Converter {
            fields: declared.iter().enumerate().map(reader).collect(),
            computed: behind.map(compute).collect(),
            texts,
            time: is_in_payload.then(|| TimeReader::new(event.time_format, &event.zone)),
            time_name: event.time.join("."),
            time_slot: if is_in_payload { wanted.want(&event.time) } else { 0 },
            values: vec![Value::default(); event.fields.len()],
        }
    }

    /// How many fields are computed.
    pub(super) fn computed(&self) -> usize {
        self.computed.len()
    }

    /// Bounds the texts of `field`, which names events.
    pub(super) fn identify_by(&mut self, field: usize) {
        let computed = field.checked_sub(self.fields.len()).and_then(|at| self.computed.get_mut(at));
        computed.into_iter().for_each(ComputedField::bound);
        self.fields.get_mut(field).into_iter().for_each(FieldReader::bound);
    }

    /// The row that the slots of `text` are: first the time, then the fields in the order of their declarations.
    #[inline]
    pub(super) fn row<'a>(
        &'a mut self,
        record: &Record<'a>,
        text: &'a [u8],
        slots: &'a [Slot],
    ) -> Result<Row<'a>, Reject> {
        let time = self.time(record, text, slots)?;
        let rounded = self.read(text, slots)?;
        if !self.computed.is_empty() {
            self.compute(0..self.computed.len(), (record, time), text, slots)?;
        }
        let Converter { fields, values, computed, texts, .. } = self;
        Ok(Row { time, rounded, fields, values, computed, texts, slots, text })
    }

    /// Computes these of the fields that are, each from those before it.
    #[inline(never)]
    pub(super) fn compute(
        &mut self,
        which: Range<usize>,
        (record, time): (&Record<'_>, EventTime),
        text: &[u8],
        slots: &[Slot],
    ) -> Result<(), Reject> {
        for at in which {
            let Some((values, [value, ..])) = self.values.split_at_mut_checked(self.fields.len() + at) else { break };
            let Some((texts, [computed, ..])) = self.texts.split_at_mut_checked(at) else { break };
            let (field, fields) = (&self.computed[at], &self.fields);
            let row = Row { time, rounded: 0, fields, values, computed: &self.computed, texts, slots, text };
            field.compute(record, &row, value, computed)?;
        }
        Ok(())
    }

    /// Checks and reads these of the declared fields.
    pub(super) fn read_some(&mut self, which: &[usize], text: &[u8], slots: &[Slot]) -> Result<(), Reject> {
        for at in which {
            if let (Some(field), Some(value)) = (self.fields.get_mut(*at), self.values.get_mut(*at)) {
                field.read(text, slots, value).map_err(|fault| field.reject(fault, text, slots))?;
            }
        }
        Ok(())
    }

    /// The row of what has been read and computed.
    pub(super) fn row_of<'a>(&'a self, time: EventTime, text: &'a [u8], slots: &'a [Slot]) -> Row<'a> {
        let Converter { fields, values, computed, texts, .. } = self;
        let rounded = values.iter().map(|value| u32::from(value.rounded)).sum();
        Row { time, rounded, fields, values, computed, texts, slots, text }
    }

    /// The event time.
    #[inline]
    pub(super) fn time(&mut self, record: &Record<'_>, text: &[u8], slots: &[Slot]) -> Result<EventTime, Reject> {
        let Some(time) = &mut self.time else {
            return record.own_time().ok_or_else(|| Reject::Missing("the record's own timestamp".to_owned()));
        };
        let slot = Slot::of(slots, self.time_slot);
        let text = slot.bytes(text);
        time.read(slot.kind, text).map_err(|fault| time.reject(fault, &self.time_name, slot.kind, text))
    }

    /// Checks and reads all fields; returns how many numbers were rounded.
    #[inline]
    fn read(&mut self, text: &[u8], slots: &[Slot]) -> Result<u32, Reject> {
        let mut rounded = 0;
        for (field, value) in self.fields.iter_mut().zip(&mut self.values) {
            field.read(text, slots, value).map_err(|fault| field.reject(fault, text, slots))?;
            rounded += u32::from(value.rounded);
        }
        Ok(rounded)
    }
}
