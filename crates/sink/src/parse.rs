//! From what a sink keeps back to the document that was written: the inverse of [`Layout::render`] and of the sinks'
//! types. Pure.
//!
//! It is strict, so that whatever comes out is what went in: a field that is missing, unknown or of another type is
//! named, and a double must be the nearest to a decimal of its scale. Beyond the digits that a double or a Decimal128
//! holds several amounts share one; then it is the one with the shortest text, which is written as the same number
//! again.
//!
//! One leniency: without the field that says whether the window is closed, a document is not final. That is so of
//! documents that were written before the dataflow had that field, and writers take it so too.

use super::document::{Document, FieldOrigin, FieldValue, Layout, LayoutField, iso, push_group};
use super::ranking::Ranked;
use mare_model::schema::FieldType;
use mare_model::time::{EventTime, Window};
use mare_model::total::Key;
use mare_model::view::{Aggregate, Number, Ranking, ViewId};
use mare_model::{decimal, group};

/// A value as a sink keeps it, in the terms that all kinds share.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// An instant.
    Time(EventTime),
    /// A text.
    Text(String),
    /// A truth value.
    Boolean(bool),
    /// A whole number of 64 bits.
    Integer(i64),
    /// A double.
    Double(f64),
    /// A Decimal128, as text.
    Decimal128(String),
    /// An array of objects of two fields, as rankings are kept: the value, and what it has come to.
    Ranking(Vec<(Stored, Stored)>),
    /// No value.
    Null,
    /// Anything else, under the name of its type.
    Other(String),
}

impl Stored {
    /// What to say of it.
    fn said(&self) -> String {
        match self {
            Stored::Time(time) => format!("the instant {}", iso(*time)),
            Stored::Text(_) => "a text".to_owned(),
            Stored::Boolean(truth) => truth.to_string(),
            Stored::Integer(number) => format!("the whole number {number}"),
            Stored::Double(number) => format!("the double {number:?}"),
            Stored::Decimal128(number) => format!("the Decimal128 {number}"),
            Stored::Ranking(_) => "a ranking".to_owned(),
            Stored::Null => "null".to_owned(),
            Stored::Other(kind) => kind.clone(),
        }
    }
}

/// The document of `layout` that stands under `id` with these fields, in any order.
///
/// # Errors
/// What is wrong with it, in words: the first missing field, else the first that is unknown, else the first value that
/// is none of the field's, else that the `_id` is not that of the window and group, or that fields contradict each
/// other.
pub fn document(layout: &Layout, id: &str, mut stored: Vec<(String, Stored)>) -> Result<Document, String> {
    let mut taken = Vec::with_capacity(layout.fields().len());
    for field in layout.fields() {
        let place = stored.iter().position(|(name, _)| *name == field.name);
        taken.push(match place {
            Some(place) => stored.swap_remove(place).1,
            None if field.origin == FieldOrigin::Final => Stored::Boolean(false),
            None => return Err(format!("the field `{}` is missing", field.name)),
        });
    }
    if let Some((unknown, _)) = stored.first() {
        return Err(format!("no field of this dataflow is called `{unknown}`"));
    }
    let values = layout.fields().iter().zip(taken).map(|(field, stored)| value(field, stored));
    let values = values.collect::<Result<Vec<_>, _>>()?;
    let whole = Whole::of(layout, &values)?;
    if id != whole.id {
        return Err(format!("it is the document of `{}`, by its window and group", whole.id));
    }
    Ok(Document { id: whole.id, version: whole.version, is_final: whole.is_final, values })
}

