//! From the values at the wanted paths to an event. One code for both ways of reading a record.

use compact_str::{CompactString, format_compact};

use super::field::{FieldReader, Value};
use super::slot::{Kind, Slot};
use super::time::TimeReader;
use super::wanted::Wanted;
use super::{Event, Reject};
use crate::dataflow::{EventPlan, Measure, TotalsPlan, group};
use crate::time::EventTime;

/// Makes events of slots, in buffers that are used again. It lives as long as its decoder.
pub(super) struct Converter {
    /// Reads the event time.
    time: TimeReader,
    /// The dotted path of the event time, for rejects.
    time_name: String,
    /// Where the event time is found.
    time_slot: usize,
    /// The declared fields, all of which are checked.
    fields: Vec<FieldReader>,
    /// Which of them name the group.
    group_by: Vec<usize>,
    /// What to measure.
    plan: Vec<Measure>,
    /// The values of the fields of this event.
    values: Vec<Value>,
    /// The measures of this event.
    measures: Vec<i128>,
    /// The group of this event, when it can't be borrowed.
    group: String,
    /// Which of the fields names the event.
    id_by: Option<usize>,
    /// The id of this event, when it can't be borrowed.
    id: CompactString,
}

impl Converter {
    /// A converter for a dataflow, whose paths become wanted.
    pub(super) fn new(event: &EventPlan, totals: &TotalsPlan, wanted: &mut Wanted) -> Converter {
        let fields = event.fields.iter().enumerate();
        let group_max = |at: usize| totals.group_by.contains(&at).then_some(event.group_max_bytes);
        Converter {
            fields: fields.map(|(at, field)| FieldReader::new(field, group_max(at), wanted)).collect(),
            time: TimeReader::new(event),
            time_name: event.time.join("."),
            time_slot: wanted.want(&event.time),
            group_by: totals.group_by.clone(),
            plan: totals.measures.clone(),
            values: vec![Value::default(); event.fields.len()],
            measures: vec![0; totals.measures.len()],
            group: String::new(),
            id_by: None,
            id: CompactString::default(),
        }
    }

    /// Makes events carry what stands in `field`.
    pub(super) fn identify_by(&mut self, field: Option<usize>) {
        self.id_by = field;
        if let Some(field) = field.and_then(|field| self.fields.get_mut(field)) {
            field.bound();
        }
    }

    /// The event that the slots of `text` are: first the time, then the fields in the order of their declarations.
    #[inline]
    pub(super) fn event<'a>(&'a mut self, text: &'a str, slots: &[Slot]) -> Result<Event<'a>, Reject> {
        let time = self.time(text, slots)?;
        let rounded = self.read(text, slots)?;
        self.measure();
        let plain = self.plain_group(text, slots);
        if plain.is_none() {
            self.write_group(text, slots);
        }
        let id_by = self.id_by;
        if let Some(field) = id_by {
            self.write_id(field);
        }
        let id = id_by.map(|field| self.id(field, text, slots));
        let group = plain.unwrap_or(&self.group);
        Ok(Event { time, group, id, measures: &self.measures, rounded })
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
        for (field, value) in self.fields.iter().zip(&mut self.values) {
            field.read(text, slots, value).map_err(|fault| field.reject(fault, text, slots))?;
            rounded += u32::from(value.rounded);
        }
        Ok(rounded)
    }

    /// Fills the measures from the values.
    #[inline]
    fn measure(&mut self) {
        for (measure, wanted) in self.measures.iter_mut().zip(&self.plan) {
            *measure = match *wanted {
                Measure::Sum(field) => self.values.get(field).map_or(0, |value| value.units),
                Measure::Present(field) => self.values.get(field).map_or(0, |value| i128::from(value.present)),
            };
        }
    }

    /// The group as it stands in the text, if it is one string that needs no writing.
    #[inline]
    fn plain_group<'a>(&self, text: &'a str, slots: &[Slot]) -> Option<&'a str> {
        let [field] = *self.group_by else { return None };
        let slot = self.fields.get(field)?.slot(slots);
        let text = slot.text(text);
        (slot.kind == Kind::String && group::is_plain(text)).then_some(text)
    }

    /// Writes the id in `field` into the buffer if it is no text, which stands in the record as it is.
    fn write_id(&mut self, field: usize) {
        if let (Some(field), Some(value)) = (self.fields.get(field), self.values.get(field))
            && !field.is_text()
        {
            self.id = format_compact!("{}", value.units);
        }
    }

    /// The id in `field`: a text as it stands, else what [`Converter::write_id`] has written.
    fn id<'a>(&'a self, field: usize, text: &'a str, slots: &[Slot]) -> &'a str {
        match self.fields.get(field) {
            Some(field) if field.is_text() => field.slot(slots).text(text),
            _ => &self.id,
        }
    }

    /// Writes the canonical text of the group into the buffer.
    fn write_group(&mut self, text: &str, slots: &[Slot]) {
        self.group.clear();
        for (place, field) in self.group_by.iter().enumerate() {
            let first = place == 0;
            match (self.fields.get(*field), self.values.get(*field)) {
                (Some(field), _) if field.is_text() => {
                    group::push(&mut self.group, field.slot(slots).text(text), first)
                }
                (Some(field), Some(value)) if field.is_boolean() => {
                    group::push(&mut self.group, if value.units == 1 { "true" } else { "false" }, first);
                }
                (_, value) => {
                    let units = value.copied().unwrap_or_default().units;
                    group::push(&mut self.group, &format_compact!("{units}"), first);
                }
            }
        }
    }
}
