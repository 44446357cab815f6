//! Where the seeds of a random test come from. `MARE_TEST_SEED` names one for every test that is run, so that what a
//! test has said when it failed has it fail again; `MARE_TEST_SEEDS` sets how many are tried where a test tries many.

use std::thread;

/// The seed that somebody asks for, if anybody does.
///
/// # Panics
/// If `MARE_TEST_SEED` is no number.
#[must_use]
pub fn asked() -> Option<u64> {
    number("MARE_TEST_SEED")
}

/// How many seeds a test tries that tries `usually` so many.
///
/// # Panics
/// If `MARE_TEST_SEEDS` is no number.
#[must_use]
pub fn count(usually: u64) -> u64 {
    number("MARE_TEST_SEEDS").unwrap_or(usually)
}

/// The seed of a test that takes one: that which is asked for, or one that nobody has had. It is printed, which is
/// shown if the test fails.
///
/// # Panics
/// As [`asked`].
#[must_use]
pub fn seed() -> u64 {
    let seed = asked().unwrap_or_else(rand::random);
    println!("{}", again(seed));
    seed
}

/// The seeds of a test that tries `usually` so many: the first ones, so that it is the same test each time; or that
/// which is asked for, alone. The one at which the test panics is printed.
///
/// # Panics
/// As [`asked`] and [`count`].
#[must_use]
pub fn seeds(usually: u64) -> Seeds {
    asked().map_or_else(|| Seeds::from(0, count(usually)), |seed| Seeds::from(seed, 1))
}

/// Seeds, one behind the other.
#[derive(Debug)]
pub struct Seeds {
    next: u64,
    left: u64,
    /// The one that is tried.
    tried: Option<u64>,
}

impl Seeds {
    /// So many, beginning with `first`.
    fn from(first: u64, count: u64) -> Seeds {
        Seeds { next: first, left: count, tried: None }
    }
}

impl Iterator for Seeds {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.tried = (self.left > 0).then_some(self.next);
        self.next = self.next.wrapping_add(1);
        self.left = self.left.saturating_sub(1);
        self.tried
    }
}

impl Drop for Seeds {
    fn drop(&mut self) {
        if let Some(seed) = self.tried.filter(|_| thread::panicking()) {
            println!("{}", again(seed));
        }
    }
}

/// What has a test take this seed again.
#[must_use]
pub fn again(seed: u64) -> String {
    format!("MARE_TEST_SEED={seed}")
}

/// The number in an environment variable.
fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_the_first_ones_and_end() {
        assert_eq!(Seeds::from(0, 3).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(Seeds::from(u64::MAX, 2).collect::<Vec<_>>(), [u64::MAX, 0]);
        assert_eq!(Seeds::from(7, 0).next(), None);
    }

    #[test]
    fn the_one_that_is_tried_is_known_while_it_is_tried() {
        let mut seeds = Seeds::from(5, 2);
        assert_eq!(seeds.tried, None);
        assert_eq!((seeds.next(), seeds.tried), (Some(5), Some(5)));
        assert_eq!((seeds.nth(1), seeds.tried), (None, None), "nothing is printed of a panic behind the last one");
        assert_eq!(again(5), "MARE_TEST_SEED=5");
    }
}
