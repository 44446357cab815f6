//! JSON, read by its grammar and no further than it is asked.
//!
//! The rules: a record is one JSON object (RFC 8259), with nothing but white space around it. What is not asked for has
//! to be right by its grammar and is not understood: half a surrogate pair, bytes that are no UTF-8 in a string,
//! numbers of any size and nesting of any depth are nothing there. Of a key that comes twice the last one counts.

mod grammar;

use std::borrow::Cow;

use self::grammar::{Unread, blank};

/// A value that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonValue<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Truth(bool),
    /// A number as it is written.
    Number(Cow<'a, str>),
    /// A string; nothing if it is no text.
    Text(Option<Cow<'a, str>>),
    /// An object or an array.
    Composite,
}

/// Whether `text` is one JSON value with nothing but white space around it.
#[must_use]
pub fn is_value(text: &[u8]) -> bool {
    first(text).is_some_and(|(_, rest)| blank(rest).is_empty())
}

/// Whether `text` is a number as JSON writes one, with nothing around it.
#[must_use]
pub fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        && first(text.as_bytes()).is_some_and(|(number, _)| number.len() == text.len())
}

/// The JSON value that `text` begins with, and what follows it.
#[must_use]
pub fn first(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = blank(text);
    let mut place = Unread(text);
    place.value()?;
    text.split_at_checked(text.len() - place.0.len())
}

/// The members of a JSON object in their order.
#[derive(Clone, Debug, Default)]
pub struct JsonObject<'a>(Vec<Member<'a>>);

/// A member of an object, as it is written.
#[derive(Clone, Copy, Debug)]
struct Member<'a> {
    /// The key with its quotes.
    name: &'a [u8],
    /// Whether there are escapes in it.
    is_escaped: bool,
    value: &'a [u8],
}

impl<'a> JsonObject<'a> {
    /// The object that `text` is, with nothing but white space around it.
    #[must_use]
    pub fn of(text: &'a [u8]) -> Option<JsonObject<'a>> {
        let mut place = Unread(blank(text));
        let members = place.members()?;
        place.0.is_empty().then_some(JsonObject(members))
    }

    /// The value that `path` leads to, as it is written.
    #[must_use]
    pub fn text_at(&self, path: &[String]) -> Option<&'a [u8]> {
        let (step, path) = path.split_first()?;
        within(last(&self.0, step)?, path)
    }

    /// The same, read.
    #[must_use]
    pub fn at(&self, path: &[String]) -> Option<JsonValue<'a>> {
        self.text_at(path).map(JsonValue::of)
    }
}

/// The value of the last member that is called `key`.
fn last<'a>(members: &[Member<'a>], key: &str) -> Option<&'a [u8]> {
    members.iter().rev().find(|member| member.is_called(key.as_bytes())).map(|member| member.value)
}

impl Member<'_> {
    /// Whether its key is `key`.
    fn is_called(&self, key: &[u8]) -> bool {
        if self.is_escaped { *unescaped(self.name) == *key } else { self.name.get(1..self.name.len() - 1) == Some(key) }
    }
}

/// What the rest of a path leads to from `value`.
fn within<'a>(value: &'a [u8], path: &[String]) -> Option<&'a [u8]> {
    match (path.is_empty(), value.first()) {
        (true, _) => Some(value),
        (false, Some(b'{' | b'[')) => text_at(value, path).flatten(),
        (false, _) => None,
    }
}

/// The value that `path` leads to in `value`, which is a JSON object or array; the outer nothing if it is none. A step
/// is a key, or `[3]` for the fourth element of an array.
#[must_use]
pub fn at<'a>(value: &'a [u8], path: &[String]) -> Option<Option<JsonValue<'a>>> {
    Some(text_at(value, path)?.map(JsonValue::of))
}

/// The same as it is written.
#[must_use]
pub fn text_at<'a>(value: &'a [u8], path: &[String]) -> Option<Option<&'a [u8]>> {
    let (step, path) = path.split_first()?;
    let found =
        if value.first() == Some(&b'[') { element(value, step)? } else { last(&Unread(blank(value)).members()?, step) };
    Some(found.and_then(|value| within(value, path)))
}

/// The element of `array` that is meant by `[n]`.
fn element<'a>(array: &'a [u8], step: &str) -> Option<Option<&'a [u8]>> {
    let found = elements(array)?.into_iter().enumerate().find(|(number, _)| format!("[{number}]") == step);
    Some(found.map(|(_, value)| value))
}

/// The elements of `array`, as they are written.
#[must_use]
pub fn elements(array: &[u8]) -> Option<Vec<&[u8]>> {
    let mut place = Unread(array);
    place.eat(b'[')?;
    let mut elements = Vec::new();
    while place.eat(b']').is_none() {
        elements.push(place.taken(Unread::value)?.0);
        let _last = place.eat(b',');
    }
    Some(elements)
}

