//! What events add to the measures of a view. Pure.

use super::Said;
use mare_model::measure::{Function, Measure};

/// What two numbers of a measure come to.
pub fn together(measure: Measure, one: Option<i128>, other: Option<i128>) -> Option<i128> {
    let (Some(left), Some(right)) = (one, other) else { return one.or(other) };
    Some(match measure.function {
        Function::Sum | Function::Count | Function::Live => left + right,
        Function::SquaresLow | Function::SquaresMiddle | Function::SquaresHigh => left + right,
        Function::Min if right < left => right,
        Function::Max if right > left => right,
        Function::Min | Function::Max => left,
    })
}

/// The square of a value, which is below 2^80, in limbs of 64 bits, the lowest first: of its halves of 40 bits, a and
/// b, it is a² 2^80 + 2ab 2^40 + b².
fn limbs(units: i128) -> [i128; 3] {
    let size = units.unsigned_abs();
    let (a, b) = (size >> 40, size & ((1 << 40) - 1));
    let low = b * b + ((2 * a * b) << 40);
    let rest = (low >> 64) + ((a * a) << 16);
    [low, rest, rest >> 64].map(|limb| i128::from(limb as u64))
}

/// What an event adds to a measure.
pub fn adds(measure: Measure, said: &[Said<'_>]) -> Option<i128> {
    match (measure.function, said.get(measure.field)) {
        (Function::Sum | Function::Min | Function::Max, Some(Said::Units(units))) => Some(*units),
        (Function::Sum, _) => Some(0),
        // The greatest of truth values says whether any is true, and the least whether all are.
        (Function::Min | Function::Max, Some(Said::Truth(truth))) => Some(i128::from(*truth)),
        (Function::Min | Function::Max, _) => None,
        (Function::SquaresLow, Some(Said::Units(units))) => Some(limbs(*units)[0]),
        (Function::SquaresMiddle, Some(Said::Units(units))) => Some(limbs(*units)[1]),
        (Function::SquaresHigh, Some(Said::Units(units))) => Some(limbs(*units)[2]),
        (Function::SquaresLow | Function::SquaresMiddle | Function::SquaresHigh, _) => Some(0),
        (Function::Live, _) => Some(1),
        (Function::Count, said) => Some(i128::from(!matches!(said, None | Some(Said::Nothing)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two ways to square that share no code, up to the largest values.
    #[test]
    fn the_limbs_of_any_square_are_those_of_the_engine() {
        use rand::{RngExt, SeedableRng};
        for seed in mare_random::seeds(4_000) {
            let mut random = rand::rngs::SmallRng::seed_from_u64(seed);
            let end = 10_i128.pow(24) - 1;
            let units = [end, -end, i64::MIN.into(), random.random_range(-end..=end) >> random.random_range(0..80)];
            for units in units {
                let theirs = [Function::SquaresLow, Function::SquaresMiddle, Function::SquaresHigh];
                assert_eq!(limbs(units), theirs.map(|limb| limb.of(true, units)), "seed {seed}: {units}");
            }
        }
    }
}
