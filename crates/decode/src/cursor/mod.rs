//! A place in a JSON text, and the steps over its tokens: the lower half of the fast path.
//!
//! Each step checks the grammar of RFC 8259 to the letter. `None` means doubt, not error: somebody slower decides.
//!
//! # Layout
//! * `skip`: over values that nobody wants
//! * `word`: eight bytes at once

mod skip;
mod word;

use std::ops::Range;

use self::word::special;

/// A place in a JSON text.
pub(super) struct Cursor<'a> {
    /// The text, known to be UTF-8.
    bytes: &'a [u8],
    /// The next byte to read.
    at: usize,
}

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
    pub(super) fn pass(&mut self, length: usize) {
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

    /// Takes a number, and returns its range. It ends before an exponent and behind a leading 0, and as neither is
    /// followed by a comma or bracket then, both are left to the slow path.
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
        Some(start..self.at)
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
}

#[cfg(test)]
mod tests;
