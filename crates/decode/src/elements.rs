//! A record whose events are the elements of an array in it.
//!
//! The record is visited once, as any other is, and the array is passed over. Its elements are visited behind that, one
//! by one and each once, by the same two ways: so what a record costs is linear in its size, however many events it
//! has. What it says itself is read once, and stands in the row of each of its events.
//!
//! What is wrong with the record itself (its payload, its time, a field outside of the array, an array that is none) is
//! told once, and it has no elements then; what is wrong with an element is told of that alone, and the others go on.
//! What is computed from fields or looked up by one is of each element.

use mare_model::record::Record;
use mare_model::schema::EventPlan;
use mare_model::time::EventTime;

use super::computed::Computed;
use super::row::Row;
use super::scan::scan_element;
use super::slot::{Kind, Slot};
use super::wanted::Wanted;
use super::{Decoder, Reject, walk};

/// What is known of the array beforehand. It lives as long as its decoder.
pub(super) struct Exploded {
    /// The path of the array in the dataflow file, for rejects.
    name: Box<str>,
    /// Where the array is found.
    array: usize,
    /// The slots of its elements.
    slots: Vec<usize>,
    /// The declared fields of the record.
    of_record: Vec<usize>,
    /// Those of an element.
    of_element: Vec<usize>,
    /// How many of the computed fields, the first ones, are parts of the record beside its payload.
    parts: usize,
}

/// The elements of the array of one record, one behind the other.
pub struct Elements<'a> {
    /// The event time of all of them.
    pub time: EventTime,
    decoder: &'a mut Decoder,
    record: Record<'a>,
    payload: &'a [u8],
    /// Where the next one begins, if there is one.
    next: Option<usize>,
    /// How many have been read.
    read: usize,
    /// Whether they are read the slow way. Then the texts of the record are copied, and end here in what is copied.
    copied: Option<usize>,
}

/// One element.
pub struct Element<'a> {
    /// Its place in the array, counted from 0.
    pub place: usize,
    /// The path of the array.
    pub array: &'a str,
    /// The row that it is, or why it is no event.
    pub row: Result<Row<'a>, Reject>,
}

impl Exploded {
    pub(super) fn new(array: &[String], event: &EventPlan, computed: &[Computed], wanted: &mut Wanted) -> Exploded {
        let slot = wanted.want_each(array);
        let declared = event.fields.len().saturating_sub(computed.len());
        let is_of_element = |at: &usize| event.fields.get(*at).is_some_and(|field| field.is_of_element());
        let (of_element, of_record) = (0..declared).partition(is_of_element);
        let slots = wanted.element().map(|key| wanted.slots_of(key)).unwrap_or_default();
        let parts = computed.iter().take_while(|computed| matches!(computed, Computed::Part(_))).count();
        let name = array.join(".").replace(".[", "[").into();
        Exploded { name, array: slot, slots, of_record, of_element, parts }
    }

    /// Where in `payload` the first element begins, if there is one, when this was found in the place of the array.
    fn first(&self, found: &Slot, payload: &[u8]) -> Result<Option<usize>, Reject> {
        match (found.kind, payload.get(found.start)) {
            (Kind::Absent | Kind::Null, _) => Ok(None),
            (Kind::Composite, Some(b'[')) => Ok(begins(payload, found.start + 1)),
            (kind, _) => {
                let found = if kind == Kind::Composite { "an object" } else { kind.noun() };
                Err(Reject::WrongType { field: self.name.to_string(), found, declared: "an array (event.explode)" })
            }
        }
    }
}

impl Decoder {
    /// Whether events are elements of an array, and [`Decoder::elements`] reads them.
    #[inline]
    #[must_use]
    pub fn explodes(&self) -> bool {
        self.exploded.is_some()
    }

