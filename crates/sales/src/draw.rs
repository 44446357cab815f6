//! From the index of a record to what the record is.
//!
//! Each record has a random stream of its own, seeded by the run's seed and the record's index, so it can be made at
//! any time by any thread. The stream says first what the record is, then whatever else is drawn for it. A duplicate
//! finds the record that it repeats by its index, and has it made again.

use fake::{Fake, RngExt};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use super::{Garbage, SaleKind, Shares};

/// How many records of its partition a duplicate reaches back, itself included.
pub const REACH: u64 = 64;

/// Says what each record is: a pure function of the seed, the shares, the number of partitions and the index.
#[derive(Clone, Debug)]
pub struct Draws {
    /// The seed, mixed, so that neighbouring seeds have nothing in common.
    seed: u64,
    /// How many of the records are something else than one on time.
    shares: Shares,
    /// Record `i` belongs to partition `i mod partitions`, and so a duplicate to that of the record it repeats.
    partitions: u64,
}

/// What a record is.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// As it is counted.
    pub kind: SaleKind,
    /// The same, and of a duplicate that of the record it repeats.
    pub original: SaleKind,
    /// Whose contents it has: its own index, or that of the record it repeats.
    pub index: u64,
    /// What of that one's random stream is left.
    pub stream: Xoshiro256PlusPlus,
}

impl Draws {
    /// Draws for a topic of `partitions` (at least one is taken).
    #[must_use]
    pub fn new(seed: u64, shares: Shares, partitions: u64) -> Self {
        Draws { seed: mix(seed), shares, partitions: partitions.max(1) }
    }

    /// What record `index` is. Where a duplicate has nothing within reach to repeat, it is a record on time instead.
    #[must_use]
    pub fn draw(&self, index: u64) -> Drawn {
        let mut stream = self.stream(index);
        match self.kind(index, &mut stream) {
            SaleKind::Duplicate => match self.repeated(index, &mut stream) {
                Some(earlier) => Drawn { kind: SaleKind::Duplicate, ..earlier },
                None => Drawn { kind: SaleKind::OnTime, original: SaleKind::OnTime, index, stream },
            },
            kind => Drawn { kind, original: kind, index, stream },
        }
    }

    /// The record's own random stream.
    fn stream(&self, index: u64) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(self.seed ^ mix(index.wrapping_add(1)))
    }

    /// What the record is by its draw. The first record of a partition is no duplicate: there is nothing before it.
    fn kind(&self, index: u64, stream: &mut Xoshiro256PlusPlus) -> SaleKind {
        let draw = stream.random::<f64>();
        let garbage = Garbage::draw(stream);
        match self.shares.kind_of(draw, garbage) {
            SaleKind::Duplicate if index < self.partitions => SaleKind::OnTime,
            SaleKind::Garbage(garbage) => SaleKind::Garbage(garbage.or_newer(stream)),
            kind => kind,
        }
    }

    /// The record that duplicate `index` repeats: 1 to 16 records back in its partition, or the nearest before that.
    #[must_use]
    pub fn repeated(&self, index: u64, stream: &mut Xoshiro256PlusPlus) -> Option<Drawn> {
        let round = Some(index / self.partitions).filter(|round| *round > 0)?;
        let nearest: u64 = (1..=round.min(16)).fake_with_rng(stream);
        (nearest..REACH.min(round + 1)).find_map(|back| {
            let index = index - back * self.partitions;
            let mut stream = self.stream(index);
            let kind = self.kind(index, &mut stream);
            kind.is_original_sale().then_some(Drawn { kind, original: kind, index, stream })
        })
    }
}

/// Spreads each bit of `word` over all of the result, one to one (the finaliser of SplitMix64).
fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
