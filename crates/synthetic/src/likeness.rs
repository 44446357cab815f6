//! From an index to a record.
//!
//! A record's own random stream says first what it is ([`Draws`]), then how far it lies behind its base time, then the
//! value of each field in the order of the plan, then how these are written, then how garbage is harmed.

use std::ops::RangeInclusive;

use jiff::tz::TimeZone;
use mare_dataflow::{Computed, Plan};
use mare_expression::Scalar;
use mare_model::schema::{EACH, Field, FieldType, RecordPart, TimeFormat};
use mare_sales::{BaseTimes, Drawn, Draws, Garbage, SaleKind, Shares};
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

use super::cancel::Cancelling;
use super::harm::{self, Weaknesses};
use super::origin::{Circumstances, Origin};
use super::origins::Uses;
use super::outline::{CrossedPaths, Outline};
use super::written;

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntheticRecord {
    /// What it is.
    pub kind: SaleKind,
    /// Its own timestamp, in milliseconds since the Unix epoch, if that is the event time; else whoever sends it says.
    pub timestamp_ms: Option<i64>,
    /// Its key.
    pub key: Option<String>,
    /// Its headers: their names, and their values, which may be null.
    pub headers: Vec<(String, Option<String>)>,
    /// Its payload; of a [tombstone](SaleKind::has_payload) empty.
    pub payload: Vec<u8>,
}

/// Makes records like those that a dataflow reads.
#[derive(Clone, Debug)]
pub struct Likeness {
    /// What each record is.
    draws: Draws,
    /// How event times are written.
    time_format: TimeFormat,
    zone: TimeZone,
    /// How far an event that is late lies behind its base time, in microseconds.
    late_us: RangeInclusive<i64>,
    /// The same of one that is out of order.
    out_of_order_us: RangeInclusive<i64>,
    /// The payload.
    outline: Outline,
    /// What an element is of the array whose elements are events, if one is.
    element: Option<ElementOutline>,
    /// The fields of records, in the order of the plan.
    fields: Vec<MadeField>,
    /// What makes one of them take an earlier one back.
    cancelling: Cancelling,
    weaknesses: Weaknesses,
}

/// A field of records.
#[derive(Clone, Debug)]
struct MadeField {
    field: Field,
    origin: Origin,
    place: FieldPlace,
    /// Whether it is the key of its record, because it is the id by which records go to partitions.
    is_key: bool,
}

/// Where a field stands.
#[derive(Clone, Debug)]
enum FieldPlace {
    /// In the payload; of leaf 0 the event time does.
    Leaf(usize),
    /// The same of each element of the array.
    Element(usize),
    /// In the key.
    Key,
    /// In the header of this name.
    Header(String),
}

/// Elements of the array whose elements are events.
#[derive(Clone, Debug)]
struct ElementOutline {
    /// The leaf of the payload that is the array.
    array: usize,
    /// One element; an empty object if nothing is read of it.
    outline: Option<Outline>,
}

/// How many elements an array has at most.
const ELEMENTS_MAX: u64 = 5;

/// What a record says.
#[derive(Debug)]
pub(super) struct Contents {
    /// Its time, in microseconds since the Unix epoch.
    pub time_us: i64,
    /// The value of each of its fields; NULL of one that is of each element.
    pub values: Vec<Scalar<'static>>,
    /// The same of each element, where events are such; NULL of a field that is of the record.
    pub elements: Vec<Vec<Scalar<'static>>>,
}

