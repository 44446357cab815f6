//! A place in a JSON text, and the steps over its tokens: the lower half of the fast path.
//!
//! Each step checks the grammar of RFC 8259 to the letter. `None` means doubt, not error: somebody slower decides.

use std::ops::Range;

/// A place in a JSON text.
pub(super) struct Cursor<'a> {
    /// The text, known to be UTF-8.
    bytes: &'a [u8],
    /// The next byte to read.
    at: usize,
}

/// How deep a skipped value may nest before the cursor leaves it to the slow path, which has a bound of its own.
const DEPTH_MAX: u32 = 32;

/// Keys that `serde_json` gives a meaning of its own; they are left to it.
const PRIVATE: &[u8] = b"$serde_json::private::";

/// Every byte of a word is 1.
const ONES: u64 = u64::from_ne_bytes([1; 8]);

impl<'a> Cursor<'a> {
    /// The beginning of `text`.
    pub(super) fn new(text: &'a str) -> Cursor<'a> {
        Cursor { bytes: text.as_bytes(), at: 0 }
    }

    /// The next byte.
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// What is left of the text.
    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Takes `length` bytes, which the caller has seen in [`Cursor::rest`], and the white space behind them.
    #[inline]
    pub(super) fn skip(&mut self, length: usize) {
        self.at += length;
        self.space();
    }

    /// Takes the next byte.
    #[inline]
    pub(super) fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Takes the next byte if it is `byte`.
    #[inline]
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    /// Takes white space.
    #[inline]
    pub(super) fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Whether only white space is left.
    pub(super) fn at_end(&mut self) -> bool {
        self.space();
        self.peek().is_none()
    }

    /// The bytes of a range that one of the steps returned.
    #[inline]
    pub(super) fn slice(&self, range: &Range<usize>) -> &'a [u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }

    /// Takes a string without escapes, and returns the range of its content.
    #[inline(always)]
    pub(super) fn string(&mut self) -> Option<Range<usize>> {
        if !self.eat(b'"') {
            return None;
        }
        let start = self.at;
        self.plain();
        self.eat(b'"').then(|| start..self.at - 1)
    }

    /// Takes a key without escapes and the colon behind it, and returns the range of the key.
    #[inline]
    pub(super) fn key(&mut self) -> Option<Range<usize>> {
        let key = self.string()?;
        if self.slice(&key).starts_with(PRIVATE) {
            return None;
        }
        self.space();
        if !self.eat(b':') {
            return None;
        }
        self.space();
        Some(key)
    }

    /// Takes the bytes of a string up to the next quote, backslash or control character.
    #[inline(always)]
    fn plain(&mut self) {
        let (words, _) = self.rest().as_chunks::<8>();
        for word in words {
            let special = special(u64::from_le_bytes(*word));
            if special != 0 {
                self.at += special.trailing_zeros() as usize / 8;
                return;
            }
            self.at += 8;
        }
        while self.peek().is_some_and(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
            self.at += 1;
        }
    }

    /// Takes a string with or without escapes.
    fn skip_string(&mut self) -> Option<()> {
        self.next()?;
        loop {
            self.plain();
            match self.next()? {
                b'"' => return Some(()),
                b'\\' => self.skip_escape()?,
                _ => return None,
            }
        }
    }

    /// Takes what follows a backslash. Surrogates, whose pairing would have to be checked, are left to the slow path.
    fn skip_escape(&mut self) -> Option<()> {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                let mut unit = 0;
                for _ in 0..4 {
                    unit = unit * 16 + char::from(self.next()?).to_digit(16)?;
                }
                (!(0xD800..0xE000).contains(&unit)).then_some(())
            }
            _ => None,
        }
    }

    /// Takes a number, and returns its range. An exponent is left to the slow path.
    #[inline]
    pub(super) fn number(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        let goes_on = matches!(self.peek(), Some(b'e' | b'E' | b'0'..=b'9'));
        (!goes_on).then_some(start..self.at)
    }

    /// Takes one digit or more.
    #[inline]
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    /// Takes the word `literal`.
    pub(super) fn literal(&mut self, literal: &[u8]) -> Option<()> {
        self.rest().starts_with(literal).then(|| self.at += literal.len())
    }

    /// Takes a value of any kind.
    #[inline]
    pub(super) fn skip_value(&mut self) -> Option<()> {
        match self.peek()? {
            b'{' | b'[' => self.skip_nested(),
            _ => self.skip_scalar(),
        }
    }

    /// Takes a string, a number or a literal.
    #[inline]
    fn skip_scalar(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.skip_string(),
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            b'n' => self.literal(b"null"),
            _ => self.number().map(|_| ()),
        }
    }

    /// Takes an object or an array with all that is in it, without recursion.
    fn skip_nested(&mut self) -> Option<()> {
        let mut open = Open::default();
        loop {
            match self.peek()? {
                bracket @ (b'{' | b'[') => {
                    self.at += 1;
                    self.space();
                    if !self.eat(bracket + 2) {
                        open.push(bracket == b'{')?;
                        self.skip_key(&open)?;
                        continue;
                    }
                }
                _ => self.skip_scalar()?,
            }
            if self.skip_closing(&mut open)? {
                return Some(());
            }
        }
    }

    /// Behind a value: takes the brackets that close here and the comma; returns whether everything is closed.
    fn skip_closing(&mut self, open: &mut Open) -> Option<bool> {
        while open.depth > 0 {
            self.space();
            match (self.next()?, open.in_object()) {
                (b',', _) => {
                    self.space();
                    self.skip_key(open)?;
                    return Some(false);
                }
                (b'}', true) | (b']', false) => open.pop(),
                _ => return None,
            }
        }
        Some(true)
    }

    /// Takes the key of the next member, in an object.
    fn skip_key(&mut self, open: &Open) -> Option<()> {
        if open.in_object() { self.key().map(|_| ()) } else { Some(()) }
    }
}

