//! Eight bytes of a string at once.

/// Every byte of a word is 1.
const ONES: u64 = u64::from_ne_bytes([1; 8]);

/// Whether words of which `bits` are all bits that are set hold nothing but ASCII.
#[inline]
pub(super) fn all_ascii(bits: u64) -> bool {
    bits & (ONES * 0x80) == 0
}

/// Marks each byte of `word` that ends the plain part of a string: quote, backslash, or control character.
///
/// The mark is the byte's highest bit. Marks above the lowest one can be wrong (a borrow), the lowest one never is.
/// With its bit 2 turned, a quote lies right behind the control characters and changes places with none but the space
/// and `!`: one subtraction finds both. What is no ASCII is never marked.
#[inline]
pub(super) fn special(word: u64) -> u64 {
    let control_or_quote = (word ^ (ONES * 2)).wrapping_sub(ONES * (u64::from(b'"' ^ 2) + 1));
    let backslash = (word ^ (ONES * u64::from(b'\\'))).wrapping_sub(ONES);
    (control_or_quote | backslash) & !word & (ONES * 0x80)
}