    /// The elements of the array in a record, each of which is an event; none of a decoder that knows of no array.
    ///
    /// # Errors
    /// As for [`Decoder::decode`], if something is wrong with the record itself.
    pub fn elements<'a>(&'a mut self, record: &Record<'a>) -> Result<Elements<'a>, Reject> {
        let (payload, is_fast) = self.pick(record)?;
        let Decoder { slots, text, converter, exploded, .. } = &mut *self;
        let picked = if is_fast { payload } else { text.as_bytes() };
        let time = converter.time(record, picked, slots)?;
        let mut next = None;
        if let Some(exploded) = exploded {
            converter.read_some(&exploded.of_record, picked, slots)?;
            converter.compute(0..exploded.parts, (record, time), picked, slots)?;
            next = exploded.first(Slot::of(slots, exploded.array), payload)?;
        }
        let copied = (!is_fast).then_some(text.len());
        Ok(Elements { time, decoder: self, record: *record, payload, next, read: 0, copied })
    }

    /// Fills the slots of a record, and returns its payload with whether that was done the fast way.
    fn pick<'a>(&mut self, record: &Record<'a>) -> Result<(&'a [u8], bool), Reject> {
        let payload = self.payload(record)?;
        Slot::empty(&mut self.slots);
        let is_fast = super::scan(payload, &self.wanted, &mut self.expected, &mut self.slots).is_some();
        if !is_fast {
            self.walk(payload)?;
        }
        Ok((payload, is_fast))
    }
}

impl Elements<'_> {
    /// The next element, if there is one.
    #[expect(clippy::should_implement_trait, reason = "each borrows the buffers of the one before")]
    pub fn next(&mut self) -> Option<Element<'_>> {
        let (start, place) = (self.next?, self.read);
        let end = self.pick(start)?;
        self.next = behind(self.payload, end);
        self.read += 1;
        let Decoder { slots, text, converter, exploded, .. } = &mut *self.decoder;
        let (exploded, text) =
            (exploded.as_deref()?, if self.copied.is_some() { text.as_bytes() } else { self.payload });
        let computed = exploded.parts..converter.computed();
        let checked = converter.read_some(&exploded.of_element, text, slots);
        let checked = checked.and_then(|()| converter.compute(computed, (&self.record, self.time), text, slots));
        let row = checked.map_err(|reject| reject.of_element(&exploded.name, place));
        let (time, array) = (self.time, &*exploded.name);
        Some(Element { place, array, row: row.map(|()| converter.row_of(time, text, slots)) })
    }

    /// Whether no element is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.next.is_none()
    }

    /// Fills the slots of the element that begins at `start`, and returns where it ends.
    fn pick(&mut self, start: usize) -> Option<usize> {
        if self.copied.is_none() {
            let fast = self.pick_with(|decoder, payload| {
                let Decoder { wanted, expected, slots, .. } = decoder;
                scan_element(payload, start, (wanted, wanted.element()?), expected, slots)
            });
            if fast.is_some() {
                return fast;
            }
            // The texts of a row stand in one place: those of the record are copied too, once.
            self.decoder.walk(self.payload).ok()?;
            self.copied = Some(self.decoder.text.len());
        }
        self.decoder.text.truncate(self.copied?);
        self.pick_with(|Decoder { wanted, slots, text, .. }, payload| {
            walk::read_element(payload, start, (wanted, wanted.element()?), slots, text)
        })
    }

    /// The same by one of the ways, from slots that are empty.
    fn pick_with(&mut self, way: impl FnOnce(&mut Decoder, &[u8]) -> Option<usize>) -> Option<usize> {
        let Decoder { exploded, slots, .. } = &mut *self.decoder;
        for slot in &exploded.as_ref()?.slots {
            slots.get_mut(*slot).into_iter().for_each(|slot| *slot = Slot::ABSENT);
        }
        way(self.decoder, self.payload)
    }
}

/// Where an element begins at or behind `at`, in front of which is a bracket or a comma; nothing if the array ends
/// there.
fn begins(payload: &[u8], at: usize) -> Option<usize> {
    let at = at + blank(payload, at);
    payload.get(at).filter(|byte| **byte != b']').map(|_| at)
}

/// Where the next element begins behind one that ends at `end`.
fn behind(payload: &[u8], end: usize) -> Option<usize> {
    let at = end + blank(payload, end);
    payload.get(at).filter(|byte| **byte == b',').and_then(|_| begins(payload, at + 1))
}

/// How many bytes of white space begin at `at`.
fn blank(payload: &[u8], at: usize) -> usize {
    let rest = payload.get(at..).unwrap_or_default();
    rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
}
