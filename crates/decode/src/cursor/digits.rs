//! Eight digits of a number at once.

use crate::number::Digits;

/// How many bytes a word has.
const WORD: usize = 8;

/// Every byte of a word is 1.
const ONES: u64 = u64::from_ne_bytes([1; WORD]);

/// Every byte of a word is a `0`.
const ZEROS: u64 = ONES * b'0' as u64;

/// The powers of ten of a word's digits.
const POWERS: [u64; WORD + 1] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// The digits with which `text` begins, behind the sign of a number that is `negative`, and what follows. Nothing if
/// they are none by the grammar of JSON, or too many for a word.
#[inline(always)]
pub(super) fn of_word(text: &[u8], negative: bool) -> Option<(Digits, &[u8])> {
    let word = u64::from_le_bytes(*text.first_chunk()?);
    let others = other_than_digits(word);
    let (whole, turned) = (first_marked(others), word ^ ZEROS);
    let has_leading_zero = whole > 1 && word as u8 == b'0';
    if whole == 0 || whole == WORD || has_leading_zero {
        return None;
    }
    if text.get(whole) != Some(&b'.') {
        return Some((Digits::new(negative, value_of(turned, whole), whole, whole)?, text.get(whole..)?));
    }
    let end = first_marked(others & (others - 1));
    if end == WORD || end == whole + 1 {
        return None;
    }
    // The digits behind the point are moved to those before it.
    let before = (1 << (8 * whole)) - 1;
    let digits = turned & before | turned >> 8 & !before;
    Some((Digits::new(negative, value_of(digits, end - 1), whole, end - 1)?, text.get(end..)?))
}

/// Digits in a row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DigitRun {
    /// What they say, without what is beyond 64 bits.
    pub(super) value: u64,
    /// How many there are.
    pub(super) length: usize,
}

impl DigitRun {
    /// The same with the digits behind it that `text` begins with, one at least; and what follows.
    pub(super) fn and(mut self, mut text: &[u8]) -> Option<(DigitRun, &[u8])> {
        let before = self.length;
        loop {
            let word = first_word(text);
            let length = first_marked(other_than_digits(word));
            if length > 0 {
                self.value = self.value.wrapping_mul(*POWERS.get(length)?).wrapping_add(value_of(word ^ ZEROS, length));
                self.length += length;
                text = text.get(length..)?;
            }
            if length < WORD {
                return (self.length > before).then_some((self, text));
            }
        }
    }
}

/// The first bytes of `text` as a word, the first one lowest, with zeros behind the end.
#[inline]
fn first_word(text: &[u8]) -> u64 {
    match text.first_chunk() {
        Some(word) => u64::from_le_bytes(*word),
        None => text.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// Marks each byte of `word` that is no digit by its highest bit.
///
/// Turned by a `0`, digits are the bytes from 0 to 9. Without its highest bit no byte carries into the next when 118 is
/// added, and the sum has its highest bit if the byte was 10 or more.
#[inline]
pub(super) fn other_than_digits(word: u64) -> u64 {
    let turned = word ^ ZEROS;
    let sums = (turned & (ONES * 0x7F)) + ONES * 0x76;
    (sums | turned) & (ONES * 0x80)
}

/// Which byte of a word has the lowest mark; `WORD` if none has one.
#[inline]
fn first_marked(marks: u64) -> usize {
    marks.trailing_zeros() as usize / 8
}

/// What the first `length` digits of `turned` say, one at least, each of which is its own value.
///
/// They are moved to the high end, with zeros in front. Then neighbours are put together, the first of them ten times,
/// a hundred times and ten thousand times as much as the second: a multiplication does so for all of them at once.
#[inline]
fn value_of(turned: u64, length: usize) -> u64 {
    let digits = turned.wrapping_shl(8 * (WORD - length) as u32);
    let pairs = digits.wrapping_mul(10 << 8 | 1) >> 8 & 0x00FF_00FF_00FF_00FF;
    let fours = pairs.wrapping_mul(100 << 16 | 1) >> 16 & 0x0000_FFFF_0000_FFFF;
    fours.wrapping_mul(10_000 << 32 | 1) >> 32
}
