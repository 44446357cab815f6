//! The decoder as a whole: by table, and the law of its two ways by random records.

mod computed;
mod elements;
mod expected;
mod framings;
mod ids;
mod law;
mod rejects;
mod unread;
mod values;

use jiff::tz::TimeZone;

use super::*;
use mare_model::measure::{Function, Measure};
use mare_model::schema::{EpochUnit, Field, FieldType, TimeFormat};

/// A declared field; a `?` behind the name makes it optional.
fn field(name: &str, kind: FieldType) -> Field {
    let (path, optional) = match name.strip_suffix('?') {
        Some(path) => (path, true),
        None => (name, false),
    };
    Field { optional, ..Field::new(path, kind) }
}

/// A record of this payload.
fn payload(payload: &[u8]) -> Record<'_> {
    Record::of_payload(Some(payload))
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
        explode: None,
        fields,
    }
}

/// A decoder, and what its rows are asked for.
struct Reader {
    decoder: Decoder,
    totals: Totals,
}

/// The fields that name a group, and the measures.
struct Totals {
    group_by: Vec<usize>,
    measures: Vec<Measure>,
}

impl Reader {
    fn new(event: &EventPlan, totals: Totals) -> Reader {
        Reader { decoder: Decoder::new(event, &[], &totals.group_by), totals }
    }
}

/// The sum of a field.
fn sum(field: usize) -> Measure {
    Measure { function: Function::Sum, field }
}

/// How many events have a field.
fn count(field: usize) -> Measure {
    Measure { function: Function::Count, field }
}

fn totals(group_by: &[usize], measures: &[Measure]) -> Totals {
    Totals { group_by: group_by.to_vec(), measures: measures.to_vec() }
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
fn sales_decoder() -> Reader {
    Reader::new(&sales(), totals(&[1], &[sum(2)]))
}

/// An event that owns what it says: time in milliseconds, group, measures, rounded.
type Owned = (i64, String, Vec<i128>, u32);

/// The event in `record`, owned.
fn decode(reader: &mut Reader, record: &[u8]) -> Result<Owned, Reject> {
    let Reader { decoder, totals } = reader;
    decoder.decode(&payload(record)).map(|row| owned(row, totals))
}

/// What the row comes to, owned.
fn owned(row: Row<'_>, totals: &Totals) -> Owned {
    let measures = totals.measures.iter().map(|measure| row.measured(*measure)).collect();
    (row.time.0, text(row.group(&totals.group_by, &mut String::new())), measures, row.rounded)
}

/// A group as text.
fn text(group: &[u8]) -> String {
    String::from_utf8(group.to_vec()).expect("text")
}

/// Whether the fast way reads `record`.
fn is_fast(reader: &mut Reader, record: &[u8]) -> bool {
    let decoder = &mut reader.decoder;
    decoder.slots.fill(Slot::ABSENT);
    scan(record, &decoder.wanted, &mut decoder.expected, &mut decoder.slots).is_some()
}
