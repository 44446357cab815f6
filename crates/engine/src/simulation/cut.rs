//! What is judged of each checkpoint as soon as it is made.

use std::collections::{BTreeMap, BTreeSet};

use super::judge::account;
use super::oracle::KnownId;
use super::run::World;
use mare_checkpoint::{Block, Manifest, PartitionState, SeenIds, SeenOrder, SeenOrders, TotalRow};
use mare_model::position::{Offset, Partition};
use mare_model::time::EventTime;
use mare_model::total::{Key, Total};
use mare_model::view::ViewId;

/// What the parts of a checkpoint hold.
#[derive(Default)]
struct Rows {
    totals: BTreeMap<Key, Total>,
    ids: BTreeSet<(ViewId, usize, KnownId)>,
}

/// The run that has taken a checkpoint.
fn run_of(manifest: &Manifest) -> (Option<String>, u64) {
    (manifest.sink_id.clone(), manifest.generation)
}

impl World {
    /// Judges the checkpoints that have been made since the last call.
    pub fn judge_checkpoints(&self) -> Result<(), String> {
        for manifest in self.checkpoints.take_made() {
            self.report.borrow_mut().checkpoints += 1;
            let judged = self.judge_checkpoint(&manifest);
            judged.map_err(|why| format!("the checkpoint at epoch {}: {why}", manifest.epoch.0))?;
        }
        Ok(())
    }

    /// A checkpoint holds exactly what the records before its positions come to, and all that they come to is durable.
    fn judge_checkpoint(&self, manifest: &Manifest) -> Result<(), String> {
        // What a zombie goes by whose database was lost is a journal that nobody has any more; nobody goes on from it.
        if self.plan.idle.is_some() && !self.server.borrow().is_of(manifest.sink_id.as_deref()) {
            return Ok(());
        }
        let positions = self.judge_partitions(manifest)?;
        let differ = |state: &PartitionState| state.others.iter().any(|other| other.promise != state.promise);
        self.report.borrow_mut().parted += usize::from(manifest.partitions.values().any(differ));
        let floor = self.floors.borrow()[&run_of(manifest)];
        let closed = self.closed(manifest).max(floor);
        let rows = self.read(manifest)?;
        let mut expected = self.oracle.documents(&positions);
        expected.retain(|key, _| self.oracle.close(key) > closed);
        if rows.totals != expected {
            return Err(format!("at {positions:?} it holds {:?} instead of {expected:?}", rows.totals));
        }
        let promised = |view, partition: usize| {
            let state = manifest.partitions.values().nth(partition).map(|state| state.of(view));
            state.map_or(EventTime::MIN, |state| state.promise)
        };
        let ids = self.oracle.ids(&positions, promised);
        if self.plan.dedup.is_some() && rows.ids != ids {
            return Err(format!("at {positions:?} it holds {:?}, not {ids:?}", rows.ids));
        }
        // One that a zombie has made of a database that was lost is never gone on from.
        if self.server.borrow().is_of(manifest.sink_id.as_deref()) {
            self.judge_written(&positions)?;
            self.judge_shown(manifest, !expected.is_empty())?;
            self.judge_finals(&positions, closed)?;
        }
        let delivered = self.delivered.borrow();
        let letters = self.oracle.letters(&positions);
        let missing = letters.difference(&delivered).next();
        missing.map_or(Ok(()), |letter| Err(format!("the letter of {letter:?} is not delivered, behind {positions:?}")))
    }

    /// Notes through where windows have left what a run goes on from.
    pub fn note_floor(&self, run: (Option<String>, u64), manifest: Option<&Manifest>) {
        let mut floors = self.floors.borrow_mut();
        let floor = manifest.map(|manifest| self.closed(manifest).max(floors[&run_of(manifest)]));
        floors.insert(run, floor.unwrap_or(EventTime::MIN));
    }

    /// Through where windows are closed in a checkpoint. Of heartbeats at its positions it may know, or not yet.
    fn closed(&self, manifest: &Manifest) -> EventTime {
        let states = manifest.partitions.values();
        if self.plan.idle.is_none() {
            return self.oracle.closed(&states.map(|state| state.position.0 as usize).collect::<Vec<_>>());
        }
        let promises = states.flat_map(|state| self.plan.ids().map(|view| state.of(view).promise));
        promises.min().unwrap_or(EventTime::MAX)
    }

    /// How far a checkpoint has the partitions; their accounts and promises to each view are those of the log.
    ///
    /// One of a run that another has taken over from may lack the heartbeats of that: whoever goes on from it raises
    /// the promises by the journal. It has counted nothing behind them, for the documents of that would not be durable.
    fn judge_partitions(&self, manifest: &Manifest) -> Result<Vec<usize>, String> {
        let is_behind = self.plan.idle.is_some() && !self.server.borrow().is_newest_run(&run_of(manifest));
        for (view, oracle) in self.oracle.each() {
            for (at, (partition, state)) in manifest.of(view).partitions.iter().enumerate() {
                let position = state.position.0 as usize;
                // A partition that came later begins with a promise of the others'.
                let promise = Some(oracle.promise(at, position)).filter(|promise| *promise > EventTime::MIN);
                let promise = promise.unwrap_or(state.promise);
                // Of a heartbeat at its very position it may not know yet, nor of each that came to it.
                let least = if is_behind { EventTime::MIN } else { oracle.promise_before(at, position) };
                let knows = least <= state.promise && state.promise <= promise;
                let promise = if knows { state.promise } else { promise };
                let above: Vec<_> = oracle.above(at, position).iter().copied().filter(|time| *time > promise).collect();
                let expected = (at, oracle.account(at, position), promise, &*above);
                if (partition.0 as usize, account(&state.tally), state.promise, &*state.recent) != expected {
                    return Err(format!("it holds {view:?} of {partition:?}: {state:?} instead of {expected:?}"));
                }
            }
        }
        Ok(manifest.partitions.values().map(|state| state.position.0 as usize).collect())
    }