impl<'a> JsonValue<'a> {
    /// The value that is written as `text`, which is JSON.
    #[must_use]
    pub fn of(text: &'a [u8]) -> JsonValue<'a> {
        match text.first() {
            Some(b'n') => JsonValue::Null,
            Some(b't') => JsonValue::Truth(true),
            Some(b'f') => JsonValue::Truth(false),
            Some(b'"') => JsonValue::Text(match unescaped(text) {
                Cow::Borrowed(text) => std::str::from_utf8(text).ok().map(Cow::Borrowed),
                Cow::Owned(text) => String::from_utf8(text).ok().map(Cow::Owned),
            }),
            Some(b'{' | b'[') => JsonValue::Composite,
            _ => JsonValue::Number(std::str::from_utf8(text).unwrap_or_default().into()),
        }
    }
}

/// The content of the JSON string `text`, without its escapes. Half of a surrogate pair leaves bytes that are no UTF-8.
#[must_use]
pub fn unescaped(text: &[u8]) -> Cow<'_, [u8]> {
    let mut rest = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    // Each byte is looked at, without a branch, which is many at once.
    if !rest.iter().fold(false, |is_escaped, byte| is_escaped | (*byte == b'\\')) {
        return rest.into();
    }
    let mut content = Vec::new();
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        if *byte != b'\\' {
            content.push(*byte);
            continue;
        }
        let Some((escape, behind)) = rest.split_first() else { break };
        rest = behind;
        match escape {
            b'b' => content.push(8),
            b'f' => content.push(12),
            b'n' => content.push(b'\n'),
            b'r' => content.push(b'\r'),
            b't' => content.push(b'\t'),
            b'u' => rest = unicode(rest, &mut content),
            other => content.push(*other),
        }
    }
    content.into()
}

/// Appends the character whose four digits stand at the beginning of `text`, or the pair of surrogates; returns what
/// follows.
fn unicode<'a>(text: &'a [u8], content: &mut Vec<u8>) -> &'a [u8] {
    let unit =
        |text: &[u8]| text.get(..4).and_then(|four| u16::from_str_radix(std::str::from_utf8(four).ok()?, 16).ok());
    let rest = text.get(4..).unwrap_or_default();
    let high = unit(text).unwrap_or_default();
    let low = rest.strip_prefix(b"\\u").and_then(unit);
    let whole = |units: &[u16]| String::from_utf16(units).ok();
    if let Some(character) = whole(&[high]) {
        content.extend(character.bytes());
        return rest;
    }
    if let Some(pair) = low.and_then(|low| whole(&[high, low])).filter(|pair| pair.chars().count() == 1) {
        content.extend(pair.bytes());
        return rest.get(6..).unwrap_or_default();
    }
    content.push(0xFF); // in no UTF-8
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<'a>(object: &'a str, path: &str) -> Option<JsonValue<'a>> {
        super::at(object.as_bytes(), &path.split('.').map(str::to_owned).collect::<Vec<_>>()).flatten()
    }

    #[test]
    fn what_is_json_by_its_grammar_is_a_value() {
        for text in [
            "0",
            "-0.5e+9",
            "1e999",
            " [ ] ",
            "{}",
            r#"{"a":[1,{"b":null}],"c":"\ud83d\"\\"}"#,
            "[[[[true,false]]]]",
            "\"\u{7f}\"",
        ] {
            assert!(is_value(text.as_bytes()), "{text}");
        }
        assert!(is_value(&[b"{\"a\":\"\xFF\"}".to_vec(), b" \r\n\t".to_vec()].concat()));
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert!(is_value(deep.as_bytes()) && !is_value(&deep.as_bytes()[1..]));
        for text in [
            "",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "nul",
            "nulls",
            "[1,]",
            "[,]",
            "[1 2]",
            "{1:2}",
            r#"{"a"}"#,
            r#"{"a":1,}"#,
            "[1}",
            "{} {}",
            "\"\t\"",
            r#""\x""#,
            r#""\u12g4""#,
            "\"a",
        ] {
            assert!(!is_value(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn values_are_found_by_their_paths() {
        let record =
            r#" {"a":1,"b":{"c":[2],"d":"x","d":"y"},"a":2.50,"\u0065":true,"f":null,"g":{},"g":"\ud83d\ude00"} "#;
        let text = |text: &'static str| Some(JsonValue::Text(Some(text.into())));
        assert_eq!(at(record, "a"), Some(JsonValue::Number("2.50".into())));
        assert_eq!((at(record, "b.c"), at(record, "b.d")), (Some(JsonValue::Composite), text("y")));
        assert_eq!((at(record, "e"), at(record, "f")), (Some(JsonValue::Truth(true)), Some(JsonValue::Null)));
        assert_eq!(
            (at(record, "g"), at(record, "g.h"), at(record, "b.c.d"), at(record, "z")),
            (text("😀"), None, None, None)
        );
        for none in [r#"{"a":"\ud83d"}"#, r#"{"a":"\ude00\ud83d"}"#, r#"{"a":"\ud83d\u0041"}"#] {
            assert_eq!(at(none, "a"), Some(JsonValue::Text(None)), "{none}");
        }
    }
}
