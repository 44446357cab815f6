//! What a run asks the brokers before it begins, for as long as they do not answer.

use super::session::ask;
use crate::failure::Failure;
use mare_checkpoint::Partitions;
use mare_checkpoint::positions::{self, LogState};
use mare_dataflow::Plan;
use mare_engine::Control;
use mare_model::extent::{HeldBack, Span};
use mare_model::position::LogId;
use mare_source::Survey;

/// Whom to ask, and until when. Each answer is `None` if the run is asked to stop meanwhile.
#[derive(Clone, Copy)]
pub struct Brokers<'a> {
    /// What runs.
    pub plan: &'a Plan,
    /// Asks about its log.
    pub survey: &'a dyn Survey,
    /// Says when the run is asked to stop.
    pub control: &'a Control,
}

impl Brokers<'_> {
    /// What there is to read, of all partitions.
    ///
    /// # Errors
    /// If somebody has to mend something first.
    pub fn spans(&self) -> Result<Option<Vec<Span>>, Failure> {
        ask(self.survey.health(), self.control, || self.survey.spans())
    }

    /// What the topic is.
    ///
    /// # Errors
    /// As [`Brokers::spans`].
    pub fn id(&self) -> Result<Option<LogId>, Failure> {
        ask(self.survey.health(), self.control, || self.survey.id())
    }

    /// What open transactions hold back.
    ///
    /// # Errors
    /// As [`Brokers::spans`].
    pub fn held_back(&self) -> Result<Option<Vec<HeldBack>>, Failure> {
        ask(self.survey.health(), self.control, || self.survey.held_back())
    }

    /// All that a run has to know which goes on from `partitions`, a checkpoint of the log `source`.
    ///
    /// # Errors
    /// As [`Brokers::spans`].
    pub fn log(&self, source: &LogId, partitions: Option<&Partitions>) -> Result<Option<LogState>, Failure> {
        let Some(id) = self.id()? else { return Ok(None) };
        let Some(spans) = self.spans()? else { return Ok(None) };
        let is_same = positions::difference(source, &id).is_none();
        let read = partitions.filter(|_| is_same).map(|partitions| positions::read(&spans, partitions));
        let read = read.unwrap_or_default();
        let health = self.survey.health();
        let cut = ask(health, self.control, || self.plan.source.cut_short(&self.plan.name, health, &read))?;
        Ok(cut.map(|cut| LogState { id, spans, cut }))
    }
}
