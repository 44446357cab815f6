//! Whole numbers without a sign, of 512 bits: as much as the spread of values needs on its way to a number that fits.

use std::cmp::Ordering;

/// How many words a number has, the lowest first.
const WORDS: usize = 8;

/// A whole number below 2^512. Whoever computes with it knows that results are, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wide([u64; WORDS]);

impl Wide {
    /// This number.
    pub(crate) const fn of(number: u128) -> Wide {
        let mut words = [0; WORDS];
        (words[0], words[1]) = (number as u64, (number >> 64) as u64);
        Wide(words)
    }

    /// `10^exponent`, of an exponent up to 38.
    pub(crate) fn power_of_ten(exponent: u32) -> Wide {
        Wide::of(10_u128.saturating_pow(exponent))
    }

    /// The number, if 128 bits hold it.
    pub(crate) fn to_u128(self) -> Option<u128> {
        let [low, high, rest @ ..] = self.0;
        rest.iter().all(|word| *word == 0).then_some(u128::from(high) << 64 | u128::from(low))
    }

    /// The number times 2^64.
    pub(crate) fn shifted(self) -> Wide {
        let mut words = [0; WORDS];
        words[1..].copy_from_slice(&self.0[..WORDS - 1]);
        Wide(words)
    }

    /// The sum.
    pub(crate) fn plus(self, other: Wide) -> Wide {
        let (mut words, mut carry) = ([0; WORDS], 0);
        for (place, word) in words.iter_mut().enumerate() {
            let sum = u128::from(self.0[place]) + u128::from(other.0[place]) + carry;
            (*word, carry) = (sum as u64, sum >> 64);
        }
        Wide(words)
    }

    /// The difference; 0 if `other` is the larger one.
    pub(crate) fn minus(self, other: Wide) -> Wide {
        let (mut words, mut borrow) = ([0; WORDS], false);
        for (place, word) in words.iter_mut().enumerate() {
            let (difference, first) = self.0[place].overflowing_sub(other.0[place]);
            let (difference, second) = difference.overflowing_sub(borrow.into());
            (*word, borrow) = (difference, first || second);
        }
        if borrow { Wide::of(0) } else { Wide(words) }
    }

    /// The product.
    pub(crate) fn times(self, other: Wide) -> Wide {
        let mut words = [0; WORDS];
        for (place, factor) in self.0.iter().enumerate().filter(|(_, factor)| **factor != 0) {
            let mut carry = 0;
            for (word, other) in words[place..].iter_mut().zip(&other.0) {
                let product = u128::from(*factor) * u128::from(*other) + u128::from(*word) + carry;
                (*word, carry) = (product as u64, product >> 64);
            }
        }
        Wide(words)
    }

    /// How many bits it has up to its highest that is set.
    fn bits(self) -> usize {
        let highest = self.0.iter().rposition(|word| *word != 0);
        highest.map_or(0, |place| 64 * place + 64 - self.0[place].leading_zeros() as usize)
    }

    fn bit(self, place: usize) -> u64 {
        self.0[place / 64] >> (place % 64) & 1
    }

    /// The quotient, cut off, and the rest, bit by bit; of a division by 0 the quotient is 0.
    pub(crate) fn divided(self, divisor: Wide) -> (Wide, Wide) {
        let (mut quotient, mut rest) = ([0; WORDS], Wide::of(0));
        for place in (0..self.bits()).rev() {
            rest = rest.plus(rest).plus(Wide::of(self.bit(place).into()));
            if rest >= divisor && divisor != Wide::of(0) {
                rest = rest.minus(divisor);
                quotient[place / 64] |= 1 << (place % 64);
            }
        }
        (Wide(quotient), rest)
    }

    /// The largest number whose square is not above it, bit by bit.
    pub(crate) fn root(self) -> Wide {
        let mut root = Wide::of(0);
        for place in (0..self.bits().div_ceil(2)).rev() {
            let mut more = root;
            more.0[place / 64] |= 1 << (place % 64);
            if more.times(more) <= self {
                root = more;
            }
        }
        root
    }

    /// Whether it is an odd number.
    pub(crate) fn is_odd(self) -> bool {
        self.bit(0) == 1
    }
}

impl Ord for Wide {
    fn cmp(&self, other: &Wide) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

impl PartialOrd for Wide {
    fn partial_cmp(&self, other: &Wide) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    fn any(random: &mut SmallRng) -> u128 {
        random.random::<u128>() >> random.random_range(0..128)
    }

    #[test]
    fn it_computes_as_the_machine_does_where_that_can() {
        for seed in mare_random::seeds(2_000) {
            let mut random = SmallRng::seed_from_u64(seed);
            let (left, right) = (any(&mut random), any(&mut random));
            let (a, b) = (Wide::of(left), Wide::of(right));
            assert_eq!(a.plus(b).to_u128(), left.checked_add(right), "seed {seed}");
            assert_eq!(a.minus(b).to_u128(), Some(left.saturating_sub(right)), "seed {seed}");
            assert_eq!(a.times(b).to_u128(), left.checked_mul(right), "seed {seed}");
            assert_eq!(a.cmp(&b), left.cmp(&right), "seed {seed}");
            assert_eq!((a.root().to_u128(), a.is_odd()), (Some(left.isqrt()), left % 2 == 1), "seed {seed}");
            if let (Some(quotient), Some(rest)) = (left.checked_div(right), left.checked_rem(right)) {
                assert_eq!(a.divided(b), (Wide::of(quotient), Wide::of(rest)), "seed {seed}");
            }
        }
    }

    #[test]
    fn beyond_that_what_is_put_together_comes_apart_again() {
        for seed in mare_random::seeds(500) {
            let mut random = SmallRng::seed_from_u64(seed);
            let factor = any(&mut random).max(1);
            let large = Wide::of(any(&mut random)).times(Wide::of(any(&mut random))).shifted().plus(Wide::of(7));
            let (product, rest) = (large.times(Wide::of(factor)), any(&mut random) % factor);
            assert_eq!(product.plus(Wide::of(rest)).divided(Wide::of(factor)), (large, Wide::of(rest)), "seed {seed}");
            let root = Wide::of(any(&mut random)).times(Wide::of(any(&mut random)));
            let square = root.times(root);
            assert_eq!((square.root(), square.plus(root).root()), (root, root), "seed {seed}");
            assert_eq!(square.plus(root).plus(root).plus(Wide::of(1)).root(), root.plus(Wide::of(1)), "seed {seed}");
        }
        assert_eq!(Wide::of(7).divided(Wide::of(0)), (Wide::of(0), Wide::of(7)), "it ends");
        assert_eq!(Wide::power_of_ten(38).to_u128(), Some(10_u128.pow(38)));
    }
}
