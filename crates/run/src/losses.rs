//! What a run does when records are gone: what `source.kafka.on_data_loss` says.

use tracing::warn;

use crate::failure::Failure;
use mare_checkpoint::positions::GonePartition;
use mare_checkpoint::{Loss, Repository};
use mare_dataflow::Plan;
use mare_model::position::LogId;
use mare_source::{OnDataLoss, SourceDescription};

/// The policy of a dataflow.
pub struct Losses {
    /// The log that is read.
    source: SourceDescription,
    policy: OnDataLoss,
    /// Where its checkpoints were looked for.
    place: Option<String>,
}

impl Losses {
    /// The policy of `plan`, whose checkpoints are in `kept`.
    #[must_use]
    pub fn new(plan: &Plan, kept: Option<&Repository>) -> Self {
        let (source, policy) = (plan.source.describe(), plan.source.on_data_loss());
        Losses { source, policy, place: kept.map(Repository::place) }
    }

    /// Accepts what is gone, and says so.
    ///
    /// # Errors
    /// As [`Losses::look`].
    pub fn accept(&self, gone: &[GonePartition]) -> Result<(), Failure> {
        self.look(gone)?;
        for GonePartition { partition, what, to, .. } in gone {
            warn!("{}[{partition}]: {what}; reading on from offset {to}, as on_data_loss says", self.source.name);
        }
        Ok(())
    }

    /// Says what a run that begins anew leaves out, which the documents have not either: somebody has decided that,
    /// perhaps without knowing it.
    pub fn leave_out(&self, gone: &[GonePartition]) {
        for GonePartition { partition, what, .. } in gone {
            warn!("{}[{partition}]: {what}; they stay uncounted, as --fresh says", self.source.name);
        }
    }

    /// Looks at what is gone.
    ///
    /// # Errors
    /// If something is, and the dataflow does not say to go on then.
    pub fn look(&self, gone: &[GonePartition]) -> Result<(), Failure> {
        let first = gone.first().filter(|_| self.policy == OnDataLoss::Fail);
        first.map_or(Ok(()), |GonePartition { partition, what, remedy, .. }| {
            let failure = Failure::new(format!("{}[{partition}]: {what}", self.source.name));
            Err(failure.remedy(remedy.describe(self.place.as_deref())))
        })
    }

    /// Accepts what a run before has left a note of.
    ///
    /// # Errors
    /// As [`Losses::accept`].
    pub fn accept_note(&self, loss: Option<&Loss>) -> Result<(), Failure> {
        let Some(what) = loss.map(Loss::words) else { return Ok(()) };
        if self.policy == OnDataLoss::Fail {
            return Err(Failure::new(what).remedy(Loss::REMEDY));
        }
        warn!("{what}; going on, as on_data_loss says");
        Ok(())
    }

    /// Refuses a checkpoint of another cluster's log: `was` is what it read, `is` what there is.
    #[must_use]
    pub fn foreign(&self, was: &LogId, is: &LogId) -> Failure {
        let name = |id: &LogId| id.cluster.clone().unwrap_or_default();
        let (brokers, place) = (&self.source.server, self.place.clone().unwrap_or_default());
        Failure::new(format!(
            "the checkpoints in {place} belong to the Kafka cluster {}, and {brokers} are of the cluster {}",
            name(was),
            name(is)
        ))
        .remedy(
            "name the brokers of that cluster in source.kafka.brokers; if this one is to be read, give the dataflow another name \
             and another place in its sink, or count the topic again with --fresh, which is right if it has all records of the \
             other",
        )
    }
}
