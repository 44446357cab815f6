//! Sixteen bytes of a string at once.

use wide::u8x16;

/// How many bytes a chunk has.
const CHUNK: usize = 16;

/// How many bytes of `text` come before the first quote, backslash or control character, all of them if there is none;
/// and whether they are ASCII, as far as that is known: `false` may be said for the sake of bytes behind them.
#[inline(always)]
pub(super) fn plain(text: &[u8]) -> (usize, bool) {
    let (mut length, mut others) = (0, 0);
    let (chunks, _) = text.as_chunks::<CHUNK>();
    for chunk in chunks {
        let marks = Marks::of(*chunk);
        others |= marks.others;
        if marks.ends != 0 {
            return (length + marks.first_end(), others == 0);
        }
        length += CHUNK;
    }
    let (end, is_ascii) = plain_end(text, length);
    (end, is_ascii && others == 0)
}

/// The same where the first `length` bytes, which are whole chunks, have no such character.
#[inline(never)]
fn plain_end(text: &[u8], length: usize) -> (usize, bool) {
    let rest = text.get(length..).unwrap_or_default();
    let mut chunk = [0; CHUNK];
    // The zeros behind what is left are control characters: there it ends.
    chunk.iter_mut().zip(rest).for_each(|(byte, own)| *byte = *own);
    let marks = Marks::of(chunk);
    (length + marks.first_end().min(rest.len()), marks.others == 0)
}

/// What is special in a chunk, a bit a byte, the first one lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks {
    /// Which bytes end the plain part of a string: quotes, backslashes and control characters.
    pub(super) ends: u32,
    /// Which are no ASCII.
    others: u32,
}

impl Marks {
    #[inline(always)]
    pub(super) fn of(chunk: [u8; CHUNK]) -> Marks {
        let bytes = u8x16::new(chunk);
        let is = |byte| bytes.simd_eq(u8x16::splat(byte));
        let is_control = bytes.simd_eq(bytes.min(u8x16::splat(b' ' - 1)));
        Marks { ends: (is_control | is(b'"') | is(b'\\')).to_bitmask(), others: bytes.to_bitmask() }
    }

    /// The place of the first byte that ends a plain part; beyond the chunk if none does.
    #[inline]
    fn first_end(self) -> usize {
        self.ends.trailing_zeros() as usize
    }
}
