//! Whole numbers of any size, digit by digit, as they are taught at school: slow, and too simple to be wrong in the way
//! that an engine is. A digit here is nine decimal ones.

use std::cmp::Ordering;

/// One more than the largest digit.
const BASE: u64 = 1_000_000_000;

/// A whole number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Big {
    negative: bool,
    /// The last one first, without zeros at the end; none of zero.
    digits: Vec<u64>,
}

impl Big {
    /// This number.
    #[must_use]
    pub fn of(number: i128) -> Big {
        let (mut digits, mut left) = (Vec::new(), number.unsigned_abs());
        while left > 0 {
            digits.push((left % u128::from(BASE)) as u64);
            left /= u128::from(BASE);
        }
        Big::with(number < 0, digits)
    }

    fn with(negative: bool, mut digits: Vec<u64>) -> Big {
        while digits.last() == Some(&0) {
            digits.pop();
        }
        Big { negative: negative && !digits.is_empty(), digits }
    }

    /// `10^exponent`
    #[must_use]
    pub fn power(exponent: usize) -> Big {
        Big::with(false, [vec![0; exponent / 9], vec![10_u64.pow((exponent % 9) as u32)]].concat())
    }

    /// The number, if 127 bits and a sign hold it.
    #[must_use]
    pub fn to_i128(&self) -> Option<i128> {
        let next = |number: i128, digit: &u64| {
            let digit = i128::from(*digit);
            number.checked_mul(BASE.into())?.checked_add(if self.negative { -digit } else { digit })
        };
        self.digits.iter().rev().try_fold(0, next)
    }

    fn magnitude(&self) -> Big {
        Big::with(false, self.digits.clone())
    }

    /// The sum.
    #[must_use]
    pub fn plus(&self, other: &Big) -> Big {
        if self.negative == other.negative {
            return Big::with(self.negative, added(&self.digits, &other.digits));
        }
        match compared(&self.digits, &other.digits) {
            Ordering::Less => Big::with(other.negative, subtracted(&other.digits, &self.digits)),
            _ => Big::with(self.negative, subtracted(&self.digits, &other.digits)),
        }
    }

    /// The difference.
    #[must_use]
    pub fn minus(&self, other: &Big) -> Big {
        self.plus(&Big::with(!other.negative, other.digits.clone()))
    }

    /// The product.
    #[must_use]
    pub fn times(&self, other: &Big) -> Big {
        let mut product = Vec::new();
        for (place, digit) in other.digits.iter().enumerate() {
            product = added(&product, &[vec![0; place], multiplied(&self.digits, *digit)].concat());
        }
        Big::with(self.negative != other.negative, product)
    }

    /// The quotient, cut off, and the rest with the sign of the dividend; of a division by 0 the quotient is 0.
    #[must_use]
    pub fn divided(&self, other: &Big) -> (Big, Big) {
        let (mut quotient, mut rest) = (Vec::new(), Vec::new());
        for digit in self.digits.iter().rev() {
            rest.insert(0, *digit);
            rest = Big::with(false, rest).digits;
            let times = often(&rest, &other.digits);
            rest = Big::with(false, subtracted(&rest, &multiplied(&other.digits, times))).digits;
            quotient.insert(0, times);
        }
        (Big::with(self.negative != other.negative, quotient), Big::with(self.negative, rest))
    }

    /// The quotient, to the nearest, half-even.
    #[must_use]
    pub fn rounded(&self, other: &Big) -> Big {
        let (quotient, rest) = self.divided(other);
        let up = match rest.magnitude().plus(&rest.magnitude()).compare(&other.magnitude()) {
            Ordering::Less => false,
            Ordering::Equal => quotient.digits.first().is_some_and(|digit| digit % 2 == 1),
            Ordering::Greater => true,
        };
        let away = if self.negative == other.negative { 1 } else { -1 };
        if up { quotient.plus(&Big::of(away)) } else { quotient }
    }

    /// How it compares.
    #[must_use]
    pub fn compare(&self, other: &Big) -> Ordering {
        let difference = self.minus(other);
        match (difference.digits.is_empty(), difference.negative) {
            (true, _) => Ordering::Equal,
            (false, true) => Ordering::Less,
            (false, false) => Ordering::Greater,
        }
    }
}

