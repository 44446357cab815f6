//! How many distinct values there are, nearly: *HyperLogLog* (Flajolet, Fusy, Gandouet and Meunier 2007), estimated
//! from the registers alone by Ertl's improved estimator (New cardinality estimation algorithms for HyperLogLog
//! sketches, 2017, algorithm 6), without what it corrects where registers are full: no log has 2^52 values.
//!
//! The hash of a value chooses one of 4,096 registers, which keeps the longest run of zeros that the rest of a hash
//! began with. A register is a maximum, so nothing depends on an order; what is estimated depends on the registers
//! alone, by operations that IEEE 754 rounds in one way (no logarithm), so it is the same on every machine.
//!
//! The standard error is `1.04 / sqrt(4096)`, 1.6 %: two of three estimates are that near, 99.7 % are within 4.9 %. Of
//! few values it is less, and a handful is counted exactly unless two of them share a register.

use std::collections::BTreeMap;
use std::hash::Hasher;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher24;

/// So many binary digits of a hash choose its register.
const CHOOSING: u32 = 12;
/// How many registers there are.
const MANY: usize = 1 << CHOOSING;
/// How many digits are left, so a register is at most one more.
const REST: u32 = u64::BITS - CHOOSING;
/// With so many registers that are not 0 all are kept in a row.
const FEW: usize = MANY / 16;
/// `1 / (2 ln 2)`: the limit of the constants of the estimator.
const ALPHA: f64 = 0.721_347_520_444_481_7;

/// The registers. There is one way to keep those of some values, whatever their order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Registers(Kept);

/// How they are kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Kept {
    /// Those that are not 0, fewer than [`FEW`], by their numbers.
    Few(BTreeMap<u16, u8>),
    /// All of them.
    All(Vec<u8>),
}

impl Default for Registers {
    fn default() -> Registers {
        Registers(Kept::Few(BTreeMap::new()))
    }
}

impl Registers {
    /// Takes a value in. The hash is SipHash-2-4 under a key of zeros, which is part of what a checkpoint keeps.
    pub(super) fn take(&mut self, value: &[u8]) {
        let mut hasher = SipHasher24::new();
        hasher.write(value);
        let hash = hasher.finish();
        let run = (hash << CHOOSING).leading_zeros().min(REST) + 1;
        self.raise((hash >> REST) as u16, run as u8); // 12 bits, and 53 at most
    }

    /// Takes in what others have.
    pub(super) fn merge(&mut self, other: &Registers) {
        match &other.0 {
            Kept::Few(few) => few.iter().for_each(|(place, run)| self.raise(*place, *run)),
            Kept::All(all) => {
                let others = (0..).zip(all.iter().take(MANY)).filter(|(_, run)| **run > 0);
                others.for_each(|(place, run)| self.raise(place, *run));
            }
        }
    }

    /// Raises a register to at least `run`.
    fn raise(&mut self, place: u16, run: u8) {
        match &mut self.0 {
            Kept::All(all) => {
                if let Some(register) = all.get_mut(usize::from(place)) {
                    *register = run.max(*register);
                }
            }
            Kept::Few(few) => {
                let register = few.entry(place).or_default();
                *register = run.max(*register);
                if few.len() >= FEW {
                    let mut all = vec![0; MANY];
                    few.iter().for_each(|(place, run)| all[usize::from(*place) % MANY] = *run);
                    self.0 = Kept::All(all);
                }
            }
        }
    }

    /// About how many distinct values were taken in.
    pub(super) fn estimate(&self) -> u64 {
        let many = MANY as f64;
        let of = self.multiplicities();
        let mut sum = of[1..].iter().rev().fold(0.0, |sum, count| 0.5 * (sum + f64::from(*count)));
        sum += many * sigma(f64::from(of[0]) / many);
        (ALPHA * many * many / sum).round() as u64
    }

    /// How many registers have each value.
    fn multiplicities(&self) -> [u32; REST as usize + 2] {
        let mut of = [0; REST as usize + 2];
        let mut count = |run: &u8| of[usize::from(*run).min(REST as usize + 1)] += 1;
        match &self.0 {
            Kept::All(all) => all.iter().for_each(count),
            Kept::Few(few) => {
                few.values().for_each(&mut count);
                (few.len()..MANY).for_each(|_| count(&0));
            }
        }
        of
    }
}

/// `x + sum of x^(2^k) 2^(k-1)` over all k from 1 on: what registers of 0 say. Endless if all are.
fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut power, mut sum) = (1.0, x);
    loop {
        x *= x;
        let before = sum;
        sum += x * power;
        power += power;
        if sum == before {
            return sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Registers {
        let mut registers = Registers::default();
        values.into_iter().for_each(|value| registers.take(value.to_string().as_bytes()));
        registers
    }

    /// The bound that is told to people, over 200 sets of values of each size.
    #[test]
    fn estimates_are_as_near_as_is_said() {
        for size in [1_u64, 10, 100, 300, 1_000, 10_000, 40_000] {
            let (mut squares, mut farthest) = (0.0, 0.0_f64);
            let sets: u64 = if size > 5_000 { 40 } else { 200 };
            for set in 0..sets {
                let start = set * 1_000_000;
                let error = of(start..start + size).estimate() as f64 - size as f64;
                squares += error * error;
                farthest = farthest.max(error.abs());
            }
            let deviation = (squares / sets as f64).sqrt();
            assert!(deviation < 0.5 + 0.0163 * 1.25 * size as f64, "{size}: standard error {deviation}");
            assert!(farthest < 2.5 + 0.0163 * 4.5 * size as f64, "{size}: {farthest} away");
        }
        assert_eq!(Registers::default().estimate(), 0);
        assert_eq!([of(0..1), of(0..10)].map(|registers| registers.estimate()), [1, 10]);
    }

    #[test]
    fn there_is_one_way_to_keep_some_values() {
        let (few, all) = (of(0..200), of(0..300));
        assert!(matches!((&few.0, &all.0), (Kept::Few(_), Kept::All(_))));
        let mut merged = few.clone();
        merged.merge(&of(100..300));
        assert_eq!(merged, all);
        let mut other = all.clone();
        other.merge(&few);
        assert_eq!(other, all);
    }
}
