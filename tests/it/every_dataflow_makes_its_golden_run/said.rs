//! What a record says, by a plain reader of JSON and as naively as can be.

use serde_json::Value;

use crate::support::oracle::Read;

/// An event.
pub struct Said {
    /// When it was, in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// Its group; null where it has none.
    pub group: Vec<Value>,
    /// What it is known by.
    pub id: String,
    /// What it adds.
    pub amount: i128,
    /// Whether somebody wants it.
    pub is_wanted: bool,
    /// Whether it takes back what others have added.
    pub cancels: bool,
}

/// How far an event may be ahead of its record, if the file says nothing else.
pub const HOUR_MS: i64 = 3_600_000;
/// How long a text of a group may be.
const GROUP_BYTES_MAX: usize = 1024;

/// What stands in a record: null where it leads to nothing. `None` alone means that it is no event.
pub struct Object(Value);

impl Object {
    pub fn of(record: &Read) -> Option<Object> {
        let value: Value = serde_json::from_slice(record.payload.as_deref()?).ok()?;
        value.is_object().then_some(Object(value))
    }

    fn at(&self, path: &str) -> &Value {
        path.split('.')
            .fold(&self.0, |value, step| step.parse::<usize>().map_or_else(|_| &value[step], |element| &value[element]))
    }

    pub fn text(&self, path: &str) -> Option<String> {
        Some(self.at(path).as_str()?.to_owned())
    }

    /// A text by which events are grouped.
    pub fn group(&self, path: &str) -> Option<Value> {
        self.text(path).filter(|text| text.len() <= GROUP_BYTES_MAX).map(Value::from)
    }

    pub fn integer(&self, path: &str) -> Option<i64> {
        self.at(path).as_i64()
    }

    pub fn boolean(&self, path: &str) -> Option<bool> {
        self.at(path).as_bool()
    }

    /// A number in units of so many digits behind the point.
    pub fn decimal(&self, path: &str, scale: usize) -> Option<i128> {
        self.at(path).as_number().and_then(|number| units(&number.to_string(), scale))
    }

    /// The same, in a text as well.
    pub fn decimal_or_text(&self, path: &str, scale: usize) -> Option<i128> {
        self.decimal(path, scale).or_else(|| units(&self.text(path)?, scale))
    }

    /// What may be absent or null.
    pub fn optional<T>(&self, path: &str, read: impl Fn(&Object, &str) -> Option<T>) -> Option<Option<T>> {
        if self.at(path).is_null() { Some(None) } else { read(self, path).map(Some) }
    }

    /// A time in ISO-8601 that is not too far ahead of its record.
    pub fn iso(&self, path: &str, record: &Read, ahead_ms: i64) -> Option<i64> {
        let time: jiff::Timestamp = self.text(path)?.parse().ok()?;
        at_most(time.as_millisecond(), record, ahead_ms)
    }

    /// The same as a number, of which so many are a millisecond, or the other way round if it is negative.
    pub fn epoch(&self, path: &str, per_ms: i64, record: &Read, ahead_ms: i64) -> Option<i64> {
        let number = self.integer(path)?;
        let time_ms = if per_ms < 0 { number.checked_mul(-per_ms)? } else { number.div_euclid(per_ms) };
        at_most(time_ms, record, ahead_ms)
    }
}

fn at_most(time_ms: i64, record: &Read, ahead_ms: i64) -> Option<i64> {
    (time_ms <= record.timestamp_ms + ahead_ms).then_some(time_ms)
}

/// The units of a decimal: of at most 24 digits, and no more behind the point than there are.
fn units(text: &str, scale: usize) -> Option<i128> {
    let (whole, behind) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{behind:0<scale$}");
    (behind.len() <= scale && digits.len() <= 25).then_some(digits)?.parse().ok()
}
