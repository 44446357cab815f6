//! How an event is read from a record: its time, and its fields with their types.

use std::fmt;
use std::time::Duration;

/// How an event is read from a record. The format is JSON: one object a record.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPlan {
    /// The steps of the path of the event time; empty if it is the record's own timestamp.
    pub time: Vec<String>,
    /// How the event time is written.
    pub time_format: TimeFormat,
    /// The zone in which a time without an offset is read.
    pub zone: jiff::tz::TimeZone,
    /// How far an event time may lie beyond the record's own Kafka timestamp, in milliseconds.
    pub max_ahead_ms: i64,
    /// The largest record that is decoded, in bytes; a larger one is a dead letter.
    pub max_bytes: usize,
    /// The longest text that a field of [`View::group_by`](crate::view::View::group_by) may have, in bytes; an event
    /// with a longer one is a dead letter.
    pub group_max_bytes: usize,
    /// How many counted events of a partition must have reached a time before it is promised there: the promise is the
    /// so many-th largest event time counted in the partition.
    pub confirm: usize,
    /// The steps of the path of an array each of whose elements is an event; without it the record is the event.
    pub explode: Option<Vec<String>>,
    /// The declared fields, in the order of the file, and behind them those that are not in the payload: parts of the
    /// record beside it, and what is computed.
    pub fields: Vec<Field>,
}

/// When a partition that has nothing to say does not hold windows open any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdlePlan {
    /// For how long nothing must have come, by the ingest clock.
    pub after: Duration,
    /// Whether time goes on by that clock, less as much, while no partition has anything to say.
    pub closes: bool,
}

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeFormat {
    /// A string, ISO-8601 / RFC 3339, with or without an offset, to any precision (kept to the millisecond, floored).
    Iso,
    /// Not in the payload: it is the record's own timestamp.
    Record,
    /// A JSON number of units since the Unix epoch, kept to the millisecond, floored.
    Epoch {
        /// What is counted.
        unit: EpochUnit,
        /// Whether a JSON string that holds such a number is one as well.
        from_text: bool,
    },
}

/// A part of a record beside its payload, which can be a field of the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordPart {
    /// Its key, as text.
    Key,
    /// The number of its partition.
    Partition,
    /// Its place there.
    Offset,
    /// Its own timestamp.
    Timestamp,
    /// The last of its headers that is called so, as text.
    Header(Box<str>),
}

impl RecordPart {
    /// Those of which a record has one at most.
    pub const SINGLE: [RecordPart; 4] =
        [RecordPart::Key, RecordPart::Partition, RecordPart::Offset, RecordPart::Timestamp];

    /// The field called `name` that it is.
    #[must_use]
    pub fn field(&self, name: &str) -> Field {
        let (kind, optional) = match self {
            RecordPart::Key | RecordPart::Header(_) => (FieldType::String, true),
            RecordPart::Partition | RecordPart::Offset => (FieldType::Integer, false),
            RecordPart::Timestamp => (FieldType::Time(TimeFormat::Record), true),
        };
        Field { optional, ..Field::new(name, kind) }
    }
}

impl fmt::Display for RecordPart {
    /// As a file has it: `key`, `header(origem)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordPart::Key => f.write_str("key"),
            RecordPart::Partition => f.write_str("partition"),
            RecordPart::Offset => f.write_str("offset"),
            RecordPart::Timestamp => f.write_str("timestamp"),
            RecordPart::Header(name) => write!(f, "header({name})"),
        }
    }
}

/// In what a time since the Unix epoch is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpochUnit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Millis,
    /// Microseconds.
    Micros,
    /// Nanoseconds.
    Nanos,
}

impl EpochUnit {
    /// All of them, the longest first.
    pub const ALL: [EpochUnit; 4] = [EpochUnit::Seconds, EpochUnit::Millis, EpochUnit::Micros, EpochUnit::Nanos];

