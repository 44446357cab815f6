//! Whatever two workers send, however a frontier completes it and batches are merged: what is read is what was sent.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use differential_dataflow::batcher::{Batcher, Extract};
use differential_dataflow::trace::implementations::spine_fueled::Merger;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use timely::progress::Antichain;

use super::batch::TotalsMerger;
use super::rows::BatchRowsBuilder;
use super::*;
use crate::partials::{Parcel, Partials};
use crate::signals::Signals;
use crate::tests::plan::plan;
use crate::totals::newest;
use mare_model::measure::{Function, Measure};
use mare_model::time::{Epoch, EventTime, Moment, Window, Windows};
use mare_model::total::{Key, Total};
use mare_model::view::{View, ViewId};

const WINDOWS: Windows = Windows::tumbling(10, 3);
/// Groups of one head, without one, and of others.
const GROUPS: [&str; 9] = ["", "a", "a\0", "aaaaaaaa", "aaaaaaaa\0", "aaaaaaaab", "aaaaaaaabb", "São Paulo", "z"];

/// Two views that keep a sum and a minimum.
fn views() -> Rc<[View]> {
    let mut view = plan("0ms", "1ms").view().clone();
    view.windows = WINDOWS;
    view.measures = [Function::Sum, Function::Min].map(|function| Measure { function, field: 0 }).into();
    [view.clone(), view].into()
}

/// One row that was sent.
type Sent = (Key, Epoch, Total);

/// What two workers send, and what has come of it.
struct World {
    random: SmallRng,
    views: Rc<[View]>,
    /// Where the capabilities of the workers are.
    workers: [Moment; 2],
    batcher: ParcelBatcher,
    sent: Vec<Sent>,
    /// Keys of which all was taken out: they do not come back.
    gone: BTreeSet<Key>,
    batches: Vec<Rc<TotalsBatch>>,
    /// Through where merges have been allowed to forget.
    since: Antichain<Moment>,
}

impl World {
    fn new(seed: u64) -> World {
        let (random, views) = (SmallRng::seed_from_u64(seed), views());
        let batcher = ParcelBatcher::new(Rc::clone(&views), Signals::new());
        let start = Moment { epoch: Epoch(1), event: EventTime(0) };
        let since = Antichain::from_elem(Moment::default());
        World {
            random,
            views,
            workers: [start; 2],
            batcher,
            sent: Vec::new(),
            gone: BTreeSet::new(),
            batches: Vec::new(),
            since,
        }
    }

    fn frontier(&self) -> Antichain<Moment> {
        self.workers.iter().copied().collect()
    }

    /// A worker sends a parcel; sometimes it takes out all that a key has come to, as sessions do.
    fn send(&mut self) {
        let worker = self.workers[self.random.random_range(0..2)];
        let view = ViewId(self.random.random_range(0..2));
        let mut partials = Partials::new(2);
        for _ in 0..self.random.random_range(0..20) {
            let group = GROUPS[self.random.random_range(0..GROUPS.len())];
            let window = WINDOWS.window_of(EventTime(worker.event.0 - 3 + self.random.random_range(0..40)));
            let key = Key { view, window, group: group.into() };
            if self.gone.contains(&key) {
                continue;
            }
            let of_key: Vec<_> = self.sent.iter().filter(|(other, ..)| *other == key).collect();
            let stands: i64 = of_key.iter().map(|(_, _, total)| total.n).sum();
            let may_go = stands > 0 && of_key.iter().all(|(_, epoch, _)| *epoch <= worker.epoch);
            let total = if may_go && self.random.random_bool(0.2) {
                self.gone.insert(key.clone());
                Total { n: -stands, ..Total::default() }
            } else {
                let units = [(); 2].map(|()| self.random.random_range(-9..9));
                Total::new(self.random.random_range(1..4), &self.views[0].measures, &units)
            };
            partials.push_total(&self.views[0], &key, &total);
            self.sent.push((key, worker.epoch, total));
        }
        let parcel = Parcel { destination: 0, view, epoch: worker.epoch, positions: Vec::new(), partials };
        self.batcher.insert(&mut vec![parcel]);
    }

    /// A worker goes on, and what that completes becomes a batch.
    fn advance(&mut self) {
        let worker = &mut self.workers[self.random.random_range(0..2)];
        worker.epoch.0 += self.random.random_range(0..3);
        worker.event.0 += self.random.random_range(0..8);
        let upper = self.frontier();
        let (batch, held) = self.batcher.extract(upper.borrow());
        let held = held.to_owned();
        self.batches.extend(batch);
        let least = self.sent.iter().map(|(key, epoch, _)| time(key, *epoch)).filter(|time| upper.less_equal(time));
        assert_eq!(held, least.collect(), "the least times of what is held on");
    }

    /// Two batches beside each other become one, which forgets what nobody tells apart any more.
    fn merge(&mut self) {
        let Some(last) = self.batches.len().checked_sub(1).filter(|last| *last > 0) else { return };
        if self.random.random_bool(0.3) {
            self.since = self.frontier();
        }
        let at = self.random.random_range(0..last);
        self.merge_at(at);
    }

    fn merge_at(&mut self, at: usize) {
        let (one, other) = (self.batches.remove(at), self.batches.remove(at));
        let mut merging = TotalsMerger::new(&one, &other, self.since.borrow());
        loop {
            let mut fuel = self.random.random_range(1_i32..30) as isize;
            merging.work(&one, &other, &mut fuel);
            if fuel > 0 {
                break;
            }
        }
        let merged = merging.done();
        let Some(batch) = &merged else { return };
        assert!(batch.len() <= one.len() + other.len());
        self.batches.insert(at, Rc::new(merged.expect("it is there")));
    }

