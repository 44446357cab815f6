//! The slow way to read a record: `serde_json` judges it whole and reads its tokens, and here they are followed along
//! the wanted paths. It is the one that decides what a record says.
//!
//! What nobody reads has to be JSON by its grammar and nothing more. It is skipped, not understood: half a surrogate
//! pair, a text that is no UTF-8, a number beyond any range and nesting of any depth do no harm there, in keys as in
//! values. Of a key that comes twice the last value counts, and those before it are read by nobody.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, Visitor};

use super::slot::{Kind, Slot};
use super::wanted::{Key, NodeId, Wanted};

/// How much of a record that is no JSON is told.
const BEGINNING_MAX: usize = 16;

/// Fills `slots`, all absent before, with what `record` has at the wanted paths, their texts copied to `text`.
///
/// # Errors
/// Why the record is not one JSON object.
pub(super) fn read(record: &[u8], wanted: &Wanted, slots: &mut [Slot], text: &mut String) -> Result<(), String> {
    text.clear();
    serde_json::from_slice::<IgnoredAny>(record).map_err(|error| no_json(record, &error))?;
    let mut tokens = Tokens { rest: record };
    match tokens.peek() {
        Some(b'{') => {
            Walk { tokens, length: record.len(), wanted, slots, text }.object(NodeId::ROOT);
            Ok(())
        }
        first => Err(format!("it is {}", noun(first))),
    }
}

/// Fills the slots of `element`, all absent before, with what the element of an array that begins at `start` of
/// `record`, which is JSON, has at the paths below it, their texts appended to `text`; returns where that ends.
pub(super) fn read_element(
    record: &[u8],
    start: usize,
    (wanted, element): (&Wanted, &Key),
    slots: &mut [Slot],
    text: &mut String,
) -> Option<usize> {
    let tokens = Tokens { rest: record.get(start..)? };
    let mut walk = Walk { tokens, length: record.len(), wanted, slots, text };
    walk.value(element)?;
    Some(walk.at())
}

/// Why a record is no JSON, with how it begins.
fn no_json(record: &[u8], error: &serde_json::Error) -> String {
    if record.is_empty() {
        return "it is empty".to_owned();
    }
    let beginning = String::from_utf8_lossy(record.get(..BEGINNING_MAX).unwrap_or(record));
    format!("{error}; it begins with `{}`", beginning.escape_debug())
}

/// What to call a value that begins with `first` and is no object.
fn noun(first: Option<u8>) -> &'static str {
    match first {
        Some(b'n') => "null",
        Some(b't' | b'f') => "a boolean",
        Some(b'"') => "a string",
        Some(b'[') => "an array",
        _ => "a number",
    }
}

/// The tokens of a text that is known to be JSON.
struct Tokens<'a> {
    /// What is left of it.
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_ascii_start();
        self.rest.first().copied()
    }

    /// Takes the next byte, behind white space, if it is `byte`.
    fn eat(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.rest = self.rest.get(usize::from(is)..).unwrap_or_default();
        is
    }

    /// Takes one value as `serde_json` reads it, and returns its bytes with it.
    fn take<T: Deserialize<'a>>(&mut self) -> Option<(T, &'a [u8])> {
        self.peek()?;
        let mut values = serde_json::Deserializer::from_slice(self.rest).into_iter::<T>();
        let value = values.next()?.ok()?;
        let (bytes, rest) = self.rest.split_at_checked(values.byte_offset())?;
        self.rest = rest;
        Some((value, bytes))
    }

    /// Takes a string.
    fn string(&mut self) -> Option<Cow<'a, [u8]>> {
        self.take::<Bytes<'a>>().map(|(bytes, _)| bytes.0)
    }

    /// Takes any value, and returns its bytes.
    fn skip(&mut self) -> Option<&'a [u8]> {
        self.take::<IgnoredAny>().map(|(_, bytes)| bytes)
    }
}

/// The content of a string, which is UTF-8 unless bytes in it are not, or half a surrogate pair is.
struct Bytes<'a>(Cow<'a, [u8]>);

impl<'de> Deserialize<'de> for Bytes<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Bytes<'de>, D::Error> {
        from.deserialize_bytes(BytesVisitor)
    }
}

