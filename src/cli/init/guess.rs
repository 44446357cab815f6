//! From what was seen to what is proposed: the time, the types, groups and totals. Pure.

use super::lateness::ProposedLateness;
use super::look::{DIGITS_MAX, SampleLook, SampleRecord, SeenField};
use super::probe::Times;
use crate::schema::{EpochUnit, FieldType, TimeFormat};

/// A field of which so many in a hundred values are of one type is of that type, …
const TYPE_PERCENT: u64 = 98;
/// … one that so many in a hundred records have is required, …
const REQUIRED_PERCENT: u64 = 99;
/// … and one that is a time in so many is the event time.
const TIME_PERCENT: u64 = 90;
/// How many values a field may have that events are grouped by, and how many times as many records there must be.
const GROUP_VALUES: std::ops::RangeInclusive<usize> = 2..=50;
const RECORDS_A_VALUE: u64 = 3;
/// How many fields events are grouped by, and how many groups may come of it.
const GROUP_FIELDS_MAX: usize = 3;
const GROUPS_MAX: usize = 1_000;
/// How many records must have a field before it can be said that no two have the same value.
const IDS_MIN: u64 = 20;
/// What the two instants and the number of events are called in a document.
const DOCUMENT_NAMES: [&str; 5] = ["_id", "window_start", "window_end", "events", "n"];

/// Names of event times, the likeliest first.
const TIME_NAMES: [&str; 10] = [
    "event_time",
    "eventtime",
    "event_timestamp",
    "timestamp",
    "@timestamp",
    "time",
    "ts",
    "datetime",
    "occurred_at",
    "data_hora",
];
/// Parts of the names of others.
const TIME_WORDS: [&str; 7] = ["time", "_at", "date", "data", "hora", "momento", "ts"];
/// Parts of the names of numbers that nobody adds up.
const NO_AMOUNTS: [&str; 31] = [
    "time",
    "timestamp",
    "ts",
    "date",
    "at",
    "code",
    "codigo",
    "number",
    "numero",
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "ano",
    "mes",
    "dia",
    "zip",
    "cep",
    "version",
    "port",
    "status",
    "seq",
    "type",
    "tipo",
    "class",
    "level",
    "priority",
    "tariff",
    "latitude",
    "longitude",
];

/// What is proposed.
#[derive(Clone, Debug)]
pub(super) struct Guess {
    /// The event time.
    pub time: GuessedTime,
    /// The fields that the totals need, in the order of the records.
    pub fields: Vec<Proposed>,
    /// Those that they do not need.
    pub spare: Vec<Proposed>,
    /// Names of fields that have no type of a dataflow.
    pub typeless: Vec<String>,
    /// How long windows wait.
    pub lateness: ProposedLateness,
}

/// The event time.
#[derive(Clone, Debug)]
pub(super) struct GuessedTime {
    /// The field.
    pub field: SeenField,
    /// How it is written.
    pub format: TimeFormat,
    /// How many records have such a time.
    pub events: u64,
    /// Whether the texts have an offset.
    pub has_offset: bool,
    /// Other fields that are times.
    pub others: Vec<String>,
    times: Times,
}

/// A field with its type.
#[derive(Clone, Debug)]
pub(super) struct Proposed {
    /// What was seen of it.
    pub field: SeenField,
    /// Its type.
    pub kind: FieldType,
    /// Whether a record may lack it.
    pub optional: bool,
    /// What it is good for.
    pub role: FieldUse,
}

/// What a field is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldUse {
    /// Events are grouped by it.
    Group,
    /// It is added up.
    Sum,
    /// It has few values, and events could be grouped by it.
    Few,
    /// No two events have the same.
    Id,
    /// Nothing that is seen.
    Spare,
}

impl Guess {
    /// What is proposed for records of which `look` was seen; `time` names the event time, if somebody knows it better.
    ///
    /// # Errors
    /// In words, if there is no event time.
    pub(super) fn of(look: &SampleLook, records: &[SampleRecord], time: Option<&str>) -> Result<Guess, String> {
        let time = GuessedTime::of(look, records, time)?;
        let (mut fields, mut typeless) = (Vec::new(), Vec::new());
        for field in look.fields.iter().filter(|field| field.path != time.field.path) {
            match kind(field).filter(|_| !is_also_an_object(field, look)) {
                Some(kind) if time.others.contains(&field.name()) => {
                    fields.push(Proposed { role: FieldUse::Spare, ..proposed(field, kind, look.objects) });
                }
                Some(kind) => fields.push(proposed(field, kind, look.objects)),
                None if field.values() > 0 => typeless.push(field.name()),
                None => {}
            }
        }
        choose_groups(&mut fields);
        name_once(&mut fields);
        let is_needed = |proposed: &Proposed| matches!(proposed.role, FieldUse::Group | FieldUse::Sum);
        let (fields, spare) = fields.into_iter().partition(is_needed);
        let lateness = ProposedLateness::of(&time.times);
        Ok(Guess { time, fields, spare, typeless, lateness })
    }

