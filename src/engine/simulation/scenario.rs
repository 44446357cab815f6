//! What a seed settles beforehand.

use super::chance::Chance;
use crate::dataflow::Plan;
use crate::engine::tests::oracle::{LATENESS_MS, Sale, Shape, WINDOW_MS};
use crate::engine::tests::plan::plan;

/// Few events, none of which takes anything away.
const SMALL: Shape = Shape { partitions: 4, events: 60, pace_ms: 0, spread_ms: 0, groups: 0, cents: 1..100_000 };
/// How many events every partition has at its end, each so far from what is before that all windows there close.
pub const TAIL: usize = 3;
/// How far that is.
const FAR_MS: i64 = 2 * (WINDOW_MS + LATENESS_MS);

/// One run: what is in the log, and what becomes of the clusters that read it.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub log: Vec<Vec<Sale>>,
    pub plan: Plan,
    pub odds: Odds,
    /// The last one runs until the log is read and written.
    pub lives: Vec<Life>,
}

/// One life of the cluster.
#[derive(Clone, Debug)]
pub struct Life {
    pub workers: usize,
    /// Whether each worker is a process of its own, which hears of the others by announcements only.
    pub apart: bool,
    /// Whether a partition ends behind its last record, as in a replay.
    pub bounded: bool,
    /// The partition that is read far more slowly than the others, if it is there.
    pub slow: usize,
    pub end: End,
}

/// How a life ends, and in which turn, unless it has read and written all before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All is read and written.
    Finish,
    /// Nothing is left of it.
    Crash(usize),
    /// Somebody asks it to stop.
    Stop(usize),
    /// The sink refuses the first write from then on.
    Refused(usize),
}

/// How often each thing happens.
#[derive(Clone, Copy, Debug)]
pub struct Odds {
    /// Weights in a turn: a worker's step, arriving records, the server, a link, the clock.
    pub turn: [usize; 5],
    /// The most records that arrive at once.
    pub arrivals: usize,
    /// The most records of a partition in one poll.
    pub max_batch: usize,
    /// Whether each partition is empty until all before it are full.
    pub in_turn: bool,
    /// How many of a hundred changes of a link hold it.
    pub held_percent: usize,
    /// How many of a hundred attempts to write fail.
    pub attempts_failing_percent: usize,
}

impl Scenario {
    /// The scenario of a seed.
    pub fn draw(chance: &Chance) -> Scenario {
        // Many documents that close soon, or few that all partitions add to.
        let (pace_ms, spread_ms) = chance.pick(&[(600, 5_000), (200, 1_000), (50, 200)]);
        let shape = Shape { pace_ms, spread_ms, groups: chance.pick(&[1, 2, 5]), ..SMALL };
        let mut log = chance.draw(|random| shape.draw(random));
        let silent = chance.within(0..=log.len() - 1);
        if chance.percent(15) {
            log[silent].clear();
        }
        let end = log.iter().flatten().flatten().map(|sale| sale.2).max().unwrap_or_default();
        for partition in &mut log {
            partition.extend((1..=TAIL).map(|late| Some(("tail".to_owned(), 1, end + late as i64 * FAR_MS))));
        }
        let (shortest, longest) = chance.pick(&[("0ms", "1ms"), ("2ms", "10ms"), ("50ms", "500ms")]);
        let mut plan = plan(shortest, longest);
        plan.epochs.in_flight = chance.within(1..=4);
        let deaths = chance.pick(&[0, 1, 1, 2, 3]);
        let mut lives: Vec<_> = (0..deaths).map(|_| Life::draw(chance, End::draw(chance))).collect();
        lives.push(Life::draw(chance, End::Finish));
        Scenario { log, plan, odds: Odds::draw(chance), lives }
    }
}

impl Life {
    fn draw(chance: &Chance, end: End) -> Life {
        Life {
            workers: chance.within(1..=4),
            apart: chance.percent(40),
            bounded: chance.percent(50),
            slow: chance.within(0..=2 * SMALL.partitions),
            end,
        }
    }
}

impl End {
    fn draw(chance: &Chance) -> End {
        let turn = chance.within(0..=chance.pick(&[50, 300, 1_000]));
        chance.pick(&[End::Crash, End::Crash, End::Crash, End::Stop, End::Refused])(turn)
    }
}

impl Odds {
    fn draw(chance: &Chance) -> Odds {
        let common = [1, 4, 16];
        let turn = [12, chance.pick(&common), chance.pick(&common), chance.pick(&[0, 6, 16]), chance.pick(&common)];
        Odds {
            turn,
            arrivals: chance.pick(&[2, 10, 60]),
            max_batch: chance.pick(&[2, 10, 60]),
            in_turn: chance.percent(20),
            held_percent: chance.pick(&[10, 40, 70]),
            attempts_failing_percent: chance.pick(&[0, 10, 40]),
        }
    }
}
