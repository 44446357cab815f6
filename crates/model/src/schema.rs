//! How an event is read from a record: its time, and its fields with their types.

/// How an event is read from a record. The format is JSON: one object a record.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPlan {
    /// Dotted path of the event time, split at the dots.
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
    /// The declared fields, in the order of the file, and behind them those that are computed from others.
    pub fields: Vec<Field>,
}

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeFormat {
    /// A string, ISO-8601 / RFC 3339, with or without an offset, to any precision (kept to the millisecond, floored).
    Iso,
    /// A JSON integer (or a decimal number, floored): seconds since the Unix epoch.
    EpochSeconds,
    /// A JSON integer: milliseconds since the Unix epoch.
    EpochMillis,
}

/// A declared field of the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name in the file: the dotted path as written.
    pub name: String,
    /// The path, split at the dots; of a field that is computed, its name alone.
    pub path: Vec<String>,
    /// Its type.
    pub kind: FieldType,
    /// Whether an event without the field, or with null in it, is a good event (`"string?"`).
    pub optional: bool,
}

impl Field {
    /// The field's name in a document, if events are grouped by it: its path with `_` for the dots.
    ///
    /// The last part alone would be shorter, but two paths often end alike (`meter.id`, `site.id`).
    #[must_use]
    pub fn document_name(&self) -> String {
        self.path.join("_")
    }
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
