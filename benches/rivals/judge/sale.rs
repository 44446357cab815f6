//! One record of the flagship's topic.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Number;

/// A sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// `id_pedido`.
    pub id: String,
    /// `categoria`.
    pub category: String,
    /// `valor`, in cents.
    pub cents: i128,
    /// `timestamp`, in milliseconds since the Unix epoch.
    pub time_ms: i64,
}

/// Its fields as they stand there. A number keeps its text.
#[derive(Deserialize)]
struct Fields {
    id_pedido: String,
    categoria: String,
    valor: Number,
    timestamp: DateTime,
}

impl Sale {
    /// The sale in a payload; `None` if there is none.
    pub fn read(payload: &[u8]) -> Option<Sale> {
        let fields: Fields = serde_json::from_slice(payload).ok()?;
        let time = fields.timestamp.to_zoned(TimeZone::UTC).ok()?.timestamp();
        Some(Sale {
            id: fields.id_pedido,
            category: fields.categoria,
            cents: cents(&fields.valor.to_string())?,
            time_ms: time.as_millisecond(),
        })
    }
}

/// The cents of an amount with at most two digits behind the point, which is all that the topic has; `None` of any
/// other text.
pub fn cents(text: &str) -> Option<i128> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, behind) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || behind.len() > 2 || !is_number(whole) || !is_number(behind) {
        return None;
    }
    format!("{whole}{behind:0<2}").parse::<i128>().ok().map(|cents| sign * cents)
}
