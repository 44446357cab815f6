//! Scenarios in which nothing goes wrong, for tests of one thing.

use super::oracle::{Sale, Slot};
use super::scenario::{Damage, End, Life, Mishap, Odds, Origin, Scenario};
use mare_dataflow::Plan;

/// One life of so many `workers`, to the end of `log`, with at most so many `arrivals` at once.
pub fn scenario(plan: Plan, log: Vec<Vec<Slot>>, workers: usize, arrivals: usize) -> Scenario {
    let odds = Odds {
        turn: [1; 8],
        arrivals,
        max_batch: 60,
        in_turn: false,
        held_percent: 0,
        attempts_failing_percent: 0,
        jobs_failing_percent: 0,
    };
    let partitions = log.len();
    let life = Life {
        workers,
        apart: false,
        partitions,
        shift: 0,
        bounded: false,
        slow: partitions,
        origin: Origin::Without,
        damage: Damage::None,
        mishap: Mishap::None,
        end: End::Finish,
    };
    Scenario { log, plan, odds, knows_bulk: true, lives: vec![life] }
}

/// A sale of a group at a time in milliseconds.
pub fn sale(group: String, id: usize, time: i64) -> Slot {
    Slot::Sale(Sale { group, cents: 100, has_value: true, is_wanted: true, time, id, place: None, cancels: false })
}
