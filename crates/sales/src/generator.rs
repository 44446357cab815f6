//! From the index of a record to the record.
//!
//! Each record has a random stream of its own, seeded by the run's seed and the record's index, so it can be made at
//! any time by any thread. The stream says first what the record is, then the sale, then how far the sale lies behind
//! its base time. A duplicate finds the sale that it repeats by its index and makes it again.

use fake::{Fake, RngExt};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use super::{Assortment, BaseTimes, Garbage, Sale, SaleKind, Shares};

/// How many records of its partition a duplicate reaches back, itself included.
pub const REACH: u64 = 64;
/// How far a sale that is late lies behind its base time, in microseconds: 4 to 30 minutes.
const LATE_US: std::ops::Range<i64> = 240_000_000..1_800_000_000;
/// How far a sale that is out of order lies behind its base time, in microseconds: up to 90 seconds.
const OUT_OF_ORDER_US: std::ops::RangeInclusive<i64> = 1..=90_000_000;

/// Makes records: a pure function of the seed, the shares, the assortment, the number of partitions, the index and the
/// base times.
#[derive(Clone, Debug)]
pub struct Generator {
    /// The seed, mixed, so that neighbouring seeds have nothing in common.
    seed: u64,
    /// How many of the records are something else than a sale on time.
    shares: Shares,
    /// Record `i` belongs to partition `i mod partitions`, and so a duplicate to that of the sale it repeats.
    partitions: u64,
    /// What is sold.
    assortment: Assortment,
}

impl Generator {
    /// A generator of the flagship's assortment for a topic of `partitions` (at least one is taken).
    #[must_use]
    pub fn new(seed: u64, shares: Shares, partitions: u64) -> Self {
        Generator { seed: mix(seed), shares, partitions: partitions.max(1), assortment: Assortment::default() }
    }

    /// The same for another assortment.
    #[must_use]
    pub fn selling(self, assortment: Assortment) -> Self {
        Generator { assortment, ..self }
    }

    /// The partition of record `index`.
    #[must_use]
    pub fn partition(&self, index: u64) -> u64 {
        index % self.partitions
    }

    /// Appends the payload of record `index` to `out` and says what the record is; a null payload appends nothing.
    ///
    /// By the wall clock, `times` must know the record and the [`REACH`]` - 1` before it in its partition.
    pub fn write(&self, index: u64, times: &BaseTimes, out: &mut Vec<u8>) -> SaleKind {
        let mut rng = self.stream(index);
        match self.draw_kind(index, &mut rng) {
            SaleKind::Duplicate => self.write_duplicate(index, &mut rng, times, out),
            kind => {
                self.write_original(kind, index, &mut rng, times, out);
                kind
            }
        }
    }

    /// The record's own random stream.
    fn stream(&self, index: u64) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(self.seed ^ mix(index.wrapping_add(1)))
    }

    /// What the record is by its draw. The first record of a partition is no duplicate: there is nothing before it.
    fn draw_kind(&self, index: u64, rng: &mut Xoshiro256PlusPlus) -> SaleKind {
        let draw = rng.random::<f64>();
        let garbage = Garbage::draw(rng);
        match self.shares.kind_of(draw, garbage) {
            SaleKind::Duplicate if index < self.partitions => SaleKind::OnTime,
            SaleKind::Garbage(garbage) => SaleKind::Garbage(garbage.or_newer(rng)),
            kind => kind,
        }
    }

    /// Repeats an earlier sale; where there is none within reach, the record is a sale on time instead.
    fn write_duplicate(
        &self,
        index: u64,
        rng: &mut Xoshiro256PlusPlus,
        times: &BaseTimes,
        out: &mut Vec<u8>,
    ) -> SaleKind {
        match self.repeated(index, rng) {
            Some((earlier, kind, mut stream)) => {
                self.write_original(kind, earlier, &mut stream, times, out);
                SaleKind::Duplicate
            }
            None => {
                self.write_original(SaleKind::OnTime, index, rng, times, out);
                SaleKind::OnTime
            }
        }
    }

    /// The sale that duplicate `index` repeats: 1 to 16 records back in its partition, or the nearest sale before that.
    fn repeated(&self, index: u64, rng: &mut Xoshiro256PlusPlus) -> Option<(u64, SaleKind, Xoshiro256PlusPlus)> {
        let round = index / self.partitions;
        let nearest: u64 = (1..=round.min(16)).fake_with_rng(rng);
        (nearest..REACH.min(round + 1)).find_map(|back| {
            let earlier = index - back * self.partitions;
            let mut stream = self.stream(earlier);
            let kind = self.draw_kind(earlier, &mut stream);
            kind.is_original_sale().then_some((earlier, kind, stream))
        })
    }

    /// Writes a record that repeats no other.
    fn write_original(
        &self,
        kind: SaleKind,
        index: u64,
        rng: &mut Xoshiro256PlusPlus,
        times: &BaseTimes,
        out: &mut Vec<u8>,
    ) {
        let behind_us = match kind {
            SaleKind::Late => LATE_US.fake_with_rng(rng),
            SaleKind::OutOfOrder => OUT_OF_ORDER_US.fake_with_rng(rng),
            SaleKind::OnTime | SaleKind::Duplicate | SaleKind::Garbage(_) => 0,
        };
        let sale = Sale::draw(rng, times.before(index, behind_us), &self.assortment);
        match kind {
            SaleKind::Garbage(garbage) => garbage.write(&sale, rng, out),
            _ => sale.write_json(out),
        }
    }
}

/// Spreads each bit of `word` over all of the result, one to one (the finaliser of SplitMix64).
fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests;
