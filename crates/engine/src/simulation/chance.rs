//! What is settled on the way.

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::rc::Rc;

use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

/// The one source of randomness of a run: whatever could go one way or another asks it.
#[derive(Clone)]
pub struct Chance(Rc<RefCell<SmallRng>>);

impl Chance {
    /// All answers of `seed`.
    pub fn of(seed: u64) -> Chance {
        Chance(Rc::new(RefCell::new(SmallRng::seed_from_u64(seed))))
    }

    /// A number of `range`.
    pub fn within(&self, range: RangeInclusive<usize>) -> usize {
        self.0.borrow_mut().random_range(range)
    }

    /// True this many times of a hundred.
    pub fn percent(&self, percent: usize) -> bool {
        self.within(0..=99) < percent
    }

    /// One of `these`, of which there is one at least.
    pub fn pick<T: Clone>(&self, these: &[T]) -> T {
        these[self.within(0..=these.len() - 1)].clone()
    }

    /// The index of one of `weights`, as often as it weighs.
    pub fn weighted(&self, weights: &[usize]) -> usize {
        let mut at = self.within(0..=weights.iter().sum::<usize>() - 1);
        let heavier = |weight: &usize| {
            let here = at < *weight;
            at -= if here { 0 } else { *weight };
            here
        };
        weights.iter().position(heavier).expect("less than the sum of all")
    }

    /// Puts `these` into any order.
    pub fn shuffle<T>(&self, these: &mut [T]) {
        these.shuffle(&mut *self.0.borrow_mut());
    }

    /// Something that is drawn elsewhere.
    pub fn draw<T>(&self, draw: impl FnOnce(&mut SmallRng) -> T) -> T {
        draw(&mut self.0.borrow_mut())
    }
}
