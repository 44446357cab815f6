//! How lives end.

use super::life::Living;
use super::scenario::End;
use super::trace::Event;

/// Turns within which a zombie that nobody needs any more has written what it has, and the same again to stop.
const LAST_TURNS: usize = 20_000;

/// How a life has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All is read and written.
    Complete,
    /// In good order, by whoever asked for that.
    Stopped,
    /// By whoever asked, before it had taken in what readers had seen.
    Abandoned,
    /// By a write that the sink refused.
    Refused,
    /// Because a zombie had removed what it began with.
    Robbed,
    /// By a crash.
    Crashed,
    /// It has not: it is paused.
    Paused,
}

impl Living<'_> {
    /// Everything is gone between two instructions. What a worker had not sent yet nobody will see.
    pub(super) fn crash(&mut self) -> Result<Ended, String> {
        self.world.trace.note(&Event::Crashed);
        while !self.jobs.is_empty() {
            if self.world.chance.percent(50) {
                self.work(true)?;
            } else {
                drop(self.jobs.take(&self.world.chance));
            }
        }
        self.part()?;
        Ok(Ended::Crashed)
    }

    /// Nothing of this life happens any more.
    fn part(&self) -> Result<(), String> {
        self.world.server.borrow_mut().disconnect(self.id);
        self.clock.forget();
        self.judge_accounts()
    }

    /// The last dataflow has ended.
    pub(super) fn end(&mut self) -> Result<Ended, String> {
        while !self.jobs.is_empty() {
            self.work(false)?; // their threads do not end with the workers
        }
        self.part()?;
        let failure = self.processes.iter().find_map(|process| process.control.failure());
        let is_refused = self.world.server.borrow().clients[&self.id].refused;
        match failure {
            Some(_) if is_refused => return Ok(Ended::Refused),
            Some(_) if self.world.checkpoints.is_haunted.get() && self.is_robbed() => return Ok(Ended::Robbed),
            Some(why) => return Err(format!("it failed: {why}")),
            None if is_refused => return Err("a write was refused, and it has not failed".into()),
            None => {}
        }
        if self.processes.iter().any(|process| process.control.is_aborted()) {
            return if self.asked { Ok(Ended::Abandoned) } else { Err("it was abandoned, and nobody asked".into()) };
        }
        self.judge_written()?;
        if !self.is_read() {
            return Ok(Ended::Stopped);
        }
        if self.life.end == End::Finish {
            self.judge_last_checkpoint()?; // one that is asked earlier may not have begun on all workers
        }
        Ok(Ended::Complete)
    }

    /// Whether it has failed because what it goes on from is gone.
    fn is_robbed(&self) -> bool {
        let mut failures = self.processes.iter().filter_map(|process| process.control.failure());
        failures.any(|fault| fault.what.contains("cannot open"))
    }

    /// The last dataflow of a zombie has ended: if it wanted to write when it was superseded, it was refused.
    pub(super) fn end_zombie(&mut self) -> Result<(), String> {
        self.part()?;
        let server = self.world.server.borrow();
        let client = &server.clients[&self.id];
        self.world.report.borrow_mut().zombies += usize::from(client.refused);
        let right = !client.stale || client.refused;
        right.then_some(()).ok_or_else(|| "a zombie wrote when it was superseded, and lives on".into())
    }

    /// A zombie goes on alone, until it has come to its end.
    pub fn exorcise(&mut self) -> Result<(), String> {
        for turn in 0..2 * LAST_TURNS {
            self.world.fault()?;
            if self.is_over() {
                return self.end_zombie();
            }
            if turn == LAST_TURNS {
                self.stop();
            }
            match self.world.chance.within(0..=9) {
                0 => self.world.server.borrow_mut().proceed(),
                1 => self.world.pass(),
                2 => self.letters.deliver(),
                3 => self.work(false)?,
                4 => (0..self.links.len()).for_each(|link| self.links.hold(link, false)),
                _ => self.act(0)?,
            }
        }
        Err(self.gets_nowhere())
    }
}
