//! What is judged of a life beside the documents that a reader sees.

use std::rc::Rc;

use super::begin::positions;
use super::life::Living;
use super::oracle::{Account, Oracle};
use crate::Ledger;
use mare_checkpoint::Tally;

/// Steps after which a worker that has nothing to do has merged what there is.
const IDLE_STEPS: usize = 40;
/// Documents of a log by which closed windows that stay could be told from what a few open ones need.
const MANY_DOCUMENTS: u64 = 25;
/// In how many windows an event is at most, where they overlap.
const OVERLAPPING: u64 = 4;

impl Living<'_> {
    fn ledgers(&self) -> impl Iterator<Item = &Ledger> {
        self.processes.iter().map(|process| &*process.ledger)
    }

    /// How far each partition has been read.
    pub fn positions(&self) -> Vec<usize> {
        positions(self.ledgers(), self.life.partitions)
    }

    /// Whether everything is read, of all partitions that there are.
    pub fn is_read(&self) -> bool {
        self.positions() == self.world.oracle.ends()
    }

    /// Whether everything that may come is read and written.
    pub fn is_written(&self) -> bool {
        let positions = self.positions();
        positions == self.world.topic.limits()[..positions.len()] && self.judge_written().is_ok()
    }

    /// Which events were counted, late, repeated and dead for each view is a function of the log as far as it has been
    /// read.
    ///
    /// One that another run has taken over from need not know of the heartbeats of that.
    pub fn judge_accounts(&self) -> Result<(), String> {
        if self.world.plan.idle.is_some() && !self.world.server.borrow().is_newest(self.id) {
            return Ok(());
        }
        let positions = self.positions();
        let mut accounts = vec![vec![Account::default(); positions.len()]; self.world.plan.outputs.len()];
        for process in &self.processes {
            for (accounts, ledger) in accounts.iter_mut().zip(Ledger::of_views(&process.ledger)) {
                for (partition, posted) in ledger.accounts() {
                    let (account, tally) = (&mut accounts[partition.0 as usize], account(&posted.state().tally));
                    account.iter_mut().zip(tally).for_each(|(sum, count)| *sum += count);
                }
            }
        }
        let of_view = |oracle: Rc<Oracle>| (0..positions.len()).map(|at| oracle.account(at, positions[at])).collect();
        let expected: Vec<Vec<_>> = self.world.oracle.each().map(|(_, oracle)| of_view(oracle)).collect();
        let right = accounts == expected;
        right.then_some(()).ok_or_else(|| {
            let what = "counted, late, repeated and dead by view and partition";
            format!("{what} up to {positions:?}: {accounts:?} instead of {expected:?}")
        })
    }

    /// What was read is written; other lives may have written more.
    pub fn judge_written(&self) -> Result<(), String> {
        self.world.judge_written(&self.positions()).map_err(|why| format!("it ends, and {why}"))
    }

    /// A run that ends in good order, and whose store did as asked, leaves a checkpoint of all that it has read.
    pub fn judge_last_checkpoint(&self) -> Result<(), String> {
        let Some(checkpointer) = self.checkpointer.as_ref().filter(|_| self.world.checkpoints.faults.get() == 0) else {
            return Ok(());
        };
        let Some(newest) = checkpointer.newest() else { return Err("it ends without a checkpoint".into()) };
        let held = newest.partitions.values().map(|state| state.position.0 as usize).collect::<Vec<_>>();
        let right = held[..] == self.positions()[..];
        right
            .then_some(())
            .ok_or_else(|| format!("its last checkpoint is at {held:?} instead of {:?}", self.positions()))
    }

    /// Lets the workers come to rest, and returns how many updates their arrangements hold.
    pub fn settle(&mut self) -> Result<u64, String> {
        (0..self.links.len()).for_each(|link| self.links.hold(link, false));
        self.letters.deliver();
        for _ in 0..IDLE_STEPS {
            (0..self.workers.len()).for_each(|worker| self.step(worker));
            self.work(false)?;
        }
        Ok(self.processes.iter().map(|process| process.gauges.arranged_updates()).sum())
    }

    /// Windows that are closed for every partition have left the arrangement.
    ///
    /// What is closed leaves in the first merge behind it, and that needs a new batch: a sole worker gets one with each
    /// event of the tail that is wanted, so what it holds is of the tail, or else something for each document there
    /// ever was. What one view has left would be enough.
    pub fn judge_held(&self, held: u64) -> Result<(), String> {
        let (before, now) = (self.world.oracle.documents(&self.from), self.world.oracle.documents(&self.positions()));
        let new: Vec<_> = now.iter().filter(|(key, total)| before.get(*key) != Some(total)).collect();
        let of_view = |view| new.iter().filter(|(key, _)| key.view == view).count() as u64;
        let has_batches =
            self.workers.len() == 1 && self.world.oracle.each().any(|(_, oracle)| oracle.counts_the_tail());
        // Each event that is open stands in all of its windows.
        let of_one = |(_, oracle): (_, Rc<Oracle>)| if oracle.view().windows.overlap() { OVERLAPPING } else { 1 };
        let of_one: u64 = self.world.oracle.each().map(of_one).sum();
        for (view, documents) in self.world.oracle.each().map(|(view, _)| (view, of_view(view))) {
            if has_batches && documents >= of_one * MANY_DOCUMENTS && held >= documents {
                return Err(format!(
                    "{held} updates are held for {documents} documents of {view:?}, nearly all closed"
                ));
            }
        }
        Ok(())
    }
}

/// The numbers of a tally that an oracle has too.
pub fn account(tally: &Tally) -> Account {
    [tally.counted, tally.filtered, tally.late, tally.duplicate, tally.dead_total()]
}
