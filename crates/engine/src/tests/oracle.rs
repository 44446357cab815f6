//! Random logs, and what their documents must be.

use std::collections::BTreeMap;
use std::ops::Range;

use mare_reference::{Event, Model, Rules, WindowRule};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use mare_dataflow::fixture::documents as fixture;
use mare_model::time::{EventTime, Window};
use mare_model::total::{Key, Total};
use mare_model::view::ViewId;

/// One event of a random log: a group, cents, an event time in milliseconds; `None` is no event.
pub type Sale = Option<(String, i64, i64)>;

/// Window and lateness of the test dataflow.
pub const WINDOW_MS: i64 = 1_000;
pub const LATENESS_MS: i64 = 2_000;

/// How large a random log is, and what is in it.
pub struct Shape {
    /// The most partitions; there is one at least.
    pub partitions: usize,
    /// More events than any partition has.
    pub events: usize,
    /// More than the longest mean time between two events of a partition, doubled.
    pub pace_ms: i64,
    /// The partitions begin this far from the Unix epoch at most.
    pub spread_ms: i64,
    /// The number of groups.
    pub groups: usize,
    /// The amounts.
    pub cents: Range<i64>,
}

/// Many events, so that epochs are large and windows close all the time.
const LARGE: Shape =
    Shape { partitions: 7, events: 400, pace_ms: 200, spread_ms: 5_000, groups: 5, cents: -500..100_000 };

/// A large log.
pub fn random_log(seed: u64) -> Vec<Vec<Sale>> {
    LARGE.draw(&mut SmallRng::seed_from_u64(seed))
}

impl Shape {
    /// A log of partitions that run at different speeds, with stragglers, jumps ahead, and garbage.
    pub fn draw(&self, random: &mut SmallRng) -> Vec<Vec<Sale>> {
        let partitions = random.random_range(1..=self.partitions);
        (0..partitions)
            .map(|_| {
                let mut now = random.random_range(-self.spread_ms..self.spread_ms);
                let pace = random.random_range(1..self.pace_ms);
                let events = random.random_range(0..self.events);
                (0..events).map(|_| self.sale(random, &mut now, pace)).collect()
            })
            .collect()
    }

    fn sale(&self, random: &mut SmallRng, now: &mut i64, pace: i64) -> Sale {
        *now += random.random_range(0..=pace);
        let time = match random.random_range(0..100) {
            0 => return None,
            1..5 => *now - random.random_range(0..20_000),
            5..25 => *now - random.random_range(0..LATENESS_MS),
            25 => *now + random.random_range(0..30_000),
            _ => *now,
        };
        Some((format!("group {}", random.random_range(0..self.groups)), random.random_range(self.cents.clone()), time))
    }
}

/// The record of a sale.
pub fn payload(sale: &Sale) -> Vec<u8> {
    let Some((group, cents, time)) = sale else { return b"{\"group\":".to_vec() };
    let (sign, cents) = (if *cents < 0 { "-" } else { "" }, cents.abs());
    format!("{{\"group\":\"{group}\",\"value\":{sign}{}.{:02},\"at\":{time}}}", cents / 100, cents % 100).into_bytes()
}

/// What must come out of a log.
#[derive(Debug, Default)]
pub struct Expected {
    pub documents: BTreeMap<Key, Total>,
    /// Counted, late and dead, by partition.
    pub accounts: Vec<(u64, u64, u64)>,
}

/// What must come out of a log in which one event is enough to promise its time.
pub fn expect(log: &[Vec<Sale>]) -> Expected {
    expect_confirmed(log, 1)
}

/// As [`expect`], where so many events have to confirm a time before it is promised.
pub fn expect_confirmed(log: &[Vec<Sale>], confirm: usize) -> Expected {
    let rules = Rules {
        windows: WindowRule::Every { size_ms: WINDOW_MS, offset_ms: 0 },
        lateness_ms: LATENESS_MS,
        confirm,
        dedups: false,
    };
    let (mut model, mut expected) = (Model::new(rules), Expected::default());
    for (partition, sales) in (0..).zip(log) {
        for sale in sales {
            let event = sale.as_ref().map(|(group, cents, time)| {
                let (time_ms, amount) = (*time, Some(i128::from(*cents)));
                Event { time_ms, group, id: "", amount, is_wanted: true, cancels: false }
            });
            model.take(partition, event);
        }
        let counts = model.counts(partition);
        expected.accounts.push((counts.counted, counts.late, counts.dead));
    }
    let documents = model.totals().iter().map(|((start, group), total)| {
        let key = Key { view: ViewId(0), window: window(*start, WINDOW_MS), group: group.as_str().into() };
        (key, fixture::total(total.events, &[total.sum]))
    });
    expected.documents = documents.collect();
    expected
}

/// The window that starts at `start`.
pub(crate) fn window(start: i64, size_ms: i64) -> Window {
    Window { start: EventTime(start), end: EventTime(start + size_ms) }
}
