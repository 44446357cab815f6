//! From the index of a record to the record.
//!
//! The record's own random stream says first what it is ([`Draws`]), then how far the sale lies behind its base time,
//! then the sale.

use fake::Fake;
use rand::rngs::Xoshiro256PlusPlus;

use super::{Assortment, BaseTimes, Drawn, Draws, Sale, SaleKind, Shares};

/// How far a sale that is late lies behind its base time, in microseconds: 4 to 30 minutes.
const LATE_US: std::ops::Range<i64> = 240_000_000..1_800_000_000;
/// How far a sale that is out of order lies behind its base time, in microseconds: up to 90 seconds.
const OUT_OF_ORDER_US: std::ops::RangeInclusive<i64> = 1..=90_000_000;

/// Makes records: a pure function of the seed, the shares, the assortment, the number of partitions, the index and the
/// base times.
#[derive(Clone, Debug)]
pub struct Generator {
    /// What each record is.
    draws: Draws,
    /// What is sold.
    assortment: Assortment,
}

impl Generator {
    /// A generator of the flagship's assortment for a topic of `partitions` (at least one is taken).
    #[must_use]
    pub fn new(seed: u64, shares: Shares, partitions: u64) -> Self {
        Generator { draws: Draws::new(seed, shares, partitions), assortment: Assortment::default() }
    }

    /// The same for another assortment.
    #[must_use]
    pub fn selling(self, assortment: Assortment) -> Self {
        Generator { assortment, ..self }
    }

    /// Appends the payload of record `index` to `out` and says what the record is; a null payload appends nothing.
    ///
    /// By the wall clock, `times` must know the record and the [`REACH`](crate::REACH)` - 1` before it in its
    /// partition.
    pub fn write(&self, index: u64, times: &BaseTimes, out: &mut Vec<u8>) -> SaleKind {
        let Drawn { kind, original, index, stream } = self.draws.draw(index);
        self.write_original(original, index, stream, times, out);
        kind
    }

    /// Writes a record that repeats no other.
    fn write_original(
        &self,
        kind: SaleKind,
        index: u64,
        mut rng: Xoshiro256PlusPlus,
        times: &BaseTimes,
        out: &mut Vec<u8>,
    ) {
        let behind_us = match kind {
            SaleKind::Late => LATE_US.fake_with_rng(&mut rng),
            SaleKind::OutOfOrder => OUT_OF_ORDER_US.fake_with_rng(&mut rng),
            SaleKind::OnTime | SaleKind::Duplicate | SaleKind::Garbage(_) => 0,
        };
        let sale = Sale::draw(&mut rng, times.before(index, behind_us), &self.assortment);
        match kind {
            SaleKind::Garbage(garbage) => garbage.write(&sale, &mut rng, out),
            _ => sale.write_json(out),
        }
    }
}

#[cfg(test)]
mod tests;
