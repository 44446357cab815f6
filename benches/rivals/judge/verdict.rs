//! What a contestant says beside what is exact.

use std::collections::BTreeMap;

use super::oracle::{Exact, Key};
use super::said::{Claim, Said};
use super::sale::cents;

/// How far off a contestant is. Nothing but zeros is exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Sales that were on time and are in no total; one that belongs to several windows is missing in each.
    pub lost: u64,
    /// Sales that are counted and should not be: late ones, or one that is counted twice.
    pub beyond: u64,
    /// Totals whose count or whose sum, rounded to cents, is another, or that are missing, or that nobody should have.
    pub wrong: u64,
    /// Totals that are right once they are rounded, and whose sum is not the exact amount nor the double nearest to it.
    pub inexact: u64,
}

impl Verdict {
    /// Compares.
    pub fn of(exact: &BTreeMap<Key, Exact>, said: &Said) -> Verdict {
        let mut verdict = Verdict::default();
        for (key, exact) in exact {
            match said.totals().get(key) {
                Some(total) => verdict.compare(exact, total),
                None => verdict.miss(exact),
            }
        }
        for (_, total) in said.totals().iter().filter(|(key, _)| !exact.contains_key(key)) {
            verdict.beyond += total.count;
            verdict.wrong += 1;
        }
        verdict
    }

    fn miss(&mut self, exact: &Exact) {
        self.lost += exact.count;
        self.wrong += 1;
    }

    fn compare(&mut self, exact: &Exact, said: &Claim) {
        self.lost += exact.count.saturating_sub(said.count);
        self.beyond += said.count.saturating_sub(exact.count);
        match Sum::of(&said.sum, exact.cents) {
            _ if said.count != exact.count => self.wrong += 1,
            Sum::Wrong => self.wrong += 1,
            Sum::Inexact => self.inexact += 1,
            Sum::Exact => {}
        }
    }
}

/// What a sum is, beside the exact one.
enum Sum {
    Exact,
    Inexact,
    Wrong,
}

impl Sum {
    fn of(text: &str, exact: i128) -> Sum {
        let nearest: f64 = format!("{exact}e-2").parse().expect("a number");
        match text.parse::<f64>() {
            _ if cents(text) == Some(exact) => Sum::Exact,
            Ok(double) if double == nearest => Sum::Exact,
            Ok(double) if (double * 100.0).round() as i128 == exact => Sum::Inexact,
            _ => Sum::Wrong,
        }
    }
}
