//! Workers to whose partitions records come at the same time share their rounds: what three of them read becomes
//! about as many epochs as if one had all partitions.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::chance::Chance;
use super::life::Living;
use super::oracle::{Sale, Slot};
use super::run::World;
use super::scenario::{Damage, End, Life, Mishap, Odds, Origin, Scenario, TAIL};
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
    let sale = |partition: usize, at: usize| {
        let (group, id, time) = ("all".to_owned(), at * PARTITIONS + partition, (at * APART_MS) as i64);
        Slot::Sale(Sale { group, cents: 100, has_value: true, is_wanted: true, time, id, place: None, cancels: false })
    };
    let log = (0..PARTITIONS).map(|partition| (0..RECORDS).map(|at| sale(partition, at)).collect()).collect();
    let odds = Odds {
        turn: [1; 8],
        arrivals: 1,
        max_batch: 60,
        in_turn: false,
        held_percent: 0,
        attempts_failing_percent: 0,
        jobs_failing_percent: 0,
    };
    let life = Life {
        workers,
        apart: false,
        partitions: PARTITIONS,
        shift: 0,
        bounded: false,
        slow: PARTITIONS,
        origin: Origin::Without,
        damage: Damage::None,
        mishap: Mishap::None,
        end: End::Finish,
    };
    Scenario { log, plan, odds, knows_bulk: true, lives: vec![life] }
}

/// The epochs that are sealed, as the log tells of them.
#[derive(Clone, Default)]
struct Sealed(Arc<Mutex<BTreeSet<u64>>>);

impl Subscriber for Sealed {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        if event.metadata().fields().field("open_s").is_some() {
            event.record(&mut self.clone());
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Visit for Sealed {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "epoch" {
            self.0.lock().expect("not poisoned").insert(value);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

/// How many epochs so many workers seal.
fn epochs(workers: usize) -> usize {
    let sealed = Sealed::default();
    tracing::subscriber::with_default(sealed.clone(), || read(workers));
    let epochs = sealed.0.lock().expect("not poisoned");
    epochs.len()
}

/// Lets so many workers read everything.
fn read(workers: usize) {
    let world = World::of(scenario(workers), Chance::of(1), false);
    let mut living = Living::begin(&world, 0, &world.scenario.lives[0]).expect("it begins");
    world.topic.raise(TAIL);
    for now in 0..(RECORDS + 2 * APART_MS) * APART_MS {
        if now % APART_MS == 0 {
            (0..PARTITIONS).for_each(|partition| _ = world.topic.arrive(partition, 1));
        }
        world.clock.pass(1);
        (0..STEPS).for_each(|_| living.step(world.chance.within(0..=workers - 1)));
        (0..PROMPT).for_each(|_| world.server.borrow_mut().proceed());
        assert_eq!(world.fault(), Ok(()));
    }
    let written = world.server.borrow().documents().values().map(|document| document.n).sum::<i64>();
    assert_eq!(written, (PARTITIONS * RECORDS) as i64, "all is written");
    living.crash().expect("what was counted is what the log says");
}

#[test]
fn three_workers_have_as_many_epochs_as_one() {
    let (alone, shared) = (epochs(1), epochs(3));
    assert!(alone >= RECORDS * APART_MS / 400, "{alone} epochs of one worker");
    assert!(shared <= alone + alone / 10 + 1, "{shared} epochs of three workers, and {alone} of one");
}
