//! What the records of a sample have in common: which fields, of which types, how often. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Number, Value};

use super::probe;
use crate::plain::plain_json;

/// How many examples of a field are kept.
const EXAMPLES: usize = 3;
/// How many characters an example may have.
const EXAMPLE_CHARS: usize = 40;
/// The longest text that is told apart from others; a longer one is no group.
const TEXT_BYTES_MAX: usize = 1024;
/// How many digits a decimal may have, and how many of them behind the point.
pub(super) const DIGITS_MAX: usize = 24;
pub(super) const SCALE_MAX: usize = 18;

/// A record of the sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SampleRecord {
    /// Its partition.
    pub partition: i32,
    /// Its own timestamp, in milliseconds since the Unix epoch, if it has one.
    pub timestamp_ms: Option<i64>,
    /// None is a tombstone.
    pub payload: Option<Vec<u8>>,
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct SampleLook {
    /// How many records are JSON objects.
    pub objects: u64,
    /// How many are none, by reason, and what is wrong with the first of them.
    pub others: BTreeMap<&'static str, (u64, String)>,
    /// The fields, in the order in which they were first seen.
    pub fields: Vec<SeenField>,
    /// Keys that a dataflow file cannot name.
    pub unnamable: BTreeSet<String>,
    /// The places of fields by path.
    places: BTreeMap<Vec<String>, usize>,
}

/// A field that was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SeenField {
    /// Where it is, from the outermost object inwards.
    pub path: Vec<String>,
    /// How many of its values are texts, …
    pub texts: u64,
    /// … whole numbers of 64 bits, …
    pub integers: u64,
    /// … other numbers that a decimal can hold, …
    pub decimals: u64,
    /// … truth values, …
    pub truths: u64,
    /// … or none of these: arrays, objects, numbers beyond all bounds.
    pub others: u64,
    /// The most digits behind the point, and before it.
    pub digits: (usize, usize),
    /// Its values, as texts.
    pub distinct: BTreeSet<String>,
    /// The first of them, as JSON.
    pub examples: Vec<String>,
}

impl SampleLook {
    /// Looks at records.
    pub(super) fn at(records: &[SampleRecord]) -> SampleLook {
        let (mut look, mut decoder) = (SampleLook::default(), probe::any_object());
        for SampleRecord { payload, .. } in records {
            match probe::object(&mut decoder, payload.as_deref()) {
                Ok(object) => look.object(&object),
                Err((reason, words)) => look.others.entry(reason).or_insert_with(|| (0, words)).0 += 1,
            }
        }
        look
    }

    fn object(&mut self, object: &Map<String, Value>) {
        self.objects += 1;
        self.members(&mut Vec::new(), object);
    }

    /// Looks at all that is in an object at `path`.
    fn members(&mut self, path: &mut Vec<String>, object: &Map<String, Value>) {
        for (key, value) in object {
            if !is_namable(key) {
                self.unnamable.insert(key.clone());
                continue;
            }
            path.push(key.clone());
            match value {
                Value::Object(inner) if !inner.is_empty() => self.members(path, inner),
                value => self.field(path).see(value),
            }
            path.pop();
        }
    }

    fn field(&mut self, path: &[String]) -> &mut SeenField {
        let SampleLook { fields, places, .. } = self;
        let place = *places.entry(path.to_vec()).or_insert(fields.len());
        if place == fields.len() {
            fields.push(SeenField { path: path.to_vec(), ..SeenField::default() });
        }
        &mut fields[place]
    }
}

/// Whether a dataflow file can name a member of an object: as a part of a path, within `sum(…)`, and as a field of a
/// document.
fn is_namable(key: &str) -> bool {
    !key.is_empty() && !key.contains(|character: char| character.is_control() || ".()\"'\\$".contains(character))
}

impl SeenField {
    /// Its path as a dataflow file writes it.
    pub(super) fn name(&self) -> String {
        self.path.join(".")
    }

    /// How many values there are; null is none.
    pub(super) fn values(&self) -> u64 {
        self.texts + self.integers + self.decimals + self.truths + self.others
    }

    fn see(&mut self, value: &Value) {
        let text = match value {
            Value::Null => return,
            Value::String(text) => {
                self.texts += 1;
                text.clone()
            }
            Value::Bool(truth) => {
                self.truths += 1;
                truth.to_string()
            }
            Value::Number(number) => {
                self.number(number);
                number.to_string()
            }
            Value::Array(_) | Value::Object(_) => {
                self.others += 1;
                return;
            }
        };
        if text.len() <= TEXT_BYTES_MAX && self.distinct.insert(text) && self.examples.len() < EXAMPLES {
            self.examples.push(example(value));
        }
    }