/// The value of one field.
fn value(field: &LayoutField, stored: Stored) -> Result<FieldValue, String> {
    let value = match (field.origin, &stored) {
        (FieldOrigin::WindowStart | FieldOrigin::WindowEnd, Stored::Time(time)) => Some(FieldValue::Time(*time)),
        (FieldOrigin::Group(_), Stored::Null) => field.may_be_null.then_some(FieldValue::Null),
        (FieldOrigin::Final | FieldOrigin::Group(FieldType::Boolean), Stored::Boolean(truth)) => {
            Some(FieldValue::Boolean(*truth))
        }
        (
            FieldOrigin::Group(FieldType::String | FieldType::Decimal { .. } | FieldType::Time(_)),
            Stored::Text(text),
        ) => Some(FieldValue::Text(text.clone())),
        (FieldOrigin::Group(FieldType::Integer) | FieldOrigin::Total(Aggregate::Events), Stored::Integer(number)) => {
            Some(FieldValue::Integer((*number).into()))
        }
        (FieldOrigin::Text(_), Stored::Text(text)) => Some(FieldValue::Text(text.clone())),
        (FieldOrigin::Text(_), Stored::Null) => Some(FieldValue::Null),
        (FieldOrigin::Ranking(_, of), Stored::Text(json)) => Ranked::parse(of, json).map(FieldValue::Ranking),
        (FieldOrigin::Ranking(_, of), Stored::Ranking(all)) => {
            let all = all.iter().map(|(value, total)| ranked(of, value, total));
            all.collect::<Option<_>>().map(FieldValue::Ranking)
        }
        (FieldOrigin::Total(Aggregate::Events), _) => None,
        (FieldOrigin::Total(_), Stored::Null) => field.may_be_null.then_some(FieldValue::Null),
        (FieldOrigin::Total(aggregate), stored) => match aggregate.number() {
            Number::Integer => integer(stored),
            Number::Decimal { scale } => decimal(scale, stored),
            Number::Boolean => match stored {
                Stored::Boolean(truth) => Some(FieldValue::Boolean(*truth)),
                _ => None,
            },
            Number::Time => match stored {
                Stored::Time(time) => Some(FieldValue::Time(*time)),
                _ => None,
            },
        },
        _ => None,
    };
    value.ok_or_else(|| {
        let null = if field.may_be_null { ", or null" } else { "" };
        format!("`{}` is {}, not {}{null}", field.name, stored.said(), expected(field.origin, &stored))
    })
}

/// One value of a ranking.
fn ranked(ranking: Ranking, value: &Stored, total: &Stored) -> Option<Ranked> {
    let value = match (ranking.of, value) {
        (FieldType::Integer, Stored::Integer(number)) => FieldValue::Integer((*number).into()),
        (FieldType::Boolean, Stored::Boolean(truth)) => FieldValue::Boolean(*truth),
        (FieldType::String, Stored::Text(text)) => FieldValue::Text(text.clone()),
        _ => return None,
    };
    let total = match ranking.by {
        Number::Decimal { scale } => decimal(scale, total),
        _ => integer(total),
    };
    Some(Ranked { value, total: total? })
}

/// What a field should hold where `stored` stands.
fn expected(origin: FieldOrigin, stored: &Stored) -> String {
    match origin {
        FieldOrigin::WindowStart | FieldOrigin::WindowEnd => "an instant".to_owned(),
        FieldOrigin::Final | FieldOrigin::Group(FieldType::Boolean) => "a truth value".to_owned(),
        FieldOrigin::Group(FieldType::String | FieldType::Decimal { .. } | FieldType::Time(_))
        | FieldOrigin::Text(_) => "a text".to_owned(),
        FieldOrigin::Ranking(..) => "a ranking: an array of objects with `value` and `total`".to_owned(),
        FieldOrigin::Group(FieldType::Integer) | FieldOrigin::Total(Aggregate::Events) => {
            "a whole number of 64 bits".to_owned()
        }
        FieldOrigin::Total(aggregate) => expected_number(aggregate.number(), stored),
    }
}

/// What a number of the kind should be where `stored` stands.
fn expected_number(number: Number, stored: &Stored) -> String {
    match number {
        Number::Integer => "a whole number".to_owned(),
        Number::Boolean => "a truth value".to_owned(),
        Number::Time => "an instant".to_owned(),
        Number::Decimal { scale } => {
            let nearest = if matches!(stored, Stored::Double(_)) { "the double nearest to " } else { "" };
            format!("{nearest}a number of {scale} digit{} behind the point", if scale == 1 { "" } else { "s" })
        }
    }
}

/// A sum of whole numbers. Only one beyond 64 bits is kept in another type.
fn integer(stored: &Stored) -> Option<FieldValue> {
    let wide = |units: i128| i64::try_from(units).is_err().then_some(FieldValue::Integer(units));
    match stored {
        Stored::Integer(number) => Some(FieldValue::Integer((*number).into())),
        Stored::Double(number) => decimal::of_nearest(*number, 0).and_then(wide),
        Stored::Decimal128(text) => decimal::units(text, 0).and_then(wide),
        _ => None,
    }
}