    /// What is complete of a view in the epochs before `boundary`, and is not forgotten.
    fn expected(&self, view: ViewId, boundary: Epoch) -> BTreeMap<(Window, Vec<u8>), Total> {
        let (frontier, mut sums) = (self.frontier(), BTreeMap::new());
        let of_view = self.sent.iter().filter(|(key, epoch, _)| key.view == view && *epoch < boundary);
        for (key, _, total) in of_view.filter(|(key, epoch, _)| !frontier.less_equal(&time(key, *epoch))) {
            let sum: &mut Vec<&Total> = sums.entry((key.window, key.group.as_bytes().to_vec())).or_default();
            sum.push(total);
        }
        let total = |totals: Vec<&Total>| {
            let all = |at: usize| totals.iter().filter_map(move |total| total.units(at));
            let units = [all(0).sum(), all(1).min().unwrap_or(i128::MAX)];
            Total::new(totals.iter().map(|total| total.n).sum(), &self.views[0].measures, &units)
        };
        let sums = sums.into_iter().map(|(key, totals)| (key, total(totals)));
        sums.filter(|(_, total)| total.n != 0).collect()
    }

    /// What is found of a view.
    fn found(&self, view: ViewId, boundary: Epoch) -> BTreeMap<(Window, Vec<u8>), Total> {
        let (mut cursor, mut found) = (TotalsCursor::new(&self.batches, view), BTreeMap::new());
        let mut before = None;
        while let Some(key) = cursor.key() {
            assert!(before.replace(key).is_none_or(|before| before < key), "keys come in their order, each once");
            if let Some(total) = newest(&mut cursor, &key, &self.views[0], boundary) {
                found.insert((key.window, key.group.to_vec()), total);
            }
        }
        found
    }

    fn check(&self, seed: u64) {
        let since = self.since.iter().map(|moment| moment.epoch).min().unwrap_or(Epoch(0));
        let closed = self.since.iter().map(|moment| moment.event).min().unwrap_or(EventTime::MIN);
        let open = |all: BTreeMap<(Window, Vec<u8>), Total>| {
            let open = |((window, _), _): &((Window, Vec<u8>), Total)| WINDOWS.close(*window) > closed;
            all.into_iter().filter(open).collect::<BTreeMap<_, _>>()
        };
        for (view, boundary) in [0, 1].into_iter().flat_map(|view| [1, 3, 1_000].map(|more| (ViewId(view), more))) {
            let boundary = Epoch(since.0 + boundary);
            let (found, expected) = (open(self.found(view, boundary)), open(self.expected(view, boundary)));
            assert_eq!(found, expected, "seed {seed}, {view:?} before {boundary:?}");
            self.seeks(&found, view, seed);
        }
    }

    /// Each key is found, also by who has come from any other place before it.
    fn seeks(&self, found: &BTreeMap<(Window, Vec<u8>), Total>, view: ViewId, seed: u64) {
        for (at, (window, group)) in found.keys().enumerate() {
            let mut cursor = TotalsCursor::new(&self.batches, view);
            for (window, group) in found.keys().take(at).step_by(3).chain([&(*window, group.clone())]) {
                let key = RowKey::new(*window, group);
                cursor.seek(&key);
                assert_eq!(cursor.key(), Some(key), "seed {seed}");
            }
        }
    }
}

/// The time of a row.
fn time(key: &Key, epoch: Epoch) -> Moment {
    Moment { epoch, event: EventTime(WINDOWS.close(key.window).0 - 1) }
}

#[test]
fn what_is_read_is_what_was_sent() {
    for seed in mare_random::seeds(300) {
        let mut world = World::new(seed);
        for _ in 0..40 {
            match world.random.random_range(0..4) {
                0 => world.advance(),
                1 => world.merge(),
                _ => world.send(),
            }
            world.check(seed);
        }
    }
}

#[test]
fn closed_windows_leave_and_epochs_become_one() {
    for seed in mare_random::seeds(100) {
        let mut world = World::new(seed);
        for _ in 0..20 {
            world.send();
            world.advance();
        }
        world.workers = [world.workers[0].epoch.max(world.workers[1].epoch); 2]
            .map(|epoch| Moment { epoch: epoch.next(), event: EventTime(60) });
        world.advance();
        world.since = world.frontier();
        // The last one is merged with nothing, so that each has been merged.
        let rows = [(); 2].map(|()| BatchRowsBuilder::with_capacity(0, 0, [2, 0]).done()).into();
        world.batches.push(Rc::new(TotalsBatch { views: Rc::clone(&world.views), rows }));
        while world.batches.len() > 1 {
            world.merge_at(0);
        }
        let keys: usize = [0, 1].map(|view| world.found(ViewId(view), Epoch::END).len()).into_iter().sum();
        let rows: usize = world.batches.iter().map(|batch| batch.len()).sum();
        let closed = |(window, _): &(Window, Vec<u8>)| WINDOWS.close(*window) <= EventTime(60);
        assert_eq!(rows, keys, "seed {seed}: one row a key");
        assert!(![0, 1].iter().any(|view| world.found(ViewId(*view), Epoch::END).keys().any(closed)), "seed {seed}");
    }
}
