//! An input out of those of a corpus.

use std::ops::Range;

use rand::RngExt;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;

/// The longest input.
const MOST_BYTES: usize = 1 << 14;

/// Bytes that mean something in the texts and numbers of most formats.
const SIGNS: &[u8] =
    b"{}[]()<>:;,.|=+-*/\\\"'`$#@!?&%_~^ \t\r\n\x000123456789eETZznuU\x01\x1f\x7f\x80\xbf\xc3\xed\xf0\xff";

/// Numbers where something begins or ends.
const NUMBERS: [u64; 12] = [
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    u64::MAX,
];

/// One of `corpus` with something of it changed; now and then bytes that nobody has thought of.
pub(crate) fn mutated(corpus: &[Vec<u8>], random: &mut SmallRng) -> Vec<u8> {
    if random.random_ratio(1, 64) {
        return (0..random.random_range(0..64)).map(|_| random.random()).collect();
    }
    let mut input = corpus.choose(random).cloned().unwrap_or_default();
    loop {
        change(&mut input, corpus, random);
        input.truncate(MOST_BYTES);
        if random.random_bool(0.5) {
            return input;
        }
    }
}

/// Changes one thing.
fn change(input: &mut Vec<u8>, corpus: &[Vec<u8>], random: &mut SmallRng) {
    let piece = piece(input.len(), random);
    let at = piece.start;
    match random.random_range(0..9) {
        0 => input.get_mut(at).into_iter().for_each(|byte| *byte ^= 1 << random.random_range(0..8)),
        1 => input.get_mut(at).into_iter().for_each(|byte| *byte = random.random()),
        2 => input.get_mut(at).into_iter().for_each(|byte| *byte = sign(random)),
        3 => input.insert(at, sign(random)),
        4 => drop(input.drain(piece)),
        5 => input.splice(at..at, input[piece].to_vec()).for_each(drop),
        6 => input.truncate(at),
        7 => overwrite(input, at, random),
        _ => {
            let other = corpus.choose(random).map_or(&[][..], Vec::as_slice);
            let part = self::piece(other.len(), random);
            input.splice(piece, other[part].to_vec()).for_each(drop);
        }
    }
}

/// A piece of so many bytes, mostly a short one.
fn piece(length: usize, random: &mut SmallRng) -> Range<usize> {
    let start = random.random_range(0..=length);
    let most = (1 << random.random_range(0..8)).min(length - start);
    start..start + random.random_range(0..=most)
}

/// A byte that means something.
fn sign(random: &mut SmallRng) -> u8 {
    *SIGNS.choose(random).unwrap_or(&0)
}

/// Writes a number over what stands there, in one to eight bytes, in either order.
fn overwrite(input: &mut [u8], at: usize, random: &mut SmallRng) {
    let number = *NUMBERS.choose(random).unwrap_or(&0);
    let width = 1 << random.random_range(0..4);
    let bytes =
        if random.random() { number.to_le_bytes() } else { number.rotate_right(8 * width as u32).to_be_bytes() };
    input[at..].iter_mut().zip(&bytes[..width]).for_each(|(old, new)| *old = *new);
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn a_seed_makes_one_input_and_others_make_others() {
        let corpus = vec![b"{\"valor\": 123.45}".to_vec(), Vec::new()];
        let input = |seed| mutated(&corpus, &mut SmallRng::seed_from_u64(seed));
        let mut inputs: Vec<_> = (0..1_000).map(input).collect();
        assert_eq!(inputs, (0..1_000).map(input).collect::<Vec<_>>());
        inputs.sort();
        inputs.dedup();
        assert!(inputs.len() > 500, "{} inputs", inputs.len());
    }

    #[test]
    fn numbers_are_written_in_either_order() {
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..2_000 {
            let mut input = [9; 8];
            overwrite(&mut input, 0, &mut SmallRng::seed_from_u64(seed));
            seen.insert(input);
        }
        for written in [[0x7f, 0xff, 9, 9, 9, 9, 9, 9], [0xff, 0x7f, 9, 9, 9, 9, 9, 9], [0, 0, 0, 1, 9, 9, 9, 9]] {
            assert!(seen.contains(&written), "{written:?}");
        }
    }
}