    /// Those of a role.
    pub(super) fn with(&self, role: FieldUse) -> impl Iterator<Item = &Proposed> {
        self.fields.iter().chain(&self.spare).filter(move |proposed| proposed.role == role)
    }
}

impl Proposed {
    /// Its field in the document, if events are grouped by it or it is added up.
    pub(super) fn document_name(&self) -> String {
        let name = self.field.path.join("_");
        if self.role == FieldUse::Sum { format!("{name}_sum") } else { name }
    }

    /// Its type as a dataflow file writes it.
    pub(super) fn kind_text(&self) -> String {
        let kind = match self.kind {
            FieldType::String => "string".to_owned(),
            FieldType::Integer => "integer".to_owned(),
            FieldType::Boolean => "boolean".to_owned(),
            FieldType::Decimal { scale } => format!("decimal({scale})"),
            FieldType::Time(_) => "time".to_owned(),
        };
        format!("{kind}{}", if self.optional { "?" } else { "" })
    }
}

impl GuessedTime {
    fn of(look: &SampleLook, records: &[SampleRecord], named: Option<&str>) -> Result<GuessedTime, String> {
        let mut found: Vec<_> = look.fields.iter().filter_map(|seen| candidate(seen, look, records)).collect();
        found.sort_by_key(|time| rank(&time.field)); // a stable sort: of two that are alike the first in the record
        let is_meant = |time: &GuessedTime| named.is_none_or(|name| time.field.name() == name);
        let Some(best) = found.iter().position(is_meant) else { return Err(no_time(look, records, named)) };
        let mut best = found.remove(best);
        best.others = found.iter().map(|time| time.field.name()).collect();
        Ok(best)
    }
}

/// The formats of numbers, the likeliest first.
const NUMBERS: [TimeFormat; 4] =
    [EpochUnit::Millis.format(), EpochUnit::Seconds.format(), EpochUnit::Micros.format(), EpochUnit::Nanos.format()];
/// Those of texts.
const TEXTS: [TimeFormat; 5] = [
    TimeFormat::Iso,
    TimeFormat::Epoch { unit: EpochUnit::Millis, from_text: true },
    TimeFormat::Epoch { unit: EpochUnit::Seconds, from_text: true },
    TimeFormat::Epoch { unit: EpochUnit::Micros, from_text: true },
    TimeFormat::Epoch { unit: EpochUnit::Nanos, from_text: true },
];

/// The field as an event time, if it is one in nearly all records.
fn candidate(field: &SeenField, look: &SampleLook, records: &[SampleRecord]) -> Option<GuessedTime> {
    let formats: &[TimeFormat] = if field.texts * 2 > field.values() {
        &TEXTS
    } else if (field.integers + field.decimals) * 2 > field.values() {
        &NUMBERS
    } else {
        &[]
    };
    formats.iter().find_map(|format| {
        let times = Times::at(&field.path, *format, records);
        let ours = times.good.iter().filter(|(_, time)| *format == TimeFormat::Iso || is_of_our_years(time.0)).count();
        let is_one =
            ours > 0 && (ours as u64 + times.ahead) * 100 >= look.objects * TIME_PERCENT && times.ahead < ours as u64;
        let has_offset = field.examples.iter().all(|example| has_offset(example.trim_matches('"')));
        let (field, events) = (field.clone(), ours as u64);
        is_one.then(|| GuessedTime { field, format: *format, events, has_offset, others: Vec::new(), times })
    })
}

/// Whether a number of milliseconds lies in the years 2000 to 2100: a number of another unit, or of something else,
/// rarely does.
fn is_of_our_years(ms: i64) -> bool {
    (946_684_800_000..4_102_444_800_000).contains(&ms)
}

/// Whether a text that is a time ends with an offset from UTC.
fn has_offset(text: &str) -> bool {
    let behind_the_date = text.get(10..).unwrap_or_default();
    behind_the_date.ends_with(['Z', 'z', ']']) || behind_the_date.contains(['+', '-'])
}

/// The smaller the likelier.
fn rank(field: &SeenField) -> (usize, bool, usize) {
    let name = field.path.last().map(|name| name.to_lowercase()).unwrap_or_default();
    let known = TIME_NAMES.iter().position(|known| *known == name);
    let rank = known.unwrap_or(TIME_NAMES.len() + usize::from(!TIME_WORDS.iter().any(|word| name.contains(word))));
    let is_a_day = field.texts > 0 && field.examples.iter().all(|example| example.len() <= "\"2025-11-28\"".len());
    (rank, is_a_day, field.path.len())
}

