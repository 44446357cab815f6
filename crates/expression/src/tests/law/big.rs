//! Whole numbers of any size, digit by digit, as they are taught at school: slow, and too simple to be wrong in the way
//! that the engine is.

use std::cmp::Ordering;

/// A whole number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Big {
    negative: bool,
    /// Decimal, the last one first, without zeros at the end; none of zero.
    digits: Vec<u8>,
}

impl Big {
    pub(super) fn of(number: i128) -> Big {
        let text = number.unsigned_abs().to_string();
        Big::with(number < 0, text.bytes().rev().map(|digit| digit - b'0').collect())
    }

    fn with(negative: bool, mut digits: Vec<u8>) -> Big {
        while digits.last() == Some(&0) {
            digits.pop();
        }
        Big { negative: negative && !digits.is_empty(), digits }
    }

    /// The digits of a text, one behind the other.
    pub(super) fn of_digits(text: &str) -> Big {
        Big::with(false, text.bytes().rev().map(|digit| digit - b'0').collect())
    }

    pub(super) fn power(exponent: usize) -> Big {
        Big::with(false, [vec![0; exponent], vec![1]].concat())
    }

    pub(super) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    pub(super) fn is_negative(&self) -> bool {
        self.negative
    }

    pub(super) fn is_odd(&self) -> bool {
        self.digits.first().is_some_and(|digit| digit % 2 == 1)
    }

    pub(super) fn negated(&self) -> Big {
        Big::with(!self.negative, self.digits.clone())
    }

    pub(super) fn magnitude(&self) -> Big {
        Big::with(false, self.digits.clone())
    }

    /// The same number, if 127 bits and a sign hold it.
    pub(super) fn fitting(self) -> Option<Big> {
        self.to_string().parse::<i128>().ok().map(|_| self)
    }

    pub(super) fn to_i128(&self) -> Option<i128> {
        self.to_string().parse().ok()
    }

    pub(super) fn plus(&self, other: &Big) -> Big {
        if self.negative == other.negative {
            return Big::with(self.negative, added(&self.digits, &other.digits));
        }
        match compared(&self.digits, &other.digits) {
            Ordering::Less => Big::with(other.negative, subtracted(&other.digits, &self.digits)),
            _ => Big::with(self.negative, subtracted(&self.digits, &other.digits)),
        }
    }

    pub(super) fn minus(&self, other: &Big) -> Big {
        self.plus(&other.negated())
    }

    pub(super) fn times(&self, other: &Big) -> Big {
        let mut product = Vec::new();
        for (place, digit) in other.digits.iter().enumerate() {
            for _ in 0..*digit {
                product = added(&product, &[vec![0; place], self.digits.clone()].concat());
            }
        }
        Big::with(self.negative != other.negative, product)
    }

    /// The quotient, cut off, and the rest with the sign of the dividend.
    pub(super) fn divided(&self, other: &Big) -> (Big, Big) {
        let (mut quotient, mut rest) = (Vec::new(), Vec::new());
        for digit in self.digits.iter().rev() {
            rest.insert(0, *digit);
            rest = Big::with(false, rest).digits;
            let mut times = 0;
            while compared(&rest, &other.digits) != Ordering::Less {
                rest = Big::with(false, subtracted(&rest, &other.digits)).digits;
                times += 1;
            }
            quotient.insert(0, times);
        }
        (Big::with(self.negative != other.negative, quotient), Big::with(self.negative, rest))
    }

    /// The quotient, to the nearest, half-even.
    pub(super) fn rounded(&self, other: &Big) -> Big {
        let (quotient, rest) = self.divided(other);
        let twice = rest.magnitude().times(&Big::of(2));
        let up = match twice.compare(&other.magnitude()) {
            Ordering::Less => false,
            Ordering::Equal => quotient.is_odd(),
            Ordering::Greater => true,
        };
        let away = if self.negative == other.negative { Big::of(1) } else { Big::of(-1) };
        if up { quotient.plus(&away) } else { quotient }
    }

    pub(super) fn compare(&self, other: &Big) -> Ordering {
        let difference = self.minus(other);
        if difference.is_zero() {
            Ordering::Equal
        } else if difference.negative {
            Ordering::Less
        } else {
            Ordering::Greater
        }
    }
}

impl std::fmt::Display for Big {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits: String = self.digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect();
        write!(f, "{}{}", if self.negative { "-" } else { "" }, if digits.is_empty() { "0" } else { &digits })
    }
}

fn added(left: &[u8], right: &[u8]) -> Vec<u8> {
    let (mut sum, mut carry) = (Vec::new(), 0);
    for place in 0..left.len().max(right.len()) {
        let digit = left.get(place).unwrap_or(&0) + right.get(place).unwrap_or(&0) + carry;
        sum.push(digit % 10);
        carry = digit / 10;
    }
    sum.push(carry);
    sum
}

/// The difference, of which the left one is not the smaller.
fn subtracted(left: &[u8], right: &[u8]) -> Vec<u8> {
    let (mut difference, mut borrow) = (Vec::new(), 0);
    for (place, digit) in left.iter().enumerate() {
        let taken = right.get(place).unwrap_or(&0) + borrow;
        borrow = u8::from(*digit < taken);
        difference.push(digit + 10 * borrow - taken);
    }
    difference
}

/// Digits without zeros at the end.
fn compared(left: &[u8], right: &[u8]) -> Ordering {
    let strip = |digits: &[u8]| Big::with(false, digits.to_vec()).digits;
    let (left, right) = (strip(left), strip(right));
    left.len().cmp(&right.len()).then_with(|| left.iter().rev().cmp(right.iter().rev()))
}

#[test]
fn school_agrees_with_the_machine() {
    for left in [0, 1, -1, 9, 10, -99, 12_345, -1_000_000_007] {
        for right in [1, -1, 3, -7, 10, 99, 1_000_000_009] {
            let (a, b) = (Big::of(left), Big::of(right));
            assert_eq!(a.plus(&b), Big::of(left + right));
            assert_eq!(a.times(&b), Big::of(left * right));
            assert_eq!(a.divided(&b), (Big::of(left / right), Big::of(left % right)), "{left} {right}");
            assert_eq!(a.compare(&b), left.cmp(&right));
        }
    }
    let rounded = |left, right| Big::of(left).rounded(&Big::of(right)).to_i128();
    assert_eq!([(5, 2), (7, 2), (-5, 2), (-7, 2), (8, 3)].map(|(l, r)| rounded(l, r)), [2, 4, -2, -4, 3].map(Some));
}
