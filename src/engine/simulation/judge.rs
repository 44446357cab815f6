//! What is judged of a life beside the documents that a reader sees.

use std::collections::BTreeMap;

use super::life::Living;
use crate::engine::Key;
use crate::engine::tests::oracle::{Expected, Sale, expect};

/// Steps after which a worker that has nothing to do has merged what there is.
const IDLE_STEPS: usize = 40;
/// Documents of a log by which closed windows that stay could be told from what a few open ones need.
const MANY_DOCUMENTS: u64 = 40;

impl Living<'_> {
    /// How far each partition has been read.
    pub fn positions(&self) -> Vec<usize> {
        let position = |index: usize| {
            let accounts = self.processes.iter().filter_map(|process| process.ledger.accounts().nth(index));
            accounts.map(|(_, account)| account.position().0 as usize).max().unwrap_or_default()
        };
        (0..self.world.scenario.log.len()).map(position).collect()
    }

    /// Whether everything is read.
    pub fn is_read(&self) -> bool {
        self.positions().iter().zip(&self.world.scenario.log).all(|(position, log)| *position == log.len())
    }

    /// Whether everything that may come is read and written.
    pub fn is_written(&self) -> bool {
        self.positions() == self.world.topic.limits()
            && self.world.server.borrow().documents() == &self.expected().documents
    }

    /// What must have come of the log as far as it has been read.
    fn expected(&self) -> Expected {
        let prefix = |(log, position): (&Vec<Sale>, usize)| log[..position].to_vec();
        expect(&self.world.scenario.log.iter().zip(self.positions()).map(prefix).collect::<Vec<_>>())
    }

    /// Which events were counted, late and dead is a function of the log as far as it has been read.
    pub fn judge_accounts(&self) -> Result<(), String> {
        let mut accounts = vec![(0, 0, 0); self.world.scenario.log.len()];
        for process in &self.processes {
            for (account, (_, posted)) in accounts.iter_mut().zip(process.ledger.accounts()) {
                let tally = posted.tally();
                *account = (account.0 + tally.counted, account.1 + tally.late, account.2 + tally.dead_total());
            }
        }
        let expected = self.expected().accounts;
        let (positions, right) = (self.positions(), accounts == expected);
        right.then_some(()).ok_or_else(|| {
            format!("counted, late and dead by partition up to {positions:?}: {accounts:?} instead of {expected:?}")
        })
    }

    /// What was read is written; other lives may have written more.
    pub fn judge_written(&self) -> Result<(), String> {
        let (server, expected) = (self.world.server.borrow(), self.expected().documents);
        let stands = |key: &Key| server.documents().get(key).map_or(0, |total| total.n);
        let missing = expected.iter().find(|(key, total)| stands(key) < total.n);
        missing.map_or(Ok(()), |(key, total)| {
            Err(format!("{total:?} of {key:?} was read, n {} is written, and it ends", stands(key)))
        })
    }

    /// Lets the workers come to rest, and returns how many updates their arrangements hold.
    pub fn settle(&mut self) -> u64 {
        (0..self.links.len()).for_each(|link| self.links.hold(link, false));
        for _ in 0..IDLE_STEPS {
            (0..self.workers.len()).for_each(|worker| self.step(worker));
        }
        self.processes.iter().map(|process| process.control.arranged_updates()).sum()
    }

    /// Windows that are closed for every partition have left the arrangement.
    ///
    /// What is closed leaves in the first merge behind it, and that needs a new batch: a sole worker gets one with each
    /// event of the tail, so what it holds is of the tail, or else something for each document there ever was.
    pub fn judge_held(&self, held: u64) -> Result<(), String> {
        let documents = self.world.expected.documents.len() as u64;
        let leaks = self.workers.len() == 1 && documents >= MANY_DOCUMENTS && held >= documents;
        (!leaks)
            .then_some(())
            .ok_or_else(|| format!("{held} updates are held for {documents} documents, nearly all closed"))
    }
}

/// Documents that are not what they must be, the first few.
pub fn differences<T: PartialEq>(is: &BTreeMap<Key, T>, must: &BTreeMap<Key, T>) -> Vec<Key> {
    let keys = is.keys().chain(must.keys());
    keys.filter(|key| is.get(*key) != must.get(*key)).take(5).cloned().collect()
}
