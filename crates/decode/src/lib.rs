//! From the bytes of a record to a row of typed fields. Pure.
//!
//! A record is visited once, and only the wanted paths are picked from it, without an allocation. What the fast way
//! does not understand completely is read again by `serde_json`, which decides; so there is one answer for each record,
//! a function of its bytes and of the dataflow alone. Everything behind the picking is one code.
//!
//! Every declared field is checked, even one that no view reads: a field that is declared and missing is a dead letter.
//! What nobody reads has to be JSON by its grammar and nothing more: it is skipped, so half a surrogate pair, a number
//! beyond any range, bytes that are no UTF-8 in a text, and nesting of any depth are nothing there. A byte order mark
//! in front is skipped too. Where several things are wrong with a record, the reject names the first of: payload, JSON,
//! event time, fields in the order of their declarations, those that are computed behind all others. A path that leads
//! through anything but an object leads to nothing.
//!
//! # Layout
//! * `reject`: why a record is no event; `fault`: what is wrong with one value
//! * `wanted`, `slot`: the paths to pick, as a trie, and what was found there
//! * `scan` on `cursor`: the fast way to fill the slots; `expected`: which keys it expects
//! * `walk`: the slow way
//! * `framing`: what a payload is that is no JSON object
//! * `convert` with `field`, `number`, `time`: from slots to a row; `row`: what is asked of one
//! * `computed`: fields that are not in the payload; [`lookup`]: the tables in which some of them are looked up
//! * `filter`: which events are wanted
//! * `elements`: the elements of an array, each of which is an event
//! * `ahead`: the bound on event times in the future
#![forbid(unsafe_code)]

mod ahead;
mod computed;
mod convert;
mod cursor;
mod elements;
mod expected;
mod fault;
mod field;
mod filter;
mod framing;
pub mod lookup;
pub mod number;
mod reject;
mod row;
mod scan;
mod slot;
mod time;
mod walk;
mod wanted;

pub use ahead::{Cause, MaxAhead, span};
pub use computed::Computed;
pub use elements::{Element, Elements};
pub use filter::Filter;
pub use framing::Framing;
pub use lookup::{Lookup, LookupTable};
pub use reject::Reject;
pub use row::Row;

use mare_model::record::Record;
use mare_model::schema::EventPlan;

use self::convert::Converter;
use self::elements::Exploded;
use self::expected::Expected;
use self::framing::BYTE_ORDER_MARK;
use self::scan::scan;
use self::slot::Slot;
use self::wanted::Wanted;
/// Decodes the records of one dataflow. It lives as long as the source that reads them, and its buffers with it.
///
/// ```
/// use mare_decode::{Decoder, Reject};
/// use mare_model::datum::Datum;
/// use mare_model::record::Record;
/// use mare_model::schema::{EventPlan, Field, FieldType, TimeFormat};
///
/// let field = Field::new;
/// let event = EventPlan {
///     time: vec!["timestamp".into()],
///     time_format: TimeFormat::Iso,
///     zone: jiff::tz::TimeZone::UTC,
///     max_ahead_ms: 3_600_000,
///     max_bytes: 1 << 20,
///     group_max_bytes: 1024,
///     confirm: 1,
///     explode: None,
///     fields: vec![field("categoria", FieldType::String), field("valor", FieldType::Decimal { scale: 2 })],
/// };
/// let mut decoder = Decoder::new(&event, &[], &[0]);
///
/// let sale = br#"{"categoria": "Gamer", "valor": 123.455, "timestamp": "2025-11-28T12:00:00.123456"}"#;
/// let row = decoder.decode(&Record::of_payload(Some(sale)))?;
/// assert_eq!(row.time.to_string(), "2025-11-28T12:00:00.123Z");
/// assert_eq!((row.datum(0), row.datum(1), row.rounded), (Datum::Text("Gamer"), Datum::Exact(12346), 1));
///
/// let sale = br#"{"timestamp": "2025-11-28T12:00Z", "valor": 1}"#;
/// let reject = decoder.decode(&Record::of_payload(Some(sale))).unwrap_err();
/// assert_eq!(reject, Reject::Missing("categoria".into()));
/// # Ok::<(), Reject>(())
/// ```
pub struct Decoder {
    /// The largest record that is looked at, in bytes.
    max_bytes: usize,
    /// What to pick.
    wanted: Wanted,
    /// How it was written last.
    expected: Expected,
    /// What was picked from this record.
    slots: Vec<Slot>,
    /// The picked texts of this record, if it was read the slow way.
    text: String,
    /// From there on.
    converter: Converter,
    /// The array whose elements are events, if one is.
    exploded: Option<Box<Exploded>>,
}

impl Decoder {
    /// A decoder for events of which the last fields are `computed`, and the fields `group_by` name groups, indices
    /// into [`EventPlan::fields`]: their texts are bounded by [`EventPlan::group_max_bytes`].
    #[must_use]
    pub fn new(event: &EventPlan, computed: &[Computed], group_by: &[usize]) -> Decoder {
        let mut wanted = Wanted::new();
        let converter = Converter::new(event, computed, group_by, &mut wanted);
        let exploded = event.explode.as_ref().map(|array| Exploded::new(array, event, computed, &mut wanted));
        let (slots, exploded) = (vec![Slot::ABSENT; wanted.slots()], exploded.map(Box::new));
        let expected = Expected::new(wanted.nodes());
        Decoder { max_bytes: event.max_bytes, wanted, expected, slots, text: String::new(), converter, exploded }
    }

    /// The same decoder for events that `field` names, if it is one: its texts are bounded too.
    #[must_use]
    pub fn with_id(mut self, field: Option<usize>) -> Decoder {
        field.into_iter().for_each(|field| self.converter.identify_by(field));
        self
    }

    /// The row that a record is; of a dataflow whose events are elements of an array, ask for its
    /// [elements](Decoder::elements).
    ///
    /// # Errors
    /// Every [`Reject`] but [`Reject::Future`], which takes the record's timestamp to see: [`MaxAhead::check`].
    #[inline]
    pub fn decode<'a>(&'a mut self, record: &Record<'a>) -> Result<Row<'a>, Reject> {
        let payload = self.payload(record)?;
        Slot::empty(&mut self.slots);
        let text = if scan(payload, &self.wanted, &mut self.expected, &mut self.slots).is_some() {
            payload
        } else {
            self.walk(payload)?;
            self.text.as_bytes()
        };
        self.converter.row(record, text, &self.slots)
    }

    /// The payload of a record, if it is of a size that is looked at, without a byte order mark.
    #[inline]
    fn payload<'a>(&self, record: &Record<'a>) -> Result<&'a [u8], Reject> {
        match record.payload {
            None => Err(Reject::Tombstone),
            Some(payload) if payload.len() > self.max_bytes => {
                Err(Reject::TooLarge { bytes: payload.len(), max_bytes: self.max_bytes })
            }
            Some(payload) if payload.first() != BYTE_ORDER_MARK.first() => Ok(payload),
            Some(payload) => Ok(payload.strip_prefix(BYTE_ORDER_MARK).unwrap_or(payload)),
        }
    }

    /// Reads a record the slow way.
    #[cold]
    fn walk(&mut self, payload: &[u8]) -> Result<(), Reject> {
        Slot::empty(&mut self.slots);
        walk::read(payload, &self.wanted, &mut self.slots, &mut self.text)
            .map_err(|why| Framing::of(payload).map_or(Reject::NotJson(why), Reject::Framed))
    }
}

#[cfg(test)]
mod tests;
