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

use self::word::{all_ascii, special};

/// A place in a JSON text.
pub(super) struct Cursor<'a> {
    /// The text, which need not be UTF-8: no step takes a byte that is no ASCII but as part of a string.
    bytes: &'a [u8],
    /// The next byte to read.
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The beginning of `bytes`.
    pub(super) fn new(bytes: &'a [u8]) -> Cursor<'a> {
        Cursor { bytes, at: 0 }
    }

    /// The byte at `at` of `bytes`.
    pub(super) fn begin_at(bytes: &'a [u8], at: usize) -> Cursor<'a> {
        Cursor { bytes, at }
    }

    /// How many bytes have been read.
    pub(super) fn at(&self) -> usize {
        self.at
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
        self.string_and_bits().map(|(content, _)| content)
    }

    /// Takes a string without escapes that is text, which means UTF-8, and returns the range of its content.
    #[inline(always)]
    pub(super) fn text(&mut self) -> Option<Range<usize>> {
        let (content, bits) = self.string_and_bits()?;
        let is_text = all_ascii(bits) || std::str::from_utf8(self.slice(&content)).is_ok();
        is_text.then_some(content)
    }

    /// Takes a string without escapes, and returns the range of its content with the bits of [`Cursor::plain`].
    #[inline(always)]
    fn string_and_bits(&mut self) -> Option<(Range<usize>, u64)> {
        if !self.eat(b'"') {
            return None;
        }
        let start = self.at;
        let bits = self.plain();
        self.eat(b'"').then(|| (start..self.at - 1, bits))
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

    /// Takes the bytes of a string up to the next quote, backslash or control character, and returns a word of all bits
    /// that are set in any of them, and maybe in the seven bytes behind.
    #[inline(always)]
    fn plain(&mut self) -> u64 {
        let (mut bits, mut length) = (0, 0);
        let (words, _) = self.rest().as_chunks::<8>();
        for word in words {
            let word = u64::from_le_bytes(*word);
            let special = special(word);
            bits |= word;
            if special != 0 {
                self.at += length + special.trailing_zeros() as usize / 8;
                return bits;
            }
            length += 8;
        }
        self.at += length;
        while let Some(byte) = self.peek().filter(|byte| *byte >= b' ' && *byte != b'"' && *byte != b'\\') {
            bits |= u64::from(byte);
            self.at += 1;
        }
        bits
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
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        (digits > 0).then_some(())
    }

    /// Takes the word `literal`.
    pub(super) fn literal(&mut self, literal: &[u8]) -> Option<()> {
        self.rest().starts_with(literal).then(|| self.at += literal.len())
    }
}

#[cfg(test)]
mod tests;
