//! With what a life begins, found out as the command finds it out.

use std::rc::Rc;
use std::sync::Arc;

use super::life::Process;
use super::run::World;
use super::scenario::{Life, Origin};
use super::trace::Event;
use crate::checkpoint::Recovered;
use crate::engine::Ledger;
use crate::engine::announcement::{Beginning, Restored};

impl World {
    /// With what life `id` begins, whose processes these are.
    pub fn beginning(&self, id: usize, life: &Life, processes: &[Process]) -> Result<Beginning, String> {
        let recovered = match life.origin {
            Origin::Without => Recovered { manifest: None, skipped: Vec::new(), newest: None },
            origin => self.recover(origin == Origin::Fresh)?,
        };
        let (oracle, partitions) = (Rc::clone(&self.oracle), life.partitions);
        let ledgers: Vec<_> = processes.iter().map(|process| Arc::clone(&process.ledger)).collect();
        let closed = move || oracle.closed(&positions(ledgers.iter().map(Arc::as_ref), partitions));
        let (generation, shown) = self.server.borrow_mut().claim(id, closed);
        self.note_floor(generation, recovered.manifest.as_ref());
        let restored = recovered.manifest.map(|manifest| {
            let (epoch, partitions, parts) = (manifest.epoch, manifest.partitions, manifest.parts);
            Restored { epoch, partitions, parts, is_written: true }
        });
        self.note_beginning(life, restored.as_ref(), &shown);
        let after = recovered.newest.max(restored.as_ref().map(|restored| restored.epoch)).unwrap_or_default();
        self.trace.note(&Event::Began(generation, restored.as_ref().map(|restored| restored.epoch.0)));
        Ok(Beginning { generation, shown, after, restored, ..Beginning::default() })
    }
}

/// How far the processes with these ledgers have read each of so many partitions.
pub fn positions<'a>(ledgers: impl Iterator<Item = &'a Ledger>, partitions: usize) -> Vec<usize> {
    let mut positions = vec![0; partitions];
    for (partition, account) in ledgers.flat_map(Ledger::accounts) {
        let position = &mut positions[partition.0 as usize];
        *position = account.position().0.max(*position as i64) as usize;
    }
    positions
}