/// Takes the content of a string as it comes.
struct BytesVisitor;

impl<'de> Visitor<'de> for BytesVisitor {
    type Value = Bytes<'de>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a string")
    }

    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Bytes<'de>, E> {
        Ok(Bytes(Cow::Borrowed(bytes)))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes<'de>, E> {
        Ok(Bytes(Cow::Owned(bytes.to_vec())))
    }
}

/// A walk along the wanted paths of a record.
struct Walk<'a> {
    /// Where it is.
    tokens: Tokens<'a>,
    /// How many bytes the record has.
    length: usize,
    /// What to look for.
    wanted: &'a Wanted,
    /// Where it goes.
    slots: &'a mut [Slot],
    /// Where its text goes.
    text: &'a mut String,
}

impl Walk<'_> {
    /// Reads the wanted keys of the object that begins here. The recursion is as deep as the longest path that is
    /// wanted.
    fn object(&mut self, node: NodeId) -> Option<()> {
        self.tokens.eat(b'{');
        while !self.tokens.eat(b'}') {
            let name = self.tokens.string()?;
            self.tokens.eat(b':');
            match self.wanted.keys(node).iter().find(|key| key.name.as_bytes() == &*name) {
                Some(key) => self.value(key)?,
                None => drop(self.tokens.skip()?),
            }
            self.tokens.eat(b',');
        }
        Some(())
    }

    /// Reads the wanted elements of the array that begins here.
    fn array(&mut self, node: NodeId) -> Option<()> {
        self.tokens.eat(b'[');
        for element in 0.. {
            if self.tokens.eat(b']') {
                break;
            }
            match Key::of_element(self.wanted.keys(node), element) {
                Some(key) => self.value(key)?,
                None => drop(self.tokens.skip()?),
            }
            self.tokens.eat(b',');
        }
        Some(())
    }

    /// Reads the value of a wanted key into its slot, in the place of one that came before.
    fn value(&mut self, key: &Key) -> Option<()> {
        key.node.into_iter().for_each(|node| self.forget(node));
        let first = self.tokens.peek()?;
        let start = self.at();
        let slot = match (first, key.node) {
            (b'"', _) => self.string()?,
            (b'{', Some(node)) => {
                self.object(node)?;
                Slot::composite(start, self.at())
            }
            (b'[', Some(node)) => {
                self.array(node)?;
                Slot::composite(start, self.at())
            }
            (first, _) => self.other(first)?,
        };
        self.slots.get_mut(key.slot).into_iter().for_each(|place| *place = slot);
        Some(())
    }

    /// How many bytes of the record have been read.
    fn at(&self) -> usize {
        self.length - self.tokens.rest.len()
    }

    /// Reads a string.
    fn string(&mut self) -> Option<Slot> {
        let bytes = self.tokens.string()?;
        Some(match std::str::from_utf8(&bytes) {
            Ok(text) => self.copy(Kind::String, text),
            Err(_) => self.copy(Kind::NotText, &String::from_utf8_lossy(&bytes)),
        })
    }

    /// Reads a value that begins with `first` and is neither a string nor something in which something is wanted.
    fn other(&mut self, first: u8) -> Option<Slot> {
        let start = self.at();
        let bytes = self.tokens.skip()?;
        Some(match first {
            b'n' => Slot::bare(Kind::Null),
            b't' => Slot::bare(Kind::True),
            b'f' => Slot::bare(Kind::False),
            b'{' | b'[' => Slot::composite(start, self.at()),
            _ => self.copy(Kind::Number, std::str::from_utf8(bytes).ok()?),
        })
    }

    /// Empties the slots below `node`: they are of a value that another one replaces.
    fn forget(&mut self, node: NodeId) {
        for key in self.wanted.keys(node) {
            self.slots.get_mut(key.slot).into_iter().for_each(|place| *place = Slot::ABSENT);
            key.node.into_iter().for_each(|node| self.forget(node));
        }
    }

    /// The slot of a value with text.
    fn copy(&mut self, kind: Kind, text: &str) -> Slot {
        let start = self.text.len();
        self.text.push_str(text);
        Slot { kind, start, length: text.len(), digits: None }
    }
}
