//! With what a life begins, found out as the command finds it out.

use std::sync::Arc;

use super::life::Process;
use super::run::World;
use super::scenario::{Life, Origin};
use super::trace::Event;
use crate::Ledger;
use crate::announcement::{Beginning, Restored};
use mare_checkpoint::{Manifest, Recovered};
use mare_sink::{Claim, Expected, Generation, SinkError, Standing};

impl World {
    /// With what life `id` begins, whose processes these are, and what it has claimed. One whose checkpoint is not of
    /// what stands in the database is refused, and begins anew as somebody tells it to.
    pub fn beginning(&self, id: usize, life: &Life, processes: &[Process]) -> Result<Beginning, String> {
        let mut recovered = match life.origin {
            Origin::Without => Recovered { manifest: None, skipped: Vec::new(), newest: None },
            origin => self.recover(origin == Origin::Fresh)?,
        };
        let standings = match self.claim(id, life, processes, recovered.manifest.as_ref()) {
            Ok(standings) => standings,
            Err(_) if recovered.manifest.is_some() => {
                self.report.borrow_mut().disowned += 1;
                recovered = self.recover(true)?;
                self.claim(id, life, processes, None).map_err(|error| error.to_string())?
            }
            Err(error) => return Err(error.to_string()),
        };
        let claimed = Beginning::claimed(standings.into_iter().map(|standing| ("memory".into(), standing)).collect());
        self.note_floor((claimed.sink_id.clone(), claimed.generation), recovered.manifest.as_ref());
        let restored = recovered.manifest.map(|manifest| {
            let (epoch, partitions, parts) = (manifest.epoch, manifest.partitions, manifest.parts);
            Restored { epoch, partitions, parts }
        });
        self.note_beginning(life, restored.as_ref(), &claimed.shown);
        let after = recovered.newest.max(restored.as_ref().map(|restored| restored.epoch)).unwrap_or_default();
        self.trace.note(&Event::Began(claimed.generation, restored.as_ref().map(|restored| restored.epoch.0)));
        Ok(Beginning { after, restored, ..claimed })
    }

    /// Claims the database for a life that goes on from this checkpoint, if from any.
    fn claim(
        &self,
        id: usize,
        life: &Life,
        processes: &[Process],
        goes_on: Option<&Manifest>,
    ) -> Result<Vec<Standing>, SinkError> {
        let partitions = life.partitions;
        let ledgers: Vec<_> = processes.iter().map(|process| Arc::clone(&process.ledger)).collect();
        let positions = move || positions(ledgers.iter().map(Arc::as_ref), partitions);
        let newest = goes_on.cloned().or_else(|| self.checkpoints.newest());
        let claim = |view| {
            let newest = newest.as_ref().map(|newest| newest.of(view));
            Claim {
                sink: "memory".into(),
                expects: newest.as_ref().and_then(Expected::of),
                goes_on: goes_on.is_some(),
                counts_again: goes_on.is_none(),
                shares_log: self.plan.outputs.len() > 1,
                writes_late: self.plan.of(view).view().windows.are_sessions(),
                newest: Generation(newest.as_ref().map_or(0, |newest| newest.generation)),
                ..Claim::default()
            }
        };
        let claims: Vec<_> = self.plan.ids().map(claim).collect();
        self.server.borrow_mut().claim(id, &claims, positions)
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
