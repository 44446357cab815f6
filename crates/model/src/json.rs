//! JSON for people and programs: numbers with all their digits, and nothing that a terminal would obey. Pure.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;
use serde_json::{Number, Serializer, Value};

use crate::plain::plain_json;

/// `value` on one line, with a blank behind each comma and colon; if it is a list, with a line for each of its
/// elements.
///
/// ```
/// use mare_model::json::{number, spaced};
/// assert_eq!(spaced(&("a\u{1b}", number("0.10"))), "[\n  \"a\\u001b\",\n  0.10\n]");
/// assert_eq!(spaced(&std::collections::BTreeMap::from([("a", vec![1, 2]), ("b", vec![])])), r#"{"a": [1, 2], "b": []}"#);
/// ```
#[must_use]
pub fn spaced(value: &impl Serialize) -> String {
    let mut written = Vec::new();
    let outcome = value.serialize(&mut Serializer::with_formatter(&mut written, Spaced::default()));
    outcome.map(|()| plain_json(&String::from_utf8_lossy(&written)).into_owned()).unwrap_or_default() // every shape of ours is JSON
}

/// A number with these digits, as they are.
#[must_use]
pub fn number(digits: &str) -> Value {
    digits.parse::<Number>().map_or(Value::Null, Value::Number)
}

/// Blanks behind commas and colons, and the lines of the outermost list.
#[derive(Default)]
struct Spaced {
    /// How many lists and objects are open.
    depth: usize,
    /// Whether the outermost one has an element on a line of its own.
    has_lines: bool,
}

impl Spaced {
    fn open(&mut self, to: &mut (impl Write + ?Sized), mark: &[u8]) -> io::Result<()> {
        self.depth += 1;
        to.write_all(mark)
    }
}

impl Formatter for Spaced {
    fn begin_array<W: Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        self.open(to, b"[")
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        let is_line = self.depth == 1;
        self.has_lines |= is_line;
        to.write_all(match (is_line, first) {
            (true, true) => b"\n  ",
            (true, false) => b",\n  ",
            (false, true) => b"",
            (false, false) => b", ",
        })
    }

    fn end_array<W: Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        self.depth -= 1;
        to.write_all(if self.depth == 0 && self.has_lines { b"\n]" } else { b"]" })
    }

    fn begin_object<W: Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        self.open(to, b"{")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        to.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b": ")
    }

    fn end_object<W: Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        self.depth -= 1;
        to.write_all(b"}")
    }
}
