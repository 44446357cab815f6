//! The checked plan of a dataflow: what the engine runs.
//!
//! A plan has no unresolved names: fields, totals and measures point at each other by index, so that nothing behind
//! this module compares strings. [`Measure`] is the one place where a new kind is added; the kinds of sources and of sinks are
//! known to their own folders, which name them in a `registry`.

use std::time::Duration;

use super::alerts::Alerts;
use crate::letters::{Destinations, LetterTopic};
use crate::sink::Sink;
use crate::source::Source;
use crate::time::Windows;

/// A dataflow, checked: from which log, by which window and group, which totals, into which sink.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The dataflow's name, used for the client id, logs and its checkpoints.
    pub name: String,
    /// Where the events come from.
    pub source: Source,
    /// How an event is read from a record.
    pub event: EventPlan,
    /// The windows and their lateness.
    pub windows: Windows,
    /// Under which names a document carries its window.
    pub window_names: WindowNames,
    /// Groups and totals.
    pub totals: TotalsPlan,
    /// Where the documents go.
    pub sink: Sink,
    /// When epochs are sealed and how many may be on their way.
    pub epochs: Epochs,
    /// Where, how often and how many checkpoints are kept; nothing if the run keeps none.
    pub checkpoint: Option<Checkpointing>,
    /// The field whose value names an event, an index into [`EventPlan::fields`]: a repetition of it is counted once.
    pub dedup: Option<usize>,
    /// Where late events go; without it they are only counted.
    pub late: Option<LetterTopic>,
    /// Where records go that are no event; without it they are only counted.
    pub dead_letter: Option<LetterTopic>,
    /// How the page for people names it; no document and no checkpoint depends on that.
    pub dashboard: Dashboard,
    /// Rules over the totals, and where what they find is sent; nothing if the file has none.
    pub alerts: Option<Alerts>,
}

impl Plan {
    /// Where the letters of the dataflow go.
    #[must_use]
    pub fn letters(&self) -> Destinations<'_> {
        let (dataflow, source) = (&*self.name, self.source.describe().name);
        Destinations { dataflow, source, late: self.late.as_ref(), dead: self.dead_letter.as_ref() }
    }
}

/// Where, how often and how many checkpoints are kept. A file always has it, with defaults; a command may turn it off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpointing {
    /// A folder, from the working directory if it is relative, or the URL of an object store. The dataflow's checkpoints are
    /// in the folder of its name therein.
    pub path: String,
    /// Time between two checkpoints, from 100ms to 1h.
    pub every: Duration,
    /// How many whole ones are kept, at least one.
    pub keep: usize,
}

/// When a source seals an epoch, and how far it reads ahead of the sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epochs {
    /// Shortest time between two epochs of one worker, so that a steady stream does not pay for one epoch an event.
    pub shortest: Duration,
    /// Longest time that an epoch collects events while more are ready to be read.
    pub longest: Duration,
    /// How many epochs a worker may have sent that the sink has not yet made durable; reading pauses at this bound.
    pub in_flight: usize,
}

/// How the page for people names a dataflow and what its totals are measured in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dashboard {
    /// What the page is called, if not by the dataflow's name.
    pub title: Option<String>,
    /// The unit of a total by the total's name, of those that have one: a currency by its code, or any short text.
    pub units: Vec<(String, String)>,
}

impl Dashboard {
    /// The unit of a total, if it has one.
    #[must_use]
    pub fn unit(&self, total: &str) -> Option<&str> {
        self.units.iter().find(|(name, _)| name == total).map(|(_, unit)| &**unit)
    }
}

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
    /// The longest text that a field of [`TotalsPlan::group_by`] may have, in bytes; an event with a longer one is a dead letter.
    pub group_max_bytes: usize,
    /// How many counted events of a partition must have reached a time before it is promised there: the promise is the so many-th
    /// largest event time counted in the partition.
    pub confirm: usize,
    /// The declared fields, in the order of the file.
    pub fields: Vec<Field>,
}

/// How an event time is written.
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
    /// The path, split at the dots.
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
}

/// Under which names a document carries its window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowNames {
    /// Field of the window's first instant.
    pub start: String,
    /// Field of the first instant after the window.
    pub end: String,
    /// Field that says whether the window is closed, if documents are to have one: false while its totals may still
    /// change, true from when they are certain.
    pub is_final: Option<String>,
}

/// Groups and totals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotalsPlan {
    /// Indices into [`EventPlan::fields`]: required fields of type string, integer or boolean.
    pub group_by: Vec<usize>,
    /// What each total carries besides its number of events `n`. Equal measures are kept once.
    pub measures: Vec<Measure>,
    /// The totals of a document, in the order of the file.
    pub totals: Vec<Total>,
    /// The field that holds `n`, the number of events folded in, which is the document's version:
    /// the name of a total that counts every event if there is one, else a field of its own.
    pub version: String,
}

impl TotalsPlan {
    /// The names by which a document's numbers are asked for: those of the totals, and the version, which is one even if no total of
    /// the file is it.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let is_total = self.totals.iter().any(|total| total.name == self.version);
        let names = self.totals.iter().map(|total| &*total.name);
        names.chain((!is_total).then_some(&*self.version)).collect()
    }
}

/// One number that the engine maintains for each window and group, beside the number of events.
///
/// An event adds an integer to each measure; measures are exact, so their order never matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The sum of a field (an index into [`EventPlan::fields`]), in the field's own units. An absent optional field adds 0.
    Sum(usize),
    /// How many events carried an optional field (an index into [`EventPlan::fields`]).
    Present(usize),
}

/// One total of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    /// Its field in the document.
    pub name: String,
    /// How it is read from the maintained numbers.
    pub aggregate: Aggregate,
}

/// How a total is read from the maintained numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// The number of events `n`: `count()`, or `count(field)` of a required field.
    Events,
    /// A measure, by its index in [`TotalsPlan::measures`], and what kind of number it is.
    Measure(usize, Number),
}

/// What kind of number a measure is in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// A whole number.
    Integer,
    /// An integer of `10^-scale` units.
    Decimal {
        /// Digits behind the point.
        scale: u8,
    },
}
