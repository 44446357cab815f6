//! Eight bytes of a string at once.

/// Every byte of a word is 1.
const ONES: u64 = u64::from_ne_bytes([1; 8]);

/// Marks each byte of `word` that ends the plain part of a string: quote, backslash, or control character.
///
/// The mark is the byte's highest bit. Marks above the lowest one can be wrong (a borrow), the lowest one never is.
#[inline]
pub(super) fn special(word: u64) -> u64 {
    let equal = |byte: u8| {
        let difference = word ^ (ONES * u64::from(byte));
        difference.wrapping_sub(ONES) & !difference
    };
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (equal(b'"') | equal(b'\\') | control) & (ONES * 0x80)
}