    fn number(&mut self, number: &Number) {
        if number.as_i64().is_some() {
            self.integers += 1;
            return;
        }
        let found = digits(&number.to_string()).map(|(behind, before)| (behind.min(SCALE_MAX), before));
        match found.filter(|(behind, before)| behind + before <= DIGITS_MAX || *before <= DIGITS_MAX - SCALE_MAX) {
            Some((behind, before)) => {
                self.decimals += 1;
                self.digits = (self.digits.0.max(behind), self.digits.1.max(before));
            }
            None => self.others += 1,
        }
    }
}

/// How many digits a JSON number has behind its point and before it, when it is written without an exponent.
fn digits(number: &str) -> Option<(usize, usize)> {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let exponent = exponent.parse::<i32>().ok()?;
    let (before, behind) = mantissa.trim_start_matches('-').split_once('.').unwrap_or((mantissa, ""));
    let length = |digits: &str| i32::try_from(digits.trim_start_matches('-').len()).ok();
    let (before, behind) = (length(before)?.checked_add(exponent)?, length(behind)?.checked_sub(exponent)?);
    Some((usize::try_from(behind.max(0)).ok()?, usize::try_from(before.max(1)).ok()?))
}

/// A value as a comment shows it.
fn example(value: &Value) -> String {
    let json = value.to_string();
    let short: String = json.chars().take(EXAMPLE_CHARS).collect();
    let dots = if short.len() < json.len() { "…" } else { "" };
    format!("{}{dots}", plain_json(&short))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(payloads: &[&str]) -> SampleLook {
        let record = |payload: &&str| SampleRecord {
            partition: 0,
            timestamp_ms: None,
            payload: Some(payload.as_bytes().to_vec()),
        };
        SampleLook::at(&payloads.iter().map(record).collect::<Vec<_>>())
    }

    #[test]
    fn fields_are_counted_by_type_however_deep_they_are() {
        let look = look(&[
            r#"{"a": "x", "b": {"c": 1, "d": null}, "e": [1], "f": true, "g": 1.50}"#,
            r#"{"a": "x", "b": {"c": 2.125}, "e": {}, "f": null, "a.b": 1, "g": 12e-3}"#,
        ]);
        let of = |name: &str| look.fields.iter().find(|field| field.name() == name).expect("seen");
        assert_eq!((of("a").texts, of("a").distinct.len(), of("a").examples.clone()), (2, 1, vec!["\"x\"".into()]));
        assert_eq!((of("b.c").integers, of("b.c").decimals, of("b.c").digits), (1, 1, (3, 1)));
        assert_eq!((of("b.d").values(), of("e").others, of("f").truths), (0, 2, 1));
        assert_eq!(of("g").digits, (3, 1));
        assert_eq!((look.objects, look.unnamable.len()), (2, 1));
    }

    #[test]
    fn what_is_no_object_is_counted_by_reason() {
        let look = look(&["{}", "[1]", "nothing", "\"{}\"", "{}{}"]);
        let counts: Vec<_> = look.others.iter().map(|(reason, (count, _))| (*reason, *count)).collect();
        assert_eq!(counts, [("json_in_string", 1), ("not_json", 2), ("several_objects", 1)]);
        assert_eq!(look.objects, 1);
    }

    #[test]
    fn digits_are_those_of_a_number_without_an_exponent() {
        for (number, expected) in
            [("1.50", (2, 1)), ("-0.001", (3, 1)), ("1e3", (0, 4)), ("12.5e-3", (4, 1)), ("1.25e1", (1, 2))]
        {
            assert_eq!(digits(number), Some(expected), "{number}");
        }
        let huge = look(&[&format!("{{\"a\": {}.00}}", "9".repeat(45))]);
        assert_eq!(huge.fields[0].others, 1);
    }

    #[test]
    fn examples_are_short_and_obey_nobody() {
        let long = look(&[&format!(r#"{{"a": "{}\u001b\u202e"}}"#, "x".repeat(20)), r#"{"a": "\u001b[31m"}"#]);
        assert_eq!(long.fields[0].examples[1], r#""\u001b[31m""#);
        assert!(look(&[&format!("{{\"a\": \"{}\"}}", "x".repeat(99))]).fields[0].examples[0].ends_with("x…"));
    }
}
