//! From the values at the wanted paths to a row. One code for both ways of reading a record.

use mare_model::schema::EventPlan;
use mare_model::time::EventTime;

use super::Reject;
use super::field::{FieldReader, Value};
use super::row::Row;
use super::slot::Slot;
use super::time::TimeReader;
use super::wanted::Wanted;

/// Makes rows of slots, in buffers that are used again. It lives as long as its decoder.
pub(super) struct Converter {
    /// Reads the event time.
    time: TimeReader,
    /// The dotted path of the event time, for rejects.
    time_name: String,
    /// Where the event time is found.
    time_slot: usize,
    /// The declared fields, all of which are checked.
    fields: Vec<FieldReader>,
    /// The values of the fields of this record.
    values: Vec<Value>,
}

impl Converter {
    /// A converter for events of which the fields `group_by` name groups; their paths become wanted.
    pub(super) fn new(event: &EventPlan, group_by: &[usize], wanted: &mut Wanted) -> Converter {
        let fields = event.fields.iter().enumerate();
        let group_max = |at: usize| group_by.contains(&at).then_some(event.group_max_bytes);
        let reader = |(at, field)| FieldReader::new(field, group_max(at), &event.zone, wanted);
        Converter {
            fields: fields.map(reader).collect(),
            time: TimeReader::new(event.time_format, &event.zone),
            time_name: event.time.join("."),
            time_slot: wanted.want(&event.time),
            values: vec![Value::default(); event.fields.len()],
        }
    }

    /// Bounds the texts of `field`, which names events.
    pub(super) fn identify_by(&mut self, field: usize) {
        self.fields.get_mut(field).into_iter().for_each(FieldReader::bound);
    }

    /// The row that the slots of `text` are: first the time, then the fields in the order of their declarations.
    #[inline]
    pub(super) fn row<'a>(&'a mut self, text: &'a str, slots: &'a [Slot]) -> Result<Row<'a>, Reject> {
        let time = self.time(text, slots)?;
        let rounded = self.read(text, slots)?;
        Ok(Row { time, rounded, fields: &self.fields, values: &self.values, slots, text })
    }

    /// The event time.
    #[inline]
    fn time(&mut self, text: &str, slots: &[Slot]) -> Result<EventTime, Reject> {
        let slot = Slot::of(slots, self.time_slot);
        let text = slot.text(text);
        self.time.read(slot.kind, text).map_err(|fault| self.time.reject(fault, &self.time_name, slot.kind, text))
    }

    /// Checks and reads all fields; returns how many numbers were rounded.
    #[inline]
    fn read(&mut self, text: &str, slots: &[Slot]) -> Result<u32, Reject> {
        let mut rounded = 0;
        for (field, value) in self.fields.iter_mut().zip(&mut self.values) {
            field.read(text, slots, value).map_err(|fault| field.reject(fault, text, slots))?;
            rounded += u32::from(value.rounded);
        }
        Ok(rounded)
    }
}
