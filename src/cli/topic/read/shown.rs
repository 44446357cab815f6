//! A record as a line of text or as JSON. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use console::style;
use rdkafka::Message;
use rdkafka::message::{BorrowedMessage, Headers};
use serde::Serialize;

use crate::plain::{plain, plain_json};
use crate::sink::document::iso;
use crate::time::EventTime;

/// What there is to show of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ShownRecord<'a> {
    partition: i32,
    offset: i64,
    /// Its own timestamp, in milliseconds since the Unix epoch, if it has one.
    timestamp_ms: Option<i64>,
    key: Option<&'a [u8]>,
    /// The headers in their order; a name may come twice.
    headers: Vec<(&'a str, Option<&'a [u8]>)>,
    /// None is a tombstone.
    payload: Option<&'a [u8]>,
}

/// The same as JSON; `docs/scripts.md` has it.
#[derive(Serialize)]
struct Record<'a> {
    partition: i32,
    offset: i64,
    timestamp: Option<String>,
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_base64: Option<String>,
    headers: Vec<Header<'a>>,
    payload: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_base64: Option<String>,
}

#[derive(Serialize)]
struct Header<'a> {
    name: &'a str,
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_base64: Option<String>,
}

impl<'a> ShownRecord<'a> {
    /// What there is to show of `record`.
    pub(super) fn of(record: &'a BorrowedMessage<'_>) -> Self {
        let headers = record.headers().into_iter().flat_map(Headers::iter);
        ShownRecord {
            partition: record.partition(),
            offset: record.offset(),
            timestamp_ms: record.timestamp().to_millis(),
            key: record.key(),
            headers: headers.map(|header| (header.key, header.value)).collect(),
            payload: record.payload(),
        }
    }

    /// Its payload on one line, behind all the rest if there are to be `details`.
    pub(super) fn text(&self, details: bool) -> String {
        let payload = self.payload.map_or_else(|| style("(tombstone)").dim().to_string(), seen);
        if !details {
            return payload;
        }
        let key = self.key.map_or_else(|| "-".to_owned(), seen);
        let ShownRecord { partition, offset, .. } = self;
        let mut place = format!("partition {partition}  offset {offset:<8}  {}  key {key}", self.time());
        for (name, value) in &self.headers {
            place += &format!("  {}={}", plain(name), value.map_or_else(|| "-".to_owned(), seen));
        }
        format!("{}  {payload}", style(place).dim())
    }

    /// All of it as one JSON object. What is no UTF-8 is null there, and has its bytes beside it.
    pub(super) fn json(&self) -> String {
        let (key, key_base64) = either(self.key);
        let (payload, payload_base64) = either(self.payload);
        let headers = self.headers.iter().map(|(name, value)| {
            let (value, value_base64) = either(*value);
            Header { name, value, value_base64 }
        });
        let record = Record {
            partition: self.partition,
            offset: self.offset,
            timestamp: self.timestamp_ms.map(|time| iso(EventTime(time))),
            key,
            key_base64,
            headers: headers.collect(),
            payload,
            payload_base64,
        };
        plain_json(&serde_json::to_string(&record).unwrap_or_default()).into_owned() // every shape of ours is JSON
    }

    fn time(&self) -> String {
        self.timestamp_ms.map_or_else(|| "-".to_owned(), |time| iso(EventTime(time)))
    }
}

/// Bytes as a text if they are one, else in base64.
fn either(bytes: Option<&[u8]>) -> (Option<&str>, Option<String>) {
    match bytes.map(|bytes| (std::str::from_utf8(bytes), bytes)) {
        None => (None, None),
        Some((Ok(text), _)) => (Some(text), None),
        Some((Err(_), bytes)) => (None, Some(STANDARD.encode(bytes))),
    }
}

/// Bytes on one line: what is hidden in their text by its number, and what is no text as `\xff`.
fn seen(bytes: &[u8]) -> String {
    let mut seen = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        seen += &plain(chunk.valid());
        chunk.invalid().iter().for_each(|byte| seen += &format!("\\x{byte:02x}"));
    }
    seen
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn shown<'a>(key: Option<&'a [u8]>, payload: Option<&'a [u8]>) -> ShownRecord<'a> {
        let headers = vec![("mare-reason", Some(&b"late"[..])), ("x", None)];
        ShownRecord { partition: 2, offset: 17, timestamp_ms: Some(1_764_331_200_123), key, headers, payload }
    }

    fn json(shown: &ShownRecord<'_>) -> Value {
        serde_json::from_str(&shown.json()).expect("JSON")
    }

    #[test]
    fn a_text_is_one_line_that_a_terminal_does_not_obey() {
        let text = |payload: &[u8]| shown(None, Some(payload)).text(false);
        assert_eq!(text("{\"valor\": 1.50, \"é\": \"\\n\"}".as_bytes()), "{\"valor\": 1.50, \"é\": \"\\n\"}");
        assert_eq!(text(b"a\x1b[2J\nb\0"), "a\\u{1b}[2J\\nb\\0");
        assert_eq!(text(b"caf\xe9 \xff\xfe."), "caf\\xe9 \\xff\\xfe.");
        let tombstone = shown(None, None).text(false);
        assert_eq!(console::strip_ansi_codes(&tombstone), "(tombstone)");
    }

    #[test]
    fn details_stand_in_front_of_the_payload() {
        let detailed = shown(Some(b"k\x1b"), Some(b"{}")).text(true);
        let expected =
            "partition 2  offset 17        2025-11-28T12:00:00.123Z  key k\\u{1b}  mare-reason=late  x=-  {}";
        assert_eq!(console::strip_ansi_codes(&detailed), expected);
    }

    #[test]
    fn json_has_every_byte() {
        let whole = json(&shown(Some(b"k"), Some("{\"a\": \"\u{202e}\"}".as_bytes())));
        let expected = json!({
            "partition": 2, "offset": 17, "timestamp": "2025-11-28T12:00:00.123Z", "key": "k",
            "headers": [{ "name": "mare-reason", "value": "late" }, { "name": "x", "value": null }],
            "payload": "{\"a\": \"\u{202e}\"}",
        });
        assert_eq!(whole, expected);
        let bytes = json(&shown(None, Some(b"\xff\x00")));
        assert_eq!((&bytes["payload"], &bytes["payload_base64"]), (&Value::Null, &json!("/wA=")));
        let tombstone = json(&shown(None, None));
        assert!(tombstone["payload"].is_null() && tombstone.get("payload_base64").is_none(), "{tombstone}");
        assert!(!shown(None, Some("\u{9b}".as_bytes())).json().contains('\u{9b}'), "safe on a terminal");
    }
}
