//! How far the values of a field are from their mean: variance and standard deviation, derived from what is maintained.
//!
//! Maintained is the exact sum of the squares, in limbs of 64 bits that are added up each for itself
//! ([`Function::SquaresLow`](crate::measure::Function::SquaresLow)), beside the sum and the number of the values. With
//! n values, their sum S and the sum of their squares Q the variance is (nQ - S²) / (n(n - d)), with d = 1 of a sample
//! and 0 of a population: a quotient of whole numbers, which is rounded once, and so is its root.
//!
//! # Bounds
//! A value has less than 2^80 units, and there are less than 2^63 of them. So nQ is below 2^286 and n(n - d) below
//! 2^126; both sides of what is compared are multiplied by powers of ten, of 36 digits each at most, and no side comes
//! to the 512 bits of a [`Wide`].

use std::cmp::Ordering;

use crate::total::Total;
use crate::view::COMPUTED_END;
use crate::wide::Wide;

/// A variance or a standard deviation: a function of what is maintained, so the same for every order of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dispersion {
    /// The sum of the values, by its index in [`View::measures`](crate::view::View::measures).
    pub sum: usize,
    /// How many values there are, by its index there; without one each event has a value.
    pub count: Option<usize>,
    /// The limbs of the sum of their squares, the lowest first, by their indices there. The square of a whole number of
    /// 64 bits has no third one.
    pub squares: (usize, usize, Option<usize>),
    /// Digits behind the point of the values.
    pub of_scale: u8,
    /// Digits behind the point of the result.
    pub scale: u8,
    /// Which of them it is.
    pub kind: DispersionKind,
}

/// Which measure of spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DispersionKind {
    /// `variance`, also `var_samp`: by n - 1.
    Sample,
    /// `var_pop`: by n.
    Population,
    /// `stddev`, also `stddev_samp`: the root of the first.
    SampleDeviation,
    /// `stddev_pop`: the root of the second.
    PopulationDeviation,
}

impl DispersionKind {
    /// Its name in a dataflow file: the first of its names. Fingerprints have it, so it never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            DispersionKind::Sample => "variance",
            DispersionKind::Population => "var_pop",
            DispersionKind::SampleDeviation => "stddev",
            DispersionKind::PopulationDeviation => "stddev_pop",
        }
    }

    fn is_of_sample(self) -> bool {
        matches!(self, DispersionKind::Sample | DispersionKind::SampleDeviation)
    }

    fn is_root(self) -> bool {
        matches!(self, DispersionKind::SampleDeviation | DispersionKind::PopulationDeviation)
    }
}

impl Dispersion {
    /// The result, in units of its scale; `None` if there are too few values (none; of a sample, fewer than two), or if
    /// it has more digits than [documents hold](COMPUTED_END).
    #[must_use]
    pub fn units(self, total: &Total) -> Option<i128> {
        let measured = |index: usize| total.units(index).unwrap_or_default();
        let count = u128::try_from(self.count.map_or(total.n.into(), measured)).ok()?;
        let others = count.checked_sub(self.kind.is_of_sample().into()).filter(|others| *others > 0)?;
        let (low, middle, high) = self.squares;
        let limb = |index: usize| Wide::of(measured(index).unsigned_abs());
        let high = high.map_or(Wide::of(0), limb).shifted();
        let squares = limb(low).plus(limb(middle).plus(high).shifted());
        let sum = Wide::of(measured(self.sum).unsigned_abs());
        let above = Wide::of(count).times(squares).minus(sum.times(sum));
        let below = Wide::of(count).times(Wide::of(others));
        let units = if self.kind.is_root() { self.root(above, below) } else { self.quotient(above, below) };
        units.to_u128().and_then(|units| i128::try_from(units).ok()).filter(|units| *units < COMPUTED_END)
    }

    /// `above / below`, of squares of units, in units of the scale, rounded half-even.
    fn quotient(self, above: Wide, below: Wide) -> Wide {
        let above = above.times(Wide::power_of_ten(self.scale.into()));
        let below = below.times(Wide::power_of_ten(2 * u32::from(self.of_scale)));
        let (quotient, rest) = above.divided(below);
        rounded(quotient, rest.cmp(&below.minus(rest)))
    }

    /// The root of `above / below`, in units of the scale, rounded half-even.
    fn root(self, above: Wide, below: Wide) -> Wide {
        let above = above.times(Wide::power_of_ten(2 * u32::from(self.scale)));
        let below = below.times(Wide::power_of_ten(2 * u32::from(self.of_scale)));
        let root = above.divided(below).0.root();
        // The middle between it and the next is (2 root + 1) / 2; both sides squared, times 4 and times `below`.
        let middle = root.plus(root).plus(Wide::of(1));
        rounded(root, Wide::of(4).times(above).cmp(&middle.times(middle).times(below)))
    }
}

/// A number, or the next one: by how what is left of it compares with the middle between both.
fn rounded(number: Wide, left: Ordering) -> Wide {
    let up = left == Ordering::Greater || (left == Ordering::Equal && number.is_odd());
    if up { number.plus(Wide::of(1)) } else { number }
}
