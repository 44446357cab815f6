//! The engine's own decoder, asked about a sample: what is a JSON object, and what is a time. Pure.

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::look::SampleRecord;
use crate::decode::{Decoder, MaxAhead, Reject};
use crate::record::Record;
use crate::schema::{EventPlan, TimeFormat};
use crate::time::EventTime;

/// A path that no record has.
const NOWHERE: &str = "\u{0}";

/// An event of which only the time matters.
fn event(time: &[String], time_format: TimeFormat) -> EventPlan {
    EventPlan {
        time: time.to_vec(),
        time_format,
        zone: TimeZone::UTC,
        max_ahead_ms: 3_600_000,
        max_bytes: 256 << 10,
        group_max_bytes: 1024,
        confirm: 1,
        explode: None,
        fields: Vec::new(),
    }
}

/// A decoder for [`object`].
pub(super) fn any_object() -> Decoder {
    Decoder::new(&event(&[NOWHERE.to_owned()], TimeFormat::Iso), &[], &[])
}

/// The JSON object that a payload is, or why it is none, and that in words.
pub(super) fn object(
    decoder: &mut Decoder,
    payload: Option<&[u8]>,
) -> Result<Map<String, Value>, (&'static str, String)> {
    match decoder.decode(&Record::of_payload(payload)) {
        Ok(_) | Err(Reject::Missing(_)) => {}
        Err(reject) => return Err((reject.reason(), reject.to_string())),
    }
    let text = payload.unwrap_or_default();
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    serde_json::from_slice(text).map_err(|error| ("not_text", format!("it is read in part only: {error}")))
}

/// The event times that a sample has at a path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Times {
    /// Those that are times and lie not far ahead of their records, by partition and in the order of the log.
    pub good: Vec<(i32, EventTime)>,
    /// How many lie far ahead.
    pub ahead: u64,
    /// What is wrong with the first that is none.
    pub wrong: Option<String>,
}

impl Times {
    /// Reads them as `format` has it.
    pub(super) fn at(path: &[String], format: TimeFormat, records: &[SampleRecord]) -> Times {
        let event = event(path, format);
        let (mut decoder, ahead, mut times) = (Decoder::new(&event, &[], &[]), MaxAhead::new(&event), Times::default());
        for SampleRecord { partition, timestamp_ms, payload } in records {
            match decoder.decode(&Record::of_payload(payload.as_deref())).map(|event| event.time) {
                Ok(time) if ahead.check(time, *timestamp_ms).is_ok() => times.good.push((*partition, time)),
                Ok(_) => times.ahead += 1,
                Err(reject @ Reject::NotATime { .. }) => {
                    times.wrong.get_or_insert_with(|| reject.to_string());
                }
                Err(_) => {}
            }
        }
        times
    }
}
