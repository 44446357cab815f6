//! The slow way to read a record: `serde_json` parses it whole. It is the one that decides what a record says.
//!
//! Of a key that comes twice the last value counts. A record nested deeper than `serde_json` follows (128) is no JSON to us.

use serde_json::{Map, Value};

use super::Reject;
use super::slot::{Kind, Slot};
use super::wanted::{NodeId, Wanted};

/// Fills `slots`, all absent before, with what `record` has at the wanted paths, their texts copied to `text`.
///
/// # Errors
/// [`Reject::NotJson`] if the record is not one JSON object.
pub(super) fn read(record: &str, wanted: &Wanted, slots: &mut [Slot], text: &mut String) -> Result<(), Reject> {
    text.clear();
    match serde_json::from_str(record) {
        Ok(Value::Object(members)) => {
            Reader { wanted, slots, text }.object(NodeId::ROOT, &members);
            Ok(())
        }
        Ok(other) => Err(Reject::NotJson(format!("it is {}", noun(&other)))),
        Err(error) => Err(Reject::NotJson(error.to_string())),
    }
}

/// What to call a value that is no object.
fn noun(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A walk along the wanted paths of a parsed record.
struct Reader<'a> {
    /// What to look for.
    wanted: &'a Wanted,
    /// Where it goes.
    slots: &'a mut [Slot],
    /// Where its text goes.
    text: &'a mut String,
}

impl Reader<'_> {
    /// Reads the wanted keys of an object. The recursion is as deep as the longest path that is wanted.
    fn object(&mut self, node: NodeId, members: &Map<String, Value>) {
        for key in self.wanted.keys(node) {
            let Some(value) = members.get(&*key.name) else { continue };
            let slot = self.slot(value);
            if let Some(place) = self.slots.get_mut(key.slot) {
                *place = slot;
            }
            if let (Some(node), Value::Object(members)) = (key.node, value) {
                self.object(node, members);
            }
        }
    }

    /// The slot of a value.
    fn slot(&mut self, value: &Value) -> Slot {
        match value {
            Value::Null => Slot::bare(Kind::Null),
            Value::Bool(true) => Slot::bare(Kind::True),
            Value::Bool(false) => Slot::bare(Kind::False),
            Value::Number(number) => self.copy(Kind::Number, number.as_str()),
            Value::String(string) => self.copy(Kind::String, string),
            Value::Array(_) | Value::Object(_) => Slot::bare(Kind::Composite),
        }
    }

    /// The slot of a value with text.
    fn copy(&mut self, kind: Kind, text: &str) -> Slot {
        let start = self.text.len();
        self.text.push_str(text);
        Slot { kind, start, end: self.text.len() }
    }
}