impl Likeness {
    /// Records for `plan`, in a topic of `partitions` (at least one is taken).
    ///
    /// # Errors
    /// If the plan requires two fields that no record can have both.
    pub fn of(plan: &Plan, seed: u64, shares: Shares, partitions: u64) -> Result<Likeness, CrossedPaths> {
        let mut outline = Outline::Object(Vec::new());
        if plan.event.time_format != TimeFormat::Record {
            outline.put(&plan.event.time, 0)?;
        }
        let (mut weaknesses, uses) = (Weaknesses::of(plan), Uses::of(plan));
        let array = plan.event.fields.len() + 1;
        let mut element = plan.event.explode.as_ref().map(|_| ElementOutline { array, outline: None });
        if let Some(path) = &plan.event.explode {
            outline.put(path, array)?;
        }
        let (mut fields, mut cancelling) = (Vec::new(), Cancelling::default());
        cancelling.by_id = plan.dedup.is_some();
        for (number, field) in plan.event.fields.iter().enumerate() {
            let Some(place) = place(number, field, &uses, (&mut outline, element.as_mut()))? else { continue };
            if let FieldPlace::Leaf(leaf) = place
                && leaf > 0
            {
                weaknesses.add(leaf, field.kind, field.optional, plan.grouped.contains(&number));
            }
            cancelling.add(fields.len(), uses.cancelling(number, field));
            let (origin, is_key) = (uses.origin(number, field), plan.dedup == Some(number));
            fields.push(MadeField { field: field.clone(), origin, place, is_key });
        }
        let [late_us, out_of_order_us] = disorder(plan);
        Ok(Likeness {
            draws: Draws::new(seed, shares, partitions),
            time_format: plan.event.time_format,
            zone: plan.event.zone.clone(),
            late_us,
            out_of_order_us,
            outline,
            element,
            fields,
            cancelling,
            weaknesses,
        })
    }

    /// Record `index`.
    ///
    /// By the wall clock, `times` must know the record and those [`REACH`](mare_sales::REACH) before it in its
    /// partition.
    #[must_use]
    pub fn record(&self, index: u64, times: &BaseTimes) -> SyntheticRecord {
        self.made(index, times).1
    }

    /// The same, with what it says, or would if it were not harmed.
    pub(super) fn made(&self, index: u64, times: &BaseTimes) -> (Contents, SyntheticRecord) {
        let Drawn { kind, original, index, mut stream } = self.draws.draw(index);
        let garbage =
            if let SaleKind::Garbage(garbage) = original { Some(self.weaknesses.possible(garbage)) } else { None };
        let kind = garbage.map_or(kind, SaleKind::Garbage);
        let contents = self.contents(garbage.map_or(original, SaleKind::Garbage), index, times, &mut stream);
        let payload = self.payload(&contents, garbage, &mut stream);
        let is_stamped = self.time_format == TimeFormat::Record;
        let record = SyntheticRecord {
            kind,
            timestamp_ms: is_stamped.then(|| contents.time_ms(self.time_format)),
            key: self.key(&contents),
            headers: self.headers(&contents, &mut stream),
            payload,
        };
        (contents, record)
    }

    fn contents(&self, kind: SaleKind, index: u64, times: &BaseTimes, stream: &mut Xoshiro256PlusPlus) -> Contents {
        let behind_us = match kind {
            SaleKind::Late => stream.random_range(self.late_us.clone()),
            SaleKind::OutOfOrder => stream.random_range(self.out_of_order_us.clone()),
            SaleKind::OnTime | SaleKind::Duplicate | SaleKind::Garbage(_) => 0,
        };
        let time_us = match kind {
            SaleKind::Garbage(Garbage::FutureTime) => harm::future_us(stream),
            _ => times.before(index, behind_us).as_microsecond(),
        };
        let at = Circumstances { index, time_ms: written::read_back(time_us, self.time_format) };
        let mut values = self.values(false, at, stream);
        self.cancel_or_keep(kind, &mut values, at, stream);
        let elements = match &self.element {
            Some(_) => (0..stream.random_range(0..=ELEMENTS_MAX)).map(|place| {
                let index = index * (ELEMENTS_MAX + 1) + place;
                self.values(true, Circumstances { index, ..at }, stream)
            }),
            None => return Contents { time_us, values, elements: Vec::new() },
        };
        Contents { time_us, values, elements: elements.collect() }
    }