/// A sum of decimals: a double or a Decimal128, whichever the dataflow wrote at the time.
fn decimal(scale: u8, stored: &Stored) -> Option<FieldValue> {
    let units = match stored {
        Stored::Double(number) => decimal::of_nearest(*number, scale),
        Stored::Decimal128(text) => decimal::units(text, scale),
        _ => None,
    };
    units.map(|units| FieldValue::Decimal { units, scale })
}

/// What the values of a document say together.
struct Whole {
    id: String,
    version: i64,
    is_final: bool,
}

impl Whole {
    /// Reads them together.
    fn of(layout: &Layout, values: &[FieldValue]) -> Result<Whole, String> {
        let (mut start, mut end, mut is_final, mut version, mut group, mut first) =
            (None, None, false, None, String::new(), true);
        for (field, value) in layout.fields().iter().zip(values) {
            match (field.origin, value) {
                (FieldOrigin::WindowStart, FieldValue::Time(time)) => start = Some(*time),
                (FieldOrigin::WindowEnd, FieldValue::Time(time)) => end = Some(*time),
                (FieldOrigin::Final, FieldValue::Boolean(truth)) => is_final = *truth,
                (FieldOrigin::Total(Aggregate::Events), FieldValue::Integer(number)) => {
                    version = Some(agreed(field, version, *number)?)
                }
                (FieldOrigin::Group(_), value) => {
                    push_group(&mut group, value, first).ok_or("its group is none")?;
                    first = false;
                }
                _ => {}
            }
        }
        let window = layout.window_at(start, end)?;
        let version = version.ok_or("it does not say its number of events")?;
        Ok(Whole { id: layout.id(&Key { view: ViewId::default(), window, group: group.into() }), version, is_final })
    }
}

/// The number of events, which every field of it must agree on.
fn agreed(field: &LayoutField, before: Option<i64>, number: i128) -> Result<i64, String> {
    let n = i64::try_from(number).ok().filter(|n| *n > 0);
    let n = n.ok_or_else(|| format!("`{}` is {number}, which is no number of events", field.name))?;
    match before {
        Some(before) if before != n => {
            Err(format!("`{}` is {n}, and another field counts {before} events", field.name))
        }
        _ => Ok(n),
    }
}

impl Layout {
    /// The window from its two instants.
    fn window_at(&self, start: Option<EventTime>, end: Option<EventTime>) -> Result<Window, String> {
        if self.windows().is_global() {
            return Ok(Window::ALL);
        }
        let (Some(start), Some(end)) = (start, end) else { return Err("it does not say its window".to_owned()) };
        let window = Window { start, end };
        // Outside the calendar there are no windows, and no room to compute with.
        let is_one = start.timestamp().is_some() && self.windows().has(window);
        if is_one { Ok(window) } else { Err(format!("no window is from {} to {}", iso(start), iso(end))) }
    }

    /// The fields and values by which the documents of `group` are found; `None` if it is none of this plan's.
    pub fn of_group(&self, group: &str) -> Option<Vec<(&str, FieldValue)>> {
        let fields: Vec<_> =
            self.fields().iter().filter(|field| matches!(field.origin, FieldOrigin::Group(_))).collect();
        let texts = if fields.is_empty() && group.is_empty() { Vec::new() } else { group::split(group) };
        if fields.len() != texts.len() {
            return None;
        }
        let values = fields.into_iter().zip(texts);
        values.map(|(field, text)| Some((&*field.name, field.group_value(text)?))).collect()
    }
}

/// The instant that `text` is the ISO-8601 text of, as sinks without a type for instants write it; `None` if it is none
/// or written in another way.
pub fn instant(text: &str) -> Option<EventTime> {
    let time = match text.strip_suffix("ms") {
        Some(millis) => EventTime(millis.parse().ok()?),
        None => EventTime(text.parse::<jiff::Timestamp>().ok()?.as_millisecond()),
    };
    (iso(time) == text).then_some(time)
}

#[cfg(test)]
mod tests;