/// Marks each byte of `word` that ends the plain part of a string: quote, backslash, or control character.
///
/// The mark is the byte's highest bit. Marks above the lowest one can be wrong (a borrow), the lowest one never is.
#[inline]
fn special(word: u64) -> u64 {
    let equal = |byte: u8| {
        let difference = word ^ (ONES * u64::from(byte));
        difference.wrapping_sub(ONES) & !difference
    };
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (equal(b'"') | equal(b'\\') | control) & (ONES * 0x80)
}

/// The brackets that are open around a place: one bit each, set for an object, the innermost lowest.
#[derive(Default)]
struct Open {
    /// The bits.
    objects: u32,
    /// How many of them are in use.
    depth: u32,
}

impl Open {
    /// One bracket more, or `None` if there are too many.
    fn push(&mut self, object: bool) -> Option<()> {
        self.objects = self.objects << 1 | u32::from(object);
        self.depth += 1;
        (self.depth <= DEPTH_MAX).then_some(())
    }

    /// One bracket less.
    fn pop(&mut self) {
        self.objects >>= 1;
        self.depth -= 1;
    }

    /// Whether the innermost bracket is that of an object.
    fn in_object(&self) -> bool {
        self.objects & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_mark_is_the_first_special_byte() {
        for byte in 0..=u8::MAX {
            for place in 0..8 {
                for rest in [b'a', 0xFF, 0x80, b' ', b'!', b'#', b'[', b']'] {
                    let mut word = [rest; 8];
                    word[place] = byte;
                    let expected = (byte < 0x20 || byte == b'"' || byte == b'\\').then_some(place);
                    let marks = special(u64::from_le_bytes(word));
                    let found = (marks != 0).then(|| marks.trailing_zeros() as usize / 8);
                    assert_eq!(found, expected, "byte {byte:#x} at {place} among {rest:#x}");
                }
            }
        }
    }

    #[test]
    fn values_are_skipped_whole_or_not_at_all() {
        let skips = |text: &str| {
            let mut cursor = Cursor::new(text);
            cursor.skip_value().is_some() && cursor.at_end()
        };
        for good in [
            "0",
            "-0",
            "-12.50",
            "0.0",
            "true",
            "false",
            "null",
            r#""""#,
            r#""a\"\\\/\b\f\n\r\t\u00e7""#,
            "[]",
            "{}",
            "[ ]",
            r#"[1,[2,{"a":[{}, [] ]}],"x"]"#,
            r#"{ "a" : { "b" : [ 1 , 2 ] } , "c" : "]}" } "#,
            "\"longer than a word, ção\"",
        ] {
            assert!(skips(good), "{good}");
        }
        for bad in [
            "",
            "01",
            "-",
            "1.",
            ".5",
            "+1",
            "1e5",
            "1E5",
            "-01",
            "0123",
            "tru",
            "nul",
            "True",
            "\"",
            "\"a",
            r#""\x""#,
            r#""\u12g4""#,
            r#""\ud83d\ude00""#,
            "\"a\tb\"",
            "\"12345678\n\"",
            "[",
            "[1",
            "[1,",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{",
            "{1:2}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{"a":1 "b":2}"#,
            "[}",
            "{]",
            r#"{"a":1]"#,
            "[1}",
            r#"{"\u0061":1}"#,
            r#"{"$serde_json::private::Number":"1"}"#,
        ] {
            assert!(!skips(bad), "{bad}");
        }
    }

    #[test]
    fn nesting_is_skipped_up_to_a_bound() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(Cursor::new(&nested(DEPTH_MAX as usize)).skip_value().is_some());
        assert!(Cursor::new(&nested(1_000_000)).skip_value().is_none());
    }
}