    /// Has a record take an earlier one back, if one is drawn that does, or see to it that it takes none back.
    fn cancel_or_keep(
        &self,
        kind: SaleKind,
        values: &mut Vec<Scalar<'static>>,
        at: Circumstances,
        stream: &mut Xoshiro256PlusPlus,
    ) {
        if self.cancelling.is_drawn(stream) && kind == SaleKind::OnTime {
            if self.cancelling.by_id
                && let Some(Drawn { index, stream: mut earlier, .. }) = self.draws.repeated(at.index, stream)
            {
                *values = self.values(false, Circumstances { index, ..at }, &mut earlier);
            }
            self.cancelling.cancel(values, stream);
        } else {
            let again = |place: usize| self.fields.get(place).map_or(Scalar::Null, |made| made.draw(at, stream));
            self.cancelling.keep(values, again);
        }
    }

    /// The values of all fields that are of an element, or of those that are not.
    fn values(&self, of_element: bool, at: Circumstances, stream: &mut Xoshiro256PlusPlus) -> Vec<Scalar<'static>> {
        let mut value = |made: &MadeField| {
            let is_other = matches!(made.place, FieldPlace::Element(_)) != of_element;
            if is_other { Scalar::Null } else { made.draw(at, stream) }
        };
        self.fields.iter().map(&mut value).collect()
    }

    /// The JSON of the array whose elements are events.
    fn array(&self, of: &ElementOutline, contents: &Contents, stream: &mut Xoshiro256PlusPlus) -> String {
        let mut element = |values: &Vec<Scalar<'static>>| {
            let mut texts = vec![None; self.fields.len() + 1];
            for (made, value) in self.fields.iter().zip(values) {
                if let FieldPlace::Element(leaf) = made.place
                    && let Some(text) = texts.get_mut(leaf)
                {
                    *text = written::field(value, &made.field, &self.zone, stream);
                }
            }
            let mut json = Vec::new();
            match &of.outline {
                Some(outline) => outline.write(&texts, &mut json),
                None => json.extend_from_slice(b"{}"),
            }
            String::from_utf8_lossy(&json).into_owned()
        };
        format!("[{}]", contents.elements.iter().map(&mut element).collect::<Vec<_>>().join(","))
    }

    fn payload(&self, contents: &Contents, garbage: Option<Garbage>, stream: &mut Xoshiro256PlusPlus) -> Vec<u8> {
        let array = self.element.as_ref().map(|of| (of.array, self.array(of, contents, stream)));
        let mut texts = vec![None; array.as_ref().map_or(self.fields.len(), |(leaf, _)| *leaf) + 1];
        if let Some((leaf, json)) = array
            && let Some(text) = texts.get_mut(leaf)
        {
            *text = Some(json);
        }
        for (made, value) in self.fields.iter().zip(&contents.values) {
            if let FieldPlace::Leaf(leaf) = made.place
                && let Some(text) = texts.get_mut(leaf)
            {
                *text = written::field(value, &made.field, &self.zone, stream);
            }
        }
        if self.time_format != TimeFormat::Record
            && let Some(text) = texts.first_mut()
        {
            *text = Some(written::time(contents.time_us, self.time_format, &self.zone, stream));
        }
        garbage.iter().for_each(|garbage| self.weaknesses.harm(*garbage, &mut texts, stream));
        let mut payload = Vec::new();
        self.outline.write(&texts, &mut payload);
        garbage.iter().for_each(|garbage| harm::harm_bytes(*garbage, &mut payload, stream));
        payload
    }

    fn key(&self, contents: &Contents) -> Option<String> {
        let mut keyed = self.fields.iter().zip(&contents.values);
        let is_part = |made: &MadeField| matches!(made.place, FieldPlace::Key);
        let part = keyed.clone().find(|(made, _)| is_part(made));
        let (_, value) = part.or_else(|| keyed.find(|(made, _)| made.is_key))?;
        text(value)
    }

    /// A header without a value is null half the time, else not there.
    fn headers(&self, contents: &Contents, stream: &mut Xoshiro256PlusPlus) -> Vec<(String, Option<String>)> {
        let mut headers = Vec::new();
        for (made, value) in self.fields.iter().zip(&contents.values) {
            if let FieldPlace::Header(name) = &made.place
                && (*value != Scalar::Null || stream.random())
            {
                headers.push((name.clone(), text(value)));
            }
        }
        headers
    }
}

