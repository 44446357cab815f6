//! What is said of the values of a field beside sums: of all that matter of them, kept as they are.
//!
//! The rules: the first and the last are by event time, then by partition and offset, and of one record by the order
//! of its events. A quantile is the least value
//! that at least its share of all values are not above, rounded to eight binary digits: of all numbers of its length
//! that begin with the same eight, the middle one, and of two in the middle the smaller. The number of distinct values
//! is exact, or it is what HyperLogLog of 4,096 registers estimates of SipHash-2-4 under a key of zeros of their texts,
//! by Ertl's improved estimator (2017, algorithm 6), without what it corrects where registers are full. A ranking is of
//! values by the sum of another field or by their number, the greatest first, and of equal ones the lesser text.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;

use siphasher::sip::SipHasher24;

use super::event::{Said, text};
use super::topic::RawRecord;
use mare_model::summary::{Summarize, SummaryFunction};

/// How many registers HyperLogLog has.
const REGISTERS: usize = 4_096;

/// The values of a field that matter to a summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptValues {
    /// The value of the first event, and what it is first by.
    First(Option<((i64, i32, i64), Said<'static>)>),
    /// The value of the last event.
    Last(Option<((i64, i32, i64), Said<'static>)>),
    /// The least text.
    Least(Option<String>),
    /// The greatest text.
    Greatest(Option<String>),
    /// All distinct ones, as texts.
    Distinct(BTreeSet<String>),
    /// How often there is each.
    Numbers(BTreeMap<i128, u64>),
    /// What each comes to, as texts.
    Weighed(BTreeMap<String, i128>),
}

impl KeptValues {
    /// None yet, for a summary.
    pub fn none(of: Summarize) -> KeptValues {
        match of.function {
            SummaryFunction::First => KeptValues::First(None),
            SummaryFunction::Last => KeptValues::Last(None),
            SummaryFunction::Distinct | SummaryFunction::ApproxDistinct => KeptValues::Distinct(BTreeSet::new()),
            SummaryFunction::Quantiles => KeptValues::Numbers(BTreeMap::new()),
            SummaryFunction::LeastText => KeptValues::Least(None),
            SummaryFunction::GreatestText => KeptValues::Greatest(None),
            SummaryFunction::Top => KeptValues::Weighed(BTreeMap::new()),
        }
    }

    /// Takes what a field of an event of this time says in; `weight` is what another field says, if values are ranked
    /// by one.
    pub fn add(&mut self, said: &Said<'_>, weight: Option<&Said<'_>>, time_ms: i64, record: &RawRecord<'_>) {
        let at = (time_ms, record.partition, record.offset);
        if *said == Said::Nothing {
            return;
        }
        match self {
            KeptValues::First(first) if first.as_ref().is_none_or(|(before, _)| at < *before) => {
                *first = Some((at, said.clone().into_owned()));
            }
            KeptValues::Last(last) if last.as_ref().is_none_or(|(before, _)| at >= *before) => {
                *last = Some((at, said.clone().into_owned()));
            }
            KeptValues::First(_) | KeptValues::Last(_) => {}
            KeptValues::Least(least) => *least = least.take().into_iter().chain([text(said).into_owned()]).min(),
            KeptValues::Greatest(greatest) => {
                *greatest = greatest.take().into_iter().chain([text(said).into_owned()]).max()
            }
            KeptValues::Distinct(values) => {
                values.insert(text(said).into_owned());
            }
            KeptValues::Numbers(numbers) => *numbers.entry(number(said).unwrap_or(0)).or_default() += 1,
            KeptValues::Weighed(values) => {
                *values.entry(text(said).into_owned()).or_default() +=
                    weight.map_or(1, |weight| number(weight).unwrap_or(0));
            }
        }
    }

    /// Takes the values of other events in.
    pub fn join(&mut self, others: KeptValues) {
        match (self, others) {
            (KeptValues::First(first), KeptValues::First(Some(other)))
                if first.as_ref().is_none_or(|(before, _)| other.0 < *before) =>
            {
                *first = Some(other);
            }
            (KeptValues::Last(last), KeptValues::Last(Some(other)))
                if last.as_ref().is_none_or(|(before, _)| other.0 > *before) =>
            {
                *last = Some(other);
            }
            (KeptValues::Least(least), KeptValues::Least(other)) => {
                *least = least.take().into_iter().chain(other).min()
            }
            (KeptValues::Greatest(greatest), KeptValues::Greatest(other)) => {
                *greatest = greatest.take().into_iter().chain(other).max();
            }
            (KeptValues::Distinct(values), KeptValues::Distinct(others)) => values.extend(others),
            (KeptValues::Numbers(numbers), KeptValues::Numbers(others)) => {
                others.into_iter().for_each(|(number, count)| *numbers.entry(number).or_default() += count);
            }
            (KeptValues::Weighed(values), KeptValues::Weighed(others)) => {
                others.into_iter().for_each(|(value, units)| *values.entry(value).or_default() += units);
            }
            _ => {} // it was neither before the first nor behind the last
        }
    }

    /// The text that they come to.
    pub fn text(&self) -> Option<String> {
        match self {
            KeptValues::First(Some((_, Said::Text(text)))) | KeptValues::Last(Some((_, Said::Text(text)))) => {
                Some(text.clone().into_owned())
            }
            KeptValues::Least(text) | KeptValues::Greatest(text) => text.clone(),
            _ => None,
        }
    }

    /// The `k` values that come to most: one behind the other the greatest of those that are left, and of several the
    /// least text.
    pub fn greatest(&self, k: usize) -> Vec<(String, i128)> {
        let KeptValues::Weighed(values) = self else { return Vec::new() };
        let (mut left, mut ranked) = (values.clone(), Vec::new());
        while ranked.len() < k
            && let Some(most) = left.values().max().copied()
            && let Some(value) = left.iter().find(|(_, units)| **units == most).map(|(value, _)| value.clone())
        {
            left.remove(&value);
            ranked.push((value, most));
        }
        ranked
    }

    /// What they come to; of quantiles that of so many millionths.
    pub fn number(&self, of: Summarize, millionths: u32) -> Option<i128> {
        match self {
            KeptValues::First(value) | KeptValues::Last(value) => value.as_ref().and_then(|(_, said)| number(said)),
            KeptValues::Least(_) | KeptValues::Greatest(_) | KeptValues::Weighed(_) => None,
            KeptValues::Distinct(values) if of.function == SummaryFunction::ApproxDistinct => Some(estimate(values)),
            KeptValues::Distinct(values) => i128::try_from(values.len()).ok(),
            KeptValues::Numbers(numbers) => {
                let all: u64 = numbers.values().sum();
                let mut through = 0;
                let enough = |(_, count): &(&i128, &u64)| {
                    through += **count;
                    u128::from(through) * 1_000_000 >= u128::from(all) * u128::from(millionths)
                };
                numbers.iter().find(enough).map(|(units, _)| rounded(*units))
            }
        }
    }
}

/// A number, or a truth value as one.
fn number(said: &Said<'_>) -> Option<i128> {
    match said {
        Said::Units(units) => Some(*units),
        Said::Truth(truth) => Some(i128::from(*truth)),
        Said::Text(_) | Said::Nothing => None,
    }
}

/// A number in eight binary digits.
fn rounded(units: i128) -> i128 {
    let length = 128 - units.unsigned_abs().leading_zeros();
    if length <= 8 {
        return units;
    }
    let width = 1_i128 << (length - 8);
    let lowest = units.abs() / width * width;
    (lowest + (width - 1) / 2) * units.signum()
}

/// What is estimated of distinct values.
fn estimate(values: &BTreeSet<String>) -> i128 {
    let mut registers = [0_u32; REGISTERS];
    for value in values {
        let mut hasher = SipHasher24::new();
        hasher.write(value.as_bytes());
        let hash = hasher.finish();
        // The highest 12 binary digits say which; of the 52 behind them, one more than the zeros at their beginning.
        let (place, rest) = ((hash / (1 << 52)) as usize, hash % (1 << 52));
        registers[place] = registers[place].max(rest.leading_zeros() - 12 + 1);
    }
    let count = |run: u32| registers.iter().filter(|register| **register == run).count() as f64;
    let m = REGISTERS as f64;
    if count(0) == m {
        return 0;
    }
    let zeros = endless(|k, power| (count(0) / m).powi(1 << k.min(30)) * power);
    let runs: f64 = (1..=53_i32).rev().map(|run| count(run.unsigned_abs()) * 0.5_f64.powi(run)).sum();
    let sum = m * (count(0) / m + zeros) + runs;
    (m * m / (2.0 * std::f64::consts::LN_2) / sum).round() as i128
}

/// The sum of terms for 1, 2, 3, … until they change nothing; each is told `2^(k - 1)` too.
fn endless(mut term: impl FnMut(i32, f64) -> f64) -> f64 {
    let (mut sum, mut power) = (0.0, 1.0);
    for k in 1.. {
        let before = sum;
        sum += term(k, power);
        power *= 2.0;
        if sum == before {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    use super::*;
    use mare_model::datum::Datum;
    use mare_model::header::Headers;
    use mare_model::position::{Offset, Partition};
    use mare_model::summary::sighting::Witness;
    use mare_model::summary::{Quantile, Summary};
    use mare_model::time::EventTime;

    fn record(partition: i32, offset: i64) -> RawRecord<'static> {
        RawRecord { partition, offset, timestamp_ms: None, key: None, payload: None, headers: Headers::NONE }
    }

    /// The engine's own code against this.
    #[test]
    fn random_values_come_to_what_the_engine_says() {
        for seed in mare_random::seeds(300) {
            let mut random = SmallRng::seed_from_u64(seed);
            let function = SummaryFunction::ALL[random.random_range(0..SummaryFunction::ALL.len())];
            let of = Summarize { function, field: 0, by: (seed % 2 == 0).then_some(1) };
            let (mut values, mut summary): (_, Summary) = (KeptValues::none(of), function.identity());
            let mut others = KeptValues::none(of); // what is kept of some of them apart, as of two sessions that meet
            let many = [30, 400, 20_000][random.random_range(0..3)];
            for offset in 0..random.random_range(0..many) {
                let units = random.random_range(-(1_i128 << 70)..1 << 70) >> random.random_range(0..70);
                let (time_ms, partition) = (random.random_range(0..9), random.random_range(0..3));
                let witness =
                    Witness { time: EventTime(time_ms), partition: Partition(partition), offset: Offset(offset) };
                let digits = units.to_string();
                let of_texts =
                    ["min", "max"].contains(&function.name()) || seed % 3 == 0 && function.name() != "quantile";
                let (said, datum) = match random.random_range(0..8) {
                    0 => (Said::Nothing, Datum::Absent),
                    _ if of_texts => (Said::Text(digits.as_str().into()), Datum::Text(&digits)),
                    _ => (Said::Units(units), Datum::Exact(units)),
                };
                // What ranks a value is another number, which an event need not have.
                let weighs = function == SummaryFunction::Top && of.by.is_some();
                let (weight, other) = match random.random_range(-9_i128..9) {
                    0 => (Said::Nothing, Datum::Absent),
                    units => (Said::Units(units), Datum::Exact(units)),
                };
                let kept = if offset % 3 == 0 { &mut others } else { &mut values };
                kept.add(&said, weighs.then_some(&weight), time_ms, &record(partition, offset));
                match weighs {
                    true => summary.rank(datum, other),
                    false => summary.take(datum, witness),
                };
            }
            values.join(others);
            // Shares of which a rank is a whole number, too.
            let millionths = [0, 250_000, 500_000, 1_000_000, random.random_range(0..=1_000_000)][seed as usize % 5];
            let found = (values.number(of, millionths), values.text(), function);
            let text = summary.text().map(str::to_owned);
            assert_eq!(found, (summary.units(Quantile(millionths)), text, function), "seed {seed}");
            for k in [0, 1, 3, 50] {
                let ranked = summary.top(k).into_iter().map(|(value, units)| (value.to_owned(), units));
                assert_eq!(values.greatest(k), ranked.collect::<Vec<_>>(), "seed {seed}: the first {k}");
            }
        }
    }
}