fn added(left: &[u64], right: &[u64]) -> Vec<u64> {
    let (mut sum, mut carry) = (Vec::new(), 0);
    for place in 0..left.len().max(right.len()) {
        let digit = left.get(place).unwrap_or(&0) + right.get(place).unwrap_or(&0) + carry;
        sum.push(digit % BASE);
        carry = digit / BASE;
    }
    sum.push(carry);
    sum
}

/// The difference, of which the left one is not the smaller.
fn subtracted(left: &[u64], right: &[u64]) -> Vec<u64> {
    let (mut difference, mut borrow) = (Vec::new(), 0);
    for (place, digit) in left.iter().enumerate() {
        let taken = right.get(place).unwrap_or(&0) + borrow;
        borrow = u64::from(*digit < taken);
        difference.push(digit + BASE * borrow - taken);
    }
    difference
}

/// A product with one digit.
fn multiplied(left: &[u64], digit: u64) -> Vec<u64> {
    let (mut product, mut carry) = (Vec::new(), 0);
    for own in left {
        product.push((own * digit + carry) % BASE);
        carry = (own * digit + carry) / BASE;
    }
    product.push(carry);
    product
}

/// How often `right` goes into `left`, which is less than [`BASE`] times: by trying.
fn often(left: &[u64], right: &[u64]) -> u64 {
    let (mut times, mut too_often) = (0, BASE);
    while too_often - times > 1 && !right.is_empty() {
        let middle = times.midpoint(too_often);
        match compared(&multiplied(right, middle), left) {
            Ordering::Greater => too_often = middle,
            _ => times = middle,
        }
    }
    times
}

/// How digits compare; zeros at the end change nothing.
fn compared(left: &[u64], right: &[u64]) -> Ordering {
    let digit = |digits: &[u64], place: usize| digits.get(place).copied().unwrap_or(0);
    let places = (0..left.len().max(right.len())).rev();
    places
        .map(|place| digit(left, place).cmp(&digit(right, place)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    fn any(random: &mut SmallRng) -> i128 {
        random.random::<i128>() >> random.random_range(0..127)
    }

    #[test]
    fn school_agrees_with_the_machine() {
        for seed in mare_random::seeds(4_000) {
            let mut random = SmallRng::seed_from_u64(seed);
            let (left, right) = (any(&mut random), any(&mut random));
            let (a, b) = (Big::of(left), Big::of(right));
            assert_eq!(a.plus(&b).to_i128(), left.checked_add(right), "seed {seed}");
            assert_eq!(a.minus(&b).to_i128(), left.checked_sub(right), "seed {seed}");
            assert_eq!(a.times(&b).to_i128(), left.checked_mul(right), "seed {seed}");
            assert_eq!(a.compare(&b), left.cmp(&right), "seed {seed}");
            if let (Some(quotient), Some(rest)) = (left.checked_div(right), left.checked_rem(right)) {
                assert_eq!(a.divided(&b), (Big::of(quotient), Big::of(rest)), "seed {seed}: {left} / {right}");
            }
        }
        assert_eq!(Big::power(27), Big::of(10_i128.pow(27)));
        assert_eq!(Big::of(i128::MIN).to_i128(), Some(i128::MIN));
    }

    /// What does not fit the machine leads back by what it is made of.
    #[test]
    fn a_product_and_a_rest_come_apart_again() {
        for seed in mare_random::seeds(2_000) {
            let mut random = SmallRng::seed_from_u64(seed);
            let (left, right, rest) = (any(&mut random), any(&mut random), any(&mut random));
            let (left, right) = (left.saturating_abs(), right.saturating_abs().max(1));
            let rest = rest.saturating_abs() % right;
            let (a, b, c) = (Big::of(left), Big::of(right), Big::of(rest));
            assert_eq!(a.times(&b).plus(&c).divided(&b), (a.clone(), c), "seed {seed}: {left} * {right} + {rest}");
            assert_eq!(a.times(&b).minus(&a.times(&b)), Big::of(0), "seed {seed}");
        }
    }

    #[test]
    fn quotients_are_rounded_half_even() {
        let rounded = |left, right| Big::of(left).rounded(&Big::of(right)).to_i128();
        let pairs = [(5, 2), (7, 2), (-5, 2), (-7, 2), (8, 3), (1, 2), (-1, 2), (0, 9)];
        assert_eq!(pairs.map(|(left, right)| rounded(left, right)), [2, 4, -2, -4, 3, 0, 0, 0].map(Some));
        assert_eq!(Big::of(7).divided(&Big::of(0)), (Big::of(0), Big::of(7)), "it ends");
    }
}