    fn read(&self, manifest: &Manifest) -> Result<Rows, String> {
        let (repository, mut rows) = (self.checkpoints.repository(), Rows::default());
        for part in &manifest.parts {
            let blocks = repository.read(manifest.epoch, part).map_err(|error| error.to_string())?;
            for block in blocks {
                match block.map_err(|error| error.to_string())? {
                    Block::Totals(id, totals) => {
                        let oracle = self.oracle.view(id);
                        let view = oracle.view();
                        for TotalRow { slot, group, n, measures, summaries } in totals.rows() {
                            let key = Key { view: id, window: view.windows.of_slot(slot), group: group.into() };
                            let total = Total::new(n, &view.measures, measures).summarized(summaries);
                            if rows.totals.insert(key.clone(), total).is_some() {
                                return Err(format!("{key:?} is there twice"));
                            }
                        }
                    }
                    Block::Sessions(id, sessions) => {
                        let oracle = self.oracle.view(id);
                        let measures = &oracle.view().measures;
                        for (window, TotalRow { group, n, measures: units, summaries, .. }) in sessions.sessions() {
                            let key = Key { view: id, window, group: group.into() };
                            let total = Total::new(n, measures, units).summarized(summaries);
                            if rows.totals.insert(key.clone(), total).is_some() {
                                return Err(format!("{key:?} is there twice"));
                            }
                        }
                    }
                    Block::Ids(view, SeenIds { partition, slot, ids }) => {
                        let window = self.oracle.view(view).view().windows.of_slot(slot);
                        let id = |id: String| (window, id, false);
                        rows.ids.extend(ids.into_iter().map(|known| (view, partition.0 as usize, id(known))));
                    }
                    Block::Orders(view, SeenOrders { partition, slot, orders }) => {
                        let window = self.oracle.view(view).view().windows.of_slot(slot);
                        let known = |SeenOrder { id, counted }: SeenOrder| (window, id, counted.is_none());
                        rows.ids.extend(orders.into_iter().map(|order| (view, partition.0 as usize, known(order))));
                    }
                }
            }
        }
        Ok(rows)
    }

    /// What the records before `positions` come to is written, or more; sessions are when they are certain.
    pub fn judge_written(&self, positions: &[usize]) -> Result<(), String> {
        let (server, expected) = (self.server.borrow(), self.oracle.documents(positions));
        let stands = |key: &Key| server.documents().get(key).map_or(0, |standing| standing.n);
        let is_due = |key: &Key| !self.oracle.view(key.view).has_sessions();
        let missing = expected.iter().find(|(key, total)| is_due(key) && stands(key) < total.n);
        missing.map_or(Ok(()), |(key, total)| {
            Err(format!("{total:?} of {key:?} was read, and n {} is written", stands(key)))
        })
    }

    /// What a checkpoint says that the sink shows, it shows, or more; and if there are documents, something is shown.
    fn judge_shown(&self, manifest: &Manifest, any: bool) -> Result<(), String> {
        let claimed = &manifest.shown;
        for view in self.plan.ids() {
            let shown = self.server.borrow().shown(view);
            // Of a partition that a view has written nothing behind, it shows none, as the fence takes it.
            let is_shown =
                |(partition, offset): (&Partition, &Offset)| shown.get(partition).unwrap_or(&Offset(0)) >= offset;
            if !claimed.iter().all(is_shown) || (any && claimed.is_empty()) {
                return Err(format!("it says that {claimed:?} is shown, and {shown:?} is beside {view:?}"));
            }
        }
        Ok(())
    }

    /// Every window that is closed through `closed` has its final document, if its view has such. That of a session is
    /// there or not.
    pub fn judge_finals(&self, positions: &[usize], closed: EventTime) -> Result<(), String> {
        let (server, expected) = (self.server.borrow(), self.oracle.documents(positions));
        let says_so = |key: &Key| self.oracle.view(key.view).view().window_names.is_final.is_some();
        let is_final =
            |key: &Key| server.documents().get(key).is_some_and(|standing| standing.is_final || !says_so(key));
        let has_finals = |key: &Key| says_so(key) || self.oracle.view(key.view).has_sessions();
        let mut keys = expected.keys().filter(|key| has_finals(key));
        let missing = keys.find(|key| self.oracle.close(key) <= closed && !is_final(key));
        missing
            .map_or(Ok(()), |key| Err(format!("{key:?} is closed through {closed:?}, and its document is not final")))
    }
}