    /// The word for a format of such numbers in a file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            EpochUnit::Seconds => "epoch_seconds",
            EpochUnit::Millis => "epoch_millis",
            EpochUnit::Micros => "epoch_micros",
            EpochUnit::Nanos => "epoch_nanos",
        }
    }

    /// What a person calls it.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            EpochUnit::Seconds => "seconds",
            EpochUnit::Millis => "milliseconds",
            EpochUnit::Micros => "microseconds",
            EpochUnit::Nanos => "nanoseconds",
        }
    }

    /// How many of them a second has, as a power of ten.
    #[must_use]
    pub fn digits(self) -> u8 {
        match self {
            EpochUnit::Seconds => 0,
            EpochUnit::Millis => 3,
            EpochUnit::Micros => 6,
            EpochUnit::Nanos => 9,
        }
    }

    /// The format of numbers of it.
    #[must_use]
    pub const fn format(self) -> TimeFormat {
        TimeFormat::Epoch { unit: self, from_text: false }
    }
}

impl fmt::Display for TimeFormat {
    /// As a file has it: `iso`, `epoch_millis`, `epoch_millis from text`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TimeFormat::Iso => f.write_str("iso"),
            TimeFormat::Record => f.write_str("record"),
            TimeFormat::Epoch { unit, from_text } => {
                write!(f, "{}{}", unit.word(), if *from_text { " from text" } else { "" })
            }
        }
    }
}

/// A declared field of the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name in the file: the dotted path as written.
    pub name: String,
    /// The steps of the path, keys and [elements](element_of); of a field that is not in the payload, its name alone.
    pub path: Vec<String>,
    /// Its type.
    pub kind: FieldType,
    /// Whether an event without the field, or with null in it, is a good event (`"string?"`).
    pub optional: bool,
    /// Whether a JSON string that holds a number is one as well (`"decimal(2) from text"`).
    pub from_text: bool,
}

impl Field {
    /// A field that every event has, at the path that its name is.
    ///
    /// ```
    /// use mare_model::schema::{Field, FieldType};
    /// let id = Field { optional: true, ..Field::new("meter.id", FieldType::Integer) };
    /// assert_eq!(id.path, ["meter", "id"]);
    /// ```
    #[must_use]
    pub fn new(name: &str, kind: FieldType) -> Field {
        let path = name.split('.').map(str::to_owned).collect();
        Field { name: name.to_owned(), path, kind, optional: false, from_text: false }
    }

    /// The field's name in a document, if events are grouped by it: its path with `_` for dots and brackets.
    ///
    /// The last part alone would be shorter, but two paths often end alike (`meter.id`, `site.id`).
    ///
    /// ```
    /// use mare_model::schema::{Field, FieldType};
    /// let path = vec!["items".to_owned(), "[0]".to_owned(), "a.b".to_owned()];
    /// let field = Field { path, ..Field::new("x", FieldType::String) };
    /// assert_eq!(field.document_name(), "items_0_a_b");
    /// let path = vec!["items".to_owned(), "[]".to_owned(), "sku".to_owned()];
    /// let field = Field { path, ..field };
    /// assert_eq!((&*field.document_name(), field.is_of_element()), ("items_sku", true));
    /// ```
    #[must_use]
    pub fn document_name(&self) -> String {
        let steps = self.path.iter().filter(|step| *step != EACH).map(|step| match element_of(step) {
            Some(element) => element.to_string(),
            None => step.replace('.', "_"),
        });
        steps.collect::<Vec<_>>().join("_")
    }

    /// Whether it is of an element of the array of [`EventPlan::explode`], and not of the whole record.
    #[must_use]
    pub fn is_of_element(&self) -> bool {
        self.path.iter().any(|step| step == EACH)
    }
}

/// The step of a path into each element of the array of [`EventPlan::explode`].
pub const EACH: &str = "[]";

/// The number of the element that a step of a path leads to in an array: `[0]` is the first. Any other step is the key
/// of an object.
#[must_use]
pub fn element_of(step: &str) -> Option<usize> {
    let digits = step.strip_prefix('[')?.strip_suffix(']')?;
    let is_plain = digits == "0" || !digits.starts_with(['0', '+']);
    digits.parse().ok().filter(|_| is_plain)
}

/// The type of a declared field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// A JSON string.
    String,
    /// A JSON integer within 64 bits, signed.
    Integer,
    /// A JSON number, kept exactly as an integer of `10^-scale` units. Digits beyond the scale round half-even.
    Decimal {
        /// Digits behind the point, 0 to 18.
        scale: u8,
    },
    /// `true` or `false`.
    Boolean,
    /// A time, written like this; one without an offset is read in [`EventPlan::zone`].
    Time(TimeFormat),
}
