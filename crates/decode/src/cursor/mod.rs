//! A place in a JSON text, and the steps over its tokens: the lower half of the fast path.
//!
//! Each step checks the grammar of RFC 8259 to the letter. `None` means doubt, not error: somebody slower decides.
//!
//! # Layout
//! * `skip`: over values that nobody wants
//! * `chunk`: sixteen bytes of a string at once; `digits`: eight digits of a number

mod chunk;
mod digits;
mod skip;

use self::chunk::{is_text, plain};
use self::digits::DigitRun;
use super::number::Digits;
use super::slot::Kind;

/// A place in a JSON text: what is left of it. The text need not be UTF-8: no step takes a byte that is no ASCII but as
/// part of a string.
///
/// It is taken and returned by value wherever code stands apart, so that whoever reads on has it in registers.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    /// The bytes from here on.
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    /// The beginning of `text`.
    #[inline]
    pub(super) fn new(text: &'a [u8]) -> Cursor<'a> {
        Cursor { rest: text }
    }

    /// The next byte.
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// What is left of the text.
    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The place behind `length` bytes and behind the white space that follows.
    #[inline]
    pub(super) fn behind(self, length: usize) -> Option<Self> {
        let mut behind = Cursor { rest: self.rest.get(length..)? };
        behind.space();
        Some(behind)
    }

    /// What has been taken of `text` since it was the [rest](Cursor::rest).
    pub(super) fn since(&self, text: &'a [u8]) -> &'a [u8] {
        text.get(..text.len() - self.rest.len()).unwrap_or_default()
    }

    /// Takes the next byte.
    #[inline]
    pub(super) fn next(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    /// Takes the next byte if it is `byte`.
    #[inline]
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Takes white space.
    #[inline]
    pub(super) fn space(&mut self) {
        if self.peek().is_some_and(|byte| byte <= b' ') {
            self.rest = behind_space(self.rest);
        }
    }

    /// Whether only white space is left.
    #[inline]
    pub(super) fn at_end(mut self) -> bool {
        self.space();
        self.peek().is_none()
    }

    /// Takes a string without escapes that is text, which means UTF-8, and returns its content.
    #[inline(always)]
    pub(super) fn text(&mut self) -> Option<&'a [u8]> {
        let text = self.rest.get(1..)?;
        let (content, is_ascii) = self.string()?;
        (is_ascii || is_text(text, content.len())).then_some(content)
    }

    /// Takes a string without escapes, and returns its content and whether that is known to be ASCII.
    #[inline(always)]
    fn string(&mut self) -> Option<(&'a [u8], bool)> {
        let text = self.rest.strip_prefix(b"\"")?;
        let (length, is_ascii) = plain(text);
        let (content, rest) = text.split_at_checked(length)?;
        self.rest = rest.strip_prefix(b"\"")?;
        Some((content, is_ascii))
    }

    /// Takes a key without escapes, the colon behind it and the white space behind that, and returns the key.
    pub(super) fn key(&mut self) -> Option<&'a [u8]> {
        let (key, _) = self.string()?;
        self.space();
        if !self.eat(b':') {
            return None;
        }
        self.space();
        Some(key)
    }

    /// Takes the bytes of a string up to the next quote, backslash or control character.
    #[inline]
    fn plain(&mut self) {
        let (length, _) = plain(self.rest);
        self.rest = self.rest.get(length..).unwrap_or_default();
    }

    /// The place behind a number, whose digits are written to their place if they are few. It ends before an exponent,
    /// and as that is followed by no comma or bracket then, it is left to the slow path; so is a leading 0.
    #[inline(always)]
    pub(super) fn behind_number(mut self, digits: &mut Option<Digits>) -> Option<Self> {
        let negative = self.eat(b'-');
        match digits::of_word(self.rest, negative) {
            Some((found, rest)) => {
                *digits = Some(found);
                Some(Cursor { rest })
            }
            None => self.behind_digits(negative, digits),
        }
    }

    /// The same of any number, behind its sign.
    #[inline(never)]
    fn behind_digits(mut self, negative: bool, digits: &mut Option<Digits>) -> Option<Self> {
        let is_zero = self.peek() == Some(b'0');
        let (whole, behind) = DigitRun::default().and(self.rest)?;
        if is_zero && whole.length > 1 {
            return None;
        }
        self.rest = behind;
        let mut all = whole;
        if self.eat(b'.') {
            (all, self.rest) = whole.and(self.rest)?;
        }
        *digits = Digits::new(negative, all.value, whole.length, all.length);
        Some(self)
    }

    /// Takes the word `literal`, which is a value of kind `kind`.
    pub(super) fn literal(&mut self, literal: &[u8], kind: Kind) -> Option<Kind> {
        self.rest = self.rest.strip_prefix(literal)?;
        Some(kind)
    }
}

/// `text` without the white space that it begins with. Most records have none between their values.
#[cold]
#[inline(never)]
fn behind_space(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests;
