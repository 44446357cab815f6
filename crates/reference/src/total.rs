//! What some events come to.

/// The total of a window and group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Total {
    /// How many events, and how many that take events back, each of which is one more.
    pub events: i64,
    /// How many events that nobody has taken back.
    pub live: i64,
    /// How many of them have an amount.
    pub present: i64,
    /// The sum of their amounts.
    pub sum: i128,
    /// The sum of the squares of their amounts, as far as that fits: of small ones it does.
    pub squares: i128,
    /// The least of them.
    pub least: Option<i128>,
    /// The greatest of them.
    pub greatest: Option<i128>,
}

impl Total {
    /// That of one event with this amount.
    #[must_use]
    pub fn of(amount: Option<i128>) -> Total {
        let present = i64::from(amount.is_some());
        let sum = amount.unwrap_or(0);
        let squares = sum.saturating_mul(sum);
        Total { events: 1, live: 1, present, sum, squares, least: amount, greatest: amount }
    }

    /// That of what takes one event with this amount back. Of the least and the greatest it has nothing to say.
    #[must_use]
    pub fn taking_back(amount: Option<i128>) -> Total {
        let Total { live, present, sum, squares, .. } = Total::of(amount);
        Total { events: 1, live: -live, present: -present, sum: -sum, squares: -squares, least: None, greatest: None }
    }

    /// The mean of the amounts with this many digits more, or fewer if it is negative, than they have: the nearest
    /// number, and of two that are as near the even one.
    #[must_use]
    pub fn mean(self, digits: i32) -> Option<i128> {
        let power = 10_i128.pow(digits.unsigned_abs());
        let (of, by) = if digits < 0 { (self.sum, power) } else { (self.sum * power, 1) };
        let by = by * i128::from(self.present);
        let below = (self.present > 0).then(|| of.div_euclid(by))?;
        let (down, up) = (of - below * by, (below + 1) * by - of);
        Some(if down < up || (down == up && below % 2 == 0) { below } else { below + 1 })
    }

    /// The variance of the amounts with this many digits more than twice as many as they have: by one less than their
    /// number if they are a `sample`. The nearest number, and of two that are as near the even one; of small amounts.
    #[must_use]
    pub fn variance(self, sample: bool, digits: u32) -> Option<i128> {
        let (above, below) = self.variance_as_quotient(sample)?;
        let (double, below) = (2 * above * 10_i128.pow(digits), 2 * below);
        let down = double / below;
        let rest = double - down * below;
        Some(if 2 * rest > below || (2 * rest == below && down % 2 == 1) { down + 1 } else { down })
    }

    /// The root of the variance with this many digits more than the amounts have, in the same way.
    #[must_use]
    pub fn deviation(self, sample: bool, digits: u32) -> Option<i128> {
        let (above, below) = self.variance_as_quotient(sample)?;
        let square = above * 10_i128.pow(2 * digits);
        // The numbers whose square is not above that, which are those up to the root.
        let down = (square / below).isqrt();
        // The root against the middle between that and the next, both squared and times four.
        let middle = (2 * down + 1) * (2 * down + 1) * below;
        Some(if 4 * square > middle || (4 * square == middle && down % 2 == 1) { down + 1 } else { down })
    }

    fn variance_as_quotient(self, sample: bool) -> Option<(i128, i128)> {
        let count = i128::from(self.present);
        let degrees = count - i128::from(sample);
        (degrees > 0).then_some((count * self.squares - self.sum * self.sum, count * degrees))
    }

    /// That of these events and others together.
    #[must_use]
    pub fn and(self, other: Total) -> Total {
        Total {
            events: self.events + other.events,
            live: self.live + other.live,
            present: self.present + other.present,
            sum: self.sum + other.sum,
            squares: self.squares.saturating_add(other.squares),
            least: [self.least, other.least].into_iter().flatten().min(),
            greatest: [self.greatest, other.greatest].into_iter().flatten().max(),
        }
    }
}