impl MadeField {
    /// One value.
    fn draw(&self, at: Circumstances, stream: &mut Xoshiro256PlusPlus) -> Scalar<'static> {
        let is_null = self.field.optional && written::is_rare(stream);
        if is_null { Scalar::Null } else { rounded(self.origin.draw(at, stream), self.field.kind) }
    }
}

impl Contents {
    /// Its time as it is read back, in milliseconds since the Unix epoch.
    pub(super) fn time_ms(&self, format: TimeFormat) -> i64 {
        written::read_back(self.time_us, format)
    }
}

/// Where a field stands, if records have it and not the broker. An optional one that crosses another never does.
fn place(
    number: usize,
    field: &Field,
    uses: &Uses<'_>,
    (outline, element): (&mut Outline, Option<&mut ElementOutline>),
) -> Result<Option<FieldPlace>, CrossedPaths> {
    let each = field.path.iter().position(|step| step == EACH).filter(|_| uses.computed(number).is_none());
    if let (Some(each), Some(element)) = (each, element) {
        let path = field.path.get(each + 1..).unwrap_or_default();
        return match Outline::put_below(&mut element.outline, path, number) {
            Ok(leaf) => Ok(Some(FieldPlace::Element(leaf))),
            Err(_) if field.optional => Ok(None),
            Err(crossed) => Err(crossed),
        };
    }
    match uses.computed(number) {
        Some(Computed::Part(RecordPart::Key)) => Ok(Some(FieldPlace::Key)),
        Some(Computed::Part(RecordPart::Header(name))) => Ok(Some(FieldPlace::Header(name.to_string()))),
        Some(_) => Ok(None),
        None => match outline.put(&field.path, number + 1) {
            Ok(leaf) => Ok(Some(FieldPlace::Leaf(leaf))),
            Err(_) if field.optional => Ok(None),
            Err(crossed) => Err(crossed),
        },
    }
}

/// How far behind their base times events are that are late in every view, and that are on time in every one though
/// they are out of order; both in microseconds.
fn disorder(plan: &Plan) -> [RangeInclusive<i64>; 2] {
    let windows = || plan.outputs.iter().map(|output| output.view.windows);
    let open_ms = windows().map(|windows| windows.open_ms_max()).max().unwrap_or(0);
    let lateness_ms = windows().map(|windows| windows.lateness_ms).min().unwrap_or(0);
    let late_us = written::micros(open_ms.saturating_add(open_ms / 3).saturating_add(1_000));
    [late_us..=late_us.saturating_mul(7), 1..=(written::micros(lateness_ms) / 4 * 3).max(1)]
}

/// A time of a field as it is read back; any other value as it is.
fn rounded(value: Scalar<'static>, kind: FieldType) -> Scalar<'static> {
    match (value, kind) {
        (Scalar::Exact(ms), FieldType::Time(format)) => {
            let us = written::micros(i64::try_from(ms).unwrap_or_default());
            Scalar::Exact(written::read_back(us, format).into())
        }
        (value, _) => value,
    }
}

/// A value as a text; none of NULL.
fn text(value: &Scalar<'_>) -> Option<String> {
    match value {
        Scalar::Null => None,
        Scalar::Boolean(truth) => Some(truth.to_string()),
        Scalar::Exact(units) => Some(units.to_string()),
        Scalar::Text(text) => Some(text.to_string()),
    }
}
