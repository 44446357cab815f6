//! Workers to whose partitions records come at the same time share their rounds: what three of them read becomes
//! about as many epochs as if one had all partitions.

use std::collections::BTreeSet;

use super::calm;
use super::chance::Chance;
use super::life::Living;
use super::run::World;
use super::scenario::{Scenario, TAIL};
use crate::tests::plan::plan;
use mare_model::time::Windows;

const PARTITIONS: usize = 3;
/// Records of each partition.
const RECORDS: usize = 600;
/// Milliseconds between two of them. Rounds are twenty times as far apart, of which a few steps of each worker take
/// little.
const APART_MS: usize = 10;
/// Steps of the workers in a millisecond, in any order: so each takes notice of the others a little later, and begins a
/// round by itself if nothing keeps it from that.
const STEPS: usize = 2;
/// Operations of the database in a millisecond: it answers at once.
const PROMPT: usize = 8;

/// A log whose events all are of one document, and a cluster of so many workers that reads it.
fn scenario(workers: usize) -> Scenario {
    let mut plan = plan("200ms", "10s");
    plan.outputs[0].view.windows = Windows::tumbling(3_600_000, 0);
    let sale = |partition, at| calm::sale("all".to_owned(), at * PARTITIONS + partition, (at * APART_MS) as i64);
    let log = (0..PARTITIONS).map(|partition| (0..RECORDS).map(|at| sale(partition, at)).collect()).collect();
    calm::scenario(plan, log, workers, 1)
}

/// How many epochs so many workers seal while they read everything, as far as it shows: each counts when it is what is
/// on its way to the database, and mostly once more when it has gone.
fn epochs(workers: usize) -> usize {
    let mut epochs = BTreeSet::new();
    let world = World::of(scenario(workers), Chance::of(1), false);
    let mut living = Living::begin(&world, 0, &world.scenario.lives[0]).expect("it begins");
    world.topic.raise(TAIL);
    for now in 0..(RECORDS + 2 * APART_MS) * APART_MS {
        if now % APART_MS == 0 {
            (0..PARTITIONS).for_each(|partition| _ = world.topic.arrive(partition, 1));
        }
        world.clock.pass(1);
        for _ in 0..STEPS {
            living.step(world.chance.within(0..=workers - 1));
            epochs.extend(living.processes[0].gauges.waiting_since());
        }
        (0..PROMPT).for_each(|_| world.server.borrow_mut().proceed());
        assert_eq!(world.fault(), Ok(()));
    }
    let written = world.server.borrow().documents().values().map(|document| document.n).sum::<i64>();
    assert_eq!(written, (PARTITIONS * RECORDS) as i64, "all is written");
    living.crash().expect("what was counted is what the log says");
    epochs.len()
}

#[test]
fn three_workers_have_as_many_epochs_as_one() {
    let (alone, shared) = (epochs(1), epochs(3));
    assert!(alone >= RECORDS * APART_MS / 400, "{alone} epochs of one worker");
    assert!(shared <= alone + alone / 10 + 1, "{shared} epochs of three workers, and {alone} of one");
}
