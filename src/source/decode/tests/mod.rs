//! The decoder as a whole: by table, and the law of its two ways by random records.

mod framings;
mod ids;
mod law;
mod rejects;
mod unread;
mod values;

use jiff::tz::TimeZone;

use super::*;
use crate::dataflow::{Field, FieldType, Measure, TimeFormat};

/// A declared field; a `?` behind the name makes it optional.
fn field(name: &str, kind: FieldType) -> Field {
    let (path, optional) = match name.strip_suffix('?') {
        Some(path) => (path, true),
        None => (name, false),
    };
    Field { name: path.to_owned(), path: path.split('.').map(str::to_owned).collect(), kind, optional }
}

/// Events with `fields` and an ISO time in `timestamp`.
fn events(fields: Vec<Field>) -> EventPlan {
    EventPlan {
        time: vec!["timestamp".to_owned()],
        time_format: TimeFormat::Iso,
        zone: TimeZone::UTC,
        max_ahead_ms: 3_600_000,
        max_bytes: 4096,
        group_max_bytes: 1024,
        confirm: 1,
        fields,
    }
}

/// Totals by group and measure alone, all that a decoder looks at.
fn totals(group_by: &[usize], measures: &[Measure]) -> TotalsPlan {
    TotalsPlan { group_by: group_by.to_vec(), measures: measures.to_vec(), totals: vec![], version: "n".to_owned() }
}

/// The events of the flagship.
fn sales() -> EventPlan {
    events(vec![
        field("id_pedido", FieldType::String),
        field("categoria", FieldType::String),
        field("valor", FieldType::Decimal { scale: 2 }),
    ])
}

/// The flagship's decoder.
fn sales_decoder() -> Decoder {
    Decoder::new(&sales(), &totals(&[1], &[Measure::Sum(2)]))
}

/// An event that owns what it says: time in milliseconds, group, measures, rounded.
type Owned = (i64, String, Vec<i128>, u32);

/// The event in `record`, owned.
fn decode(decoder: &mut Decoder, record: &[u8]) -> Result<Owned, Reject> {
    decoder.decode(Some(record)).map(owned)
}

/// The event, owned.
fn owned(event: Event<'_>) -> Owned {
    (event.time.0, event.group.to_owned(), event.measures.to_vec(), event.rounded)
}

/// Whether the fast way reads `record`.
fn is_fast(decoder: &mut Decoder, record: &str) -> bool {
    decoder.slots.fill(Slot::ABSENT);
    scan(record, &decoder.wanted, &mut decoder.slots).is_some()
}
