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
    let (end, is_ascii) = plain_end(text);
    (end, is_ascii && others == 0)
}

/// The same of a text whose whole chunks have no such character.
#[inline]
fn plain_end(text: &[u8]) -> (usize, bool) {
    match text.last_chunk() {
        // It overlaps the one before it, where nothing is marked.
        Some(chunk) => {
            let marks = Marks::of(*chunk);
            (text.len() - CHUNK + marks.first_end().min(CHUNK), marks.others == 0)
        }
        None => plain_rest(text),
    }
}

/// The same of a text that is no chunk.
#[inline(never)]
fn plain_rest(text: &[u8]) -> (usize, bool) {
    let mut chunk = [0; CHUNK];
    // The zeros behind it are control characters: there it ends.
    chunk.iter_mut().zip(text).for_each(|(byte, own)| *byte = *own);
    let marks = Marks::of(chunk);
    (marks.first_end(), marks.others == 0)
}

/// Whether the first `length` bytes of `text` are UTF-8. Letters with accents are told here: characters of two bytes,
/// none of which lies in two chunks. All others are left to the standard library.
#[inline(never)]
pub(super) fn is_text(text: &[u8], length: usize) -> bool {
    let are_pairs = |at: usize| {
        let chunk = text.get(at..).and_then(<[u8]>::first_chunk);
        let within = u32::MAX.unbounded_shr(u32::BITS - (length - at).min(CHUNK) as u32);
        chunk.is_some_and(|chunk| are_pairs(*chunk, within))
    };
    (0..length).step_by(CHUNK).all(are_pairs) || std::str::from_utf8(text.get(..length).unwrap_or_default()).is_ok()
}

/// Whether those bytes of a chunk that are marked in `within` are ASCII, or pairs of a byte from 0xC2 to 0xDF and one
/// from 0x80 to 0xBF, which is what characters of two bytes are.
#[inline]
fn are_pairs(chunk: [u8; CHUNK], within: u32) -> bool {
    let bytes = u8x16::new(chunk);
    let up_to = |byte| bytes.simd_eq(bytes.min(u8x16::splat(byte))).to_bitmask() & within;
    let (ascii, firsts_too) = (up_to(0x7F), up_to(0xDF));
    let seconds = up_to(0xBF) & !ascii;
    let firsts = firsts_too & !up_to(0xC1);
    ascii | firsts | seconds == within && firsts << 1 == seconds
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
