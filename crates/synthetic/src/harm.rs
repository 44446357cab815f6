//! What makes a record one that is no event.

use jiff::Timestamp;
use mare_dataflow::Plan;
use mare_model::schema::{FieldType, TimeFormat};
use mare_sales::Garbage;
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

/// A text that is no time, and a number that is none.
const NOT_TIMES: [&str; 2] = ["\"ontem\"", "9e40"];
/// A number beyond every type.
const TOO_MUCH: &str = "999999999999999999999999999999999999999999999";
/// The year 2100, and 100 years in seconds: ahead of every clock.
const FUTURE_S: std::ops::Range<i64> = 4_102_444_800..7_258_118_400;

/// Which leaves of a record can be harmed in which way.
#[derive(Clone, Debug, Default)]
pub(super) struct Weaknesses {
    /// All of them.
    pub leaves: Vec<usize>,
    /// Those that an event must have.
    pub required: Vec<usize>,
    pub numbers: Vec<usize>,
    pub texts: Vec<usize>,
    /// Those whose texts are bounded, because groups are named by them.
    pub bounded: Vec<usize>,
    /// Times, each with what is none in its place.
    pub times: Vec<(usize, &'static str)>,
    /// The event time, if it stands in the payload.
    pub event_time: bool,
    /// The longest bounded text.
    pub group_max_bytes: usize,
}

impl Weaknesses {
    /// Those of the event time, which is leaf 0 if it stands in the payload.
    pub(super) fn of(plan: &Plan) -> Weaknesses {
        let mut weaknesses = Weaknesses { group_max_bytes: plan.event.group_max_bytes, ..Weaknesses::default() };
        if plan.event.time_format != TimeFormat::Record {
            weaknesses.event_time = true;
            weaknesses.leaves.push(0);
            weaknesses.required.push(0);
            weaknesses.times.push((0, not_a_time(plan.event.time_format)));
        }
        weaknesses
    }

    /// Adds those of a field at a leaf.
    pub(super) fn add(&mut self, leaf: usize, kind: FieldType, optional: bool, is_group: bool) {
        self.leaves.push(leaf);
        if !optional {
            self.required.push(leaf);
        }
        match kind {
            FieldType::String => self.texts.push(leaf),
            FieldType::Integer | FieldType::Decimal { .. } => self.numbers.push(leaf),
            FieldType::Time(format) => self.times.push((leaf, not_a_time(format))),
            FieldType::Boolean => {}
        }
        if is_group && kind == FieldType::String {
            self.bounded.push(leaf);
        }
    }

    /// The kind of garbage that a record can be made, instead of one that it cannot.
    pub(super) fn possible(&self, garbage: Garbage) -> Garbage {
        let is_possible = match garbage {
            Garbage::MissingField => !self.required.is_empty(),
            Garbage::WrongType => !self.leaves.is_empty(),
            Garbage::OutOfRange => !self.numbers.is_empty(),
            Garbage::BadTime => !self.times.is_empty(),
            Garbage::FutureTime => self.event_time,
            Garbage::TooLong => !self.bounded.is_empty(),
            Garbage::NotText => !self.texts.is_empty(),
            _ => true,
        };
        if is_possible { garbage } else { Garbage::CutJson }
    }

    /// Harms the values of a record, given as their JSON.
    pub(super) fn harm(&self, garbage: Garbage, texts: &mut [Option<String>], rng: &mut Xoshiro256PlusPlus) {
        let (leaf, text) = match garbage {
            Garbage::MissingField => (one(&self.required, rng), None),
            Garbage::WrongType => (one(&self.leaves, rng), Some("[true]".to_owned())),
            Garbage::OutOfRange => (one(&self.numbers, rng), Some(TOO_MUCH.to_owned())),
            Garbage::BadTime => {
                let time = one(&self.times, rng);
                (time.map(|(leaf, _)| leaf), time.map(|(_, text)| text.to_owned()))
            }
            Garbage::TooLong => {
                (one(&self.bounded, rng), Some(format!("\"{}\"", "x".repeat(self.group_max_bytes + 1))))
            }
            Garbage::NotText => (one(&self.texts, rng), Some("\"\\ud83d\"".to_owned())),
            _ => return,
        };
        if let Some(place) = leaf.and_then(|leaf| texts.get_mut(leaf)) {
            *place = text;
        }
    }
}

/// What is no time in the place of one that is written like this.
fn not_a_time(format: TimeFormat) -> &'static str {
    NOT_TIMES[usize::from(matches!(format, TimeFormat::Epoch { .. }))]
}

fn one<T: Copy>(of: &[T], rng: &mut Xoshiro256PlusPlus) -> Option<T> {
    of.get(rng.random_range(0..of.len().max(1))).copied()
}

/// A time ahead of every clock, in microseconds since the Unix epoch.
pub(super) fn future_us(rng: &mut Xoshiro256PlusPlus) -> i64 {
    Timestamp::from_second(rng.random_range(FUTURE_S)).map_or(i64::MAX, |time| time.as_microsecond())
}

/// Harms the bytes of a record.
pub(super) fn harm_bytes(garbage: Garbage, payload: &mut Vec<u8>, rng: &mut Xoshiro256PlusPlus) {
    match garbage {
        // A first byte that no UTF-8 text starts with, then up to 63 random ones.
        Garbage::RandomBytes => {
            payload.clear();
            payload.push(0xff);
            payload.extend((0..rng.random_range(0..64)).map(|_| rng.random::<u8>()));
        }
        Garbage::CutJson => payload.truncate(rng.random_range(1..payload.len().max(2))),
        Garbage::Huge => {
            payload.pop();
            payload.extend_from_slice(b",\"remark\":\"");
            payload.resize(Garbage::HUGE_BYTES, b'x');
        }
        Garbage::Tombstone => payload.clear(),
        Garbage::Utf16 => *payload = text(payload).encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Garbage::Compressed => put_before(&[0x1f, 0x8b, 0x08, 0x00], payload),
        Garbage::SchemaFramed => put_before(&[0, 0, 0, 0, 7], payload),
        Garbage::JsonInString => *payload = serde_json::Value::from(text(payload)).to_string().into_bytes(),
        Garbage::SeveralObjects => put_before(&payload.clone(), payload),
        Garbage::MissingField
        | Garbage::WrongType
        | Garbage::OutOfRange
        | Garbage::BadTime
        | Garbage::FutureTime
        | Garbage::TooLong
        | Garbage::NotText => {}
    }
}

fn text(payload: &[u8]) -> String {
    String::from_utf8_lossy(payload).into_owned()
}

fn put_before(front: &[u8], payload: &mut Vec<u8>) {
    payload.splice(0..0, front.iter().copied());
}