/// Why there is no event time.
fn no_time(look: &SampleLook, records: &[SampleRecord], named: Option<&str>) -> String {
    let names = || look.fields.iter().map(SeenField::name).collect::<Vec<_>>().join(", ");
    let wrong = |field: &SeenField| {
        let format = if field.texts > 0 { TimeFormat::Iso } else { EpochUnit::Millis.format() };
        Times::at(&field.path, format, records).wrong
    };
    let told = |field: &SeenField| wrong(field).map(|wrong| format!("`{}`: {wrong}", field.name()));
    let is_named = |field: &&SeenField| named.map_or(rank(field).0 <= TIME_NAMES.len(), |name| field.name() == name);
    let told: Vec<_> = look.fields.iter().filter(is_named).filter_map(told).collect();
    match named {
        Some(name) if !look.fields.iter().any(|field| field.name() == name) => {
            format!("no record of the sample has `{name}`; they have {}", names())
        }
        _ if !told.is_empty() => format!("no field is a time: {}", told.join("; ")),
        Some(name) => format!("`{name}` is no time in most records"),
        None => format!("no field is a time in most records, of {}", names()),
    }
}

/// The type of nearly all values.
fn kind(field: &SeenField) -> Option<FieldType> {
    let is_most = |count: u64| count > 0 && count * 100 >= field.values() * TYPE_PERCENT;
    let (behind, before) = field.digits;
    if is_most(field.texts) {
        Some(FieldType::String)
    } else if is_most(field.truths) {
        Some(FieldType::Boolean)
    } else if is_most(field.integers) {
        Some(FieldType::Integer)
    } else if is_most(field.integers + field.decimals) {
        let scale = behind.min(DIGITS_MAX.saturating_sub(before));
        Some(FieldType::Decimal { scale: u8::try_from(scale).unwrap_or(0) })
    } else {
        None
    }
}

/// Whether other records have an object there.
fn is_also_an_object(field: &SeenField, look: &SampleLook) -> bool {
    look.fields.iter().any(|other| other.path.len() > field.path.len() && other.path.starts_with(&field.path))
}

fn proposed(field: &SeenField, kind: FieldType, objects: u64) -> Proposed {
    let optional = field.values() * 100 < objects * REQUIRED_PERCENT;
    let role = match kind {
        FieldType::String | FieldType::Integer if is_id(field, optional) => FieldUse::Id,
        FieldType::Decimal { .. } | FieldType::Integer if is_amount(field) => FieldUse::Sum,
        FieldType::String | FieldType::Integer | FieldType::Boolean if !optional && is_few(field) => FieldUse::Few,
        _ => FieldUse::Spare,
    };
    Proposed { field: field.clone(), kind, optional, role }
}

/// The words of the last part of a path: `orderId`, `order_id` and `order-id` are `order` and `id`.
fn words(field: &SeenField) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for character in field.path.last().into_iter().flat_map(|name| name.chars()) {
        if !character.is_alphanumeric() || (character.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        was_lower = character.is_lowercase();
        if character.is_alphanumeric() {
            words.last_mut().into_iter().for_each(|word| word.extend(character.to_lowercase()));
        }
    }
    words
}

fn is_named_id(field: &SeenField) -> bool {
    words(field).iter().any(|word| matches!(word.as_str(), "id" | "uuid" | "guid" | "key"))
}

/// Whether it is called an id, and next to no two records have the same.
fn is_id(field: &SeenField, optional: bool) -> bool {
    let distinct = field.distinct.len() as u64;
    is_named_id(field) && !optional && field.values() >= IDS_MIN && distinct * 100 >= field.values() * 95
}

fn is_amount(field: &SeenField) -> bool {
    let is_none = |word: &String| NO_AMOUNTS.contains(&word.as_str()) || matches!(word.as_str(), "lat" | "lon" | "lng");
    !is_named_id(field) && !words(field).iter().any(is_none)
}

fn is_few(field: &SeenField) -> bool {
    let values = field.distinct.len();
    GROUP_VALUES.contains(&values) && values as u64 * RECORDS_A_VALUE <= field.values()
}

/// Groups by the first texts with few values, as long as not too many groups come of it.
fn choose_groups(fields: &mut [Proposed]) {
    let (mut chosen, mut groups) = (0, 1);
    for proposed in fields.iter_mut().filter(|proposed| proposed.role == FieldUse::Few) {
        let more = groups * proposed.field.distinct.len();
        if proposed.kind == FieldType::String && chosen < GROUP_FIELDS_MAX && more <= GROUPS_MAX {
            proposed.role = FieldUse::Group;
            (chosen, groups) = (chosen + 1, more);
        }
    }
}

/// Lets no two fields of a document have one name, even for a table that does not tell capitals apart.
fn name_once(fields: &mut [Proposed]) {
    let mut taken: Vec<String> = DOCUMENT_NAMES.map(str::to_owned).to_vec();
    for proposed in fields.iter_mut().filter(|proposed| matches!(proposed.role, FieldUse::Group | FieldUse::Sum)) {
        let name = proposed.document_name().to_lowercase();
        if taken.contains(&name) {
            proposed.role = FieldUse::Spare;
        } else {
            taken.push(name);
        }
    }
}
