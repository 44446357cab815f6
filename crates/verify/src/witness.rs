//! What the sink shows of the topic, by everybody who knows: its control document, and the newest checkpoint.
//!
//! A checkpoint is taken once all documents of the records before it are durable. So a sink that shows less has lost
//! documents since: it is an older copy, or somebody emptied it. Whatever it lacks is held against it, not taken for
//! what a run has yet to write.

use tracing::warn;

use mare_checkpoint::{CheckpointState, Repository};
use mare_dataflow::Plan;
use mare_model::position::{LogId, Positions};

/// What the newest checkpoint of a dataflow says of its partitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpointed {
    /// The positions of which the documents are durable.
    pub positions: Positions,
    /// Where reading began, of those of which it is kept.
    pub begins: Positions,
    /// The log that was read.
    pub log: LogId,
}

impl Checkpointed {
    /// Whether the log that was read is known not to be `log`, as far as both are known.
    #[must_use]
    pub fn is_of_another(&self, log: &LogId) -> bool {
        let differ = |was: &Option<String>, is: &Option<String>| was.is_some() && is.is_some() && was != is;
        differ(&self.log.cluster, &log.cluster) || differ(&self.log.topic, &log.topic)
    }
}

/// What the newest whole checkpoint of `plan` says; nothing if there is no such checkpoint, or it was taken over
/// another sink or by other settings.
#[must_use]
pub fn checkpointed(plan: &Plan) -> Checkpointed {
    let Some(settings) = &plan.checkpoint else { return Checkpointed::default() };
    let listed = Repository::open(settings, &plan.name).and_then(|repository| repository.list());
    let listed = listed.unwrap_or_else(|error| {
        warn!("what checkpoints say of the sink is not known: {error}");
        Vec::new()
    });
    let newest = listed.into_iter().find_map(|listed| match listed.state {
        CheckpointState::Whole(manifest) => Some(manifest),
        CheckpointState::Broken(_) | CheckpointState::Unfinished => None,
    });
    let (shape, sink) = (plan.state_shape(), plan.sink().describe().identity);
    let newest = newest.map(|manifest| plan.own(&manifest));
    let ours = newest.filter(|manifest| manifest.sink == sink && manifest.shape.differences(&shape).is_empty());
    let (partitions, log) = ours.map(|manifest| (manifest.partitions, manifest.source)).unwrap_or_default();
    Checkpointed {
        log,
        positions: partitions.iter().map(|(partition, state)| (*partition, state.position)).collect(),
        begins: partitions.iter().filter_map(|(partition, state)| Some((*partition, state.begin?))).collect(),
    }
}

/// The offset up to which each partition is shown, when the control document says `control` and a checkpoint
/// `positions`; `None` if the sink has no control document, which says that it shows all.
#[must_use]
pub fn shown(control: Option<&Positions>, positions: &Positions) -> Option<Positions> {
    let mut shown = control?.clone();
    for (partition, position) in positions {
        let known = shown.entry(*partition).or_insert(*position);
        *known = (*known).max(*position);
    }
    Some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_model::position::{Offset, Partition};

    #[test]
    fn a_log_is_another_if_that_is_known() {
        let log = |cluster: Option<&str>, topic: Option<&str>| LogId {
            cluster: cluster.map(str::to_owned),
            topic: topic.map(str::to_owned),
        };
        let was = Checkpointed { log: log(Some("c"), Some("t")), ..Checkpointed::default() };
        let another = [log(Some("c"), Some("u")), log(Some("d"), Some("t")), log(None, Some("u"))];
        assert!(another.iter().all(|log| was.is_of_another(log)));
        let same = [log(Some("c"), Some("t")), log(None, None), log(Some("c"), None)];
        assert!(!same.iter().any(|log| was.is_of_another(log)));
        assert!(!Checkpointed::default().is_of_another(&log(Some("c"), Some("t"))), "of before logs had names");
    }

    #[test]
    fn who_knows_of_more_is_believed() {
        let positions = |pairs: &[(i32, i64)]| -> Positions {
            pairs.iter().map(|(partition, offset)| (Partition(*partition), Offset(*offset))).collect()
        };
        let checkpointed = positions(&[(0, 5), (1, 9)]);
        assert_eq!(shown(Some(&Positions::new()), &checkpointed), Some(checkpointed.clone()), "an emptied sink");
        let control = positions(&[(0, 7), (1, 8), (2, 3)]);
        assert_eq!(shown(Some(&control), &checkpointed), Some(positions(&[(0, 7), (1, 9), (2, 3)])));
        assert_eq!(shown(None, &checkpointed), None);
    }
}
