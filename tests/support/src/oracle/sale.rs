//! One record's payload, checked.

use jiff::civil::DateTime;
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;
use serde_json::Value;

use super::cents;

/// The largest payload that is read, in bytes.
const PAYLOAD_BYTES_MAX: usize = 256 * 1024;
/// The longest category, in bytes.
const CATEGORY_BYTES_MAX: usize = 1024;
/// How far a sale may lie beyond its record's Kafka timestamp.
const AHEAD_MS_MAX: i64 = 3_600_000;
/// Amounts must stay below.
const CENTS_END: i128 = 10_i128.pow(24);

/// What is read of a record; whatever else it has is skipped.
#[derive(Deserialize)]
struct Fields {
    id_pedido: Value,
    categoria: Value,
    valor: Value,
    timestamp: Value,
}

/// A good sale.
#[derive(Debug, PartialEq, Eq)]
pub struct Sale {
    /// `id_pedido`.
    pub id: String,
    /// When it was made, in milliseconds.
    pub time_ms: i64,
    /// `categoria`.
    pub category: String,
    /// `valor`, in cents.
    pub cents: i128,
}

impl Sale {
    /// The sale in a payload; `None` for a dead letter.
    pub fn read(payload: Option<&[u8]>, record_ms: i64) -> Option<Sale> {
        let payload = payload.filter(|payload| payload.len() <= PAYLOAD_BYTES_MAX)?;
        let payload = payload.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(payload).trim_ascii_start();
        let object = Some(payload).filter(|payload| payload.starts_with(b"{"))?;
        let fields: Fields = serde_json::from_slice(object).ok()?;
        let id = fields.id_pedido.as_str()?.to_owned();
        let category = fields.categoria.as_str().filter(|category| category.len() <= CATEGORY_BYTES_MAX)?.to_owned();
        let cents = cents::half_even(&number(&fields.valor)?).filter(|cents| cents.abs() < CENTS_END)?;
        let time_ms = milliseconds(fields.timestamp.as_str()?)?;
        (time_ms <= record_ms + AHEAD_MS_MAX).then_some(Sale { id, time_ms, category, cents })
    }
}

/// A JSON number as it is written.
fn number(value: &Value) -> Option<String> {
    value.is_number().then(|| value.to_string())
}

/// An ISO-8601 time, in UTC if it has no offset, floored to the millisecond.
fn milliseconds(text: &str) -> Option<i64> {
    let timestamp = text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        local.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })?;
    i64::try_from(timestamp.as_nanosecond().div_euclid(1_000_000)).ok()
}
