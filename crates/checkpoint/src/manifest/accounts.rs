//! The partitions as a manifest has them: dead letters by their reasons, so that a new reason changes nothing of the
//! old.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Jump, PartitionState, Partitions, Tally};
use mare_decode::Reject;
use mare_model::position::{Offset, Partition};
use mare_model::record::LastRead;
use mare_model::time::EventTime;

/// One partition.
#[derive(Serialize, Deserialize)]
struct Row {
    position: Offset,
    /// Not in version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    begin: Option<Offset>,
    /// Not in version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    leader_epoch: Option<i32>,
    /// Behind the last record read; left out if that is `position`, as it is unless what lies between is no record. Not
    /// in version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    leader_epoch_before: Option<Offset>,
    /// [`Record::checksum`](mare_model::record::Record::checksum) of that record. Not in version 1, nor in the first
    /// ones of version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checksum: Option<u32>,
    /// In milliseconds; absent if nothing was read.
    promise: Option<EventTime>,
    /// In milliseconds. Not in version 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    recent: Vec<EventTime>,
    /// Not in version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jump: Option<Jump>,
    read: u64,
    counted: u64,
    /// Left out if there is none, as in a dataflow that wants all events.
    #[serde(default, skip_serializing_if = "is_zero")]
    filtered: u64,
    late: u64,
    /// Left out if there is none, as in a dataflow that does not deduplicate.
    #[serde(default, skip_serializing_if = "is_zero")]
    duplicate: u64,
    rounded: u64,
    /// Reasons without dead letters are left out.
    dead_letters: BTreeMap<String, u64>,
    /// Of each view behind the first; left out if there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    others: Vec<Row>,
}

/// Writes the partitions.
pub(super) fn serialize<S: Serializer>(partitions: &Partitions, to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(partitions.iter().map(|(partition, state)| (partition, Row::of(state))))
}

/// Reads the partitions.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Partitions, D::Error> {
    let rows = BTreeMap::<Partition, Row>::deserialize(from)?;
    let states =
        rows.into_iter().map(|(partition, row)| Ok((partition, row.state().map_err(serde::de::Error::custom)?)));
    states.collect()
}

impl Row {
    fn of(state: &PartitionState) -> Row {
        let Tally { read, counted, filtered, late, duplicate, rounded, dead } = state.tally.clone();
        let dead = Reject::REASONS.iter().zip(dead).filter(|(_, count)| *count > 0);
        Row {
            position: state.position,
            begin: state.begin,
            leader_epoch: state.last.and_then(|last| last.epoch),
            leader_epoch_before: state.last.map(|last| last.before).filter(|before| *before != state.position),
            checksum: state.last.and_then(|last| last.checksum),
            recent: state.recent.clone(),
            jump: state.jump,
            promise: Some(state.promise).filter(|promise| *promise > EventTime::MIN),
            read,
            counted,
            filtered,
            late,
            duplicate,
            rounded,
            dead_letters: dead.map(|(reason, count)| ((*reason).to_owned(), count)).collect(),
            others: state.others.iter().map(Row::of).collect(),
        }
    }

    /// The state; a reason that this version does not know is refused, because its account would no longer add up.
    fn state(self) -> Result<PartitionState, String> {
        let mut dead = [0; Reject::REASONS.len()];
        for (reason, count) in self.dead_letters {
            let place = Reject::REASONS.iter().position(|known| *known == reason);
            let account = place.and_then(|place| dead.get_mut(place));
            *account.ok_or_else(|| format!("unknown reason of dead letters `{reason}`"))? = count;
        }
        let Row {
            position,
            begin,
            leader_epoch,
            checksum,
            promise,
            recent,
            jump,
            read,
            counted,
            filtered,
            late,
            duplicate,
            rounded,
            others,
            ..
        } = self;
        let tally = Tally { read, counted, filtered, late, duplicate, dead, rounded };
        let promise = promise.unwrap_or(EventTime::MIN);
        let before = self.leader_epoch_before.unwrap_or(position);
        let is_known = leader_epoch.is_some() || checksum.is_some();
        let last = is_known.then_some(LastRead { before, epoch: leader_epoch, checksum });
        let others = others.into_iter().map(Row::state).collect::<Result<_, _>>()?;
        Ok(PartitionState { position, begin, last, promise, recent, jump, tally, others })
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first manifests of version 2 have the epoch of the last record, and not its checksum.
    #[test]
    fn a_last_record_without_a_checksum_is_known_by_its_epoch() {
        let row = r#"{"position": 8, "leader_epoch": 3, "promise": null, "read": 0, "counted": 0, "late": 0, "rounded": 0, "dead_letters": {}}"#;
        let last = |row: &str| serde_json::from_str::<Row>(row).expect("a row").state().expect("a state").last;
        assert_eq!(last(row), Some(LastRead { before: Offset(8), epoch: Some(3), checksum: None }));
        let sum = row.replace("\"leader_epoch\": 3", "\"leader_epoch_before\": 6, \"checksum\": 5");
        assert_eq!(last(&sum), Some(LastRead { before: Offset(6), epoch: None, checksum: Some(5) }));
        assert_eq!(last(&row.replace("\"leader_epoch\": 3, ", "")), None);
    }

    /// The reasons of the releases before are in checkpoints that people have.
    #[test]
    fn the_reasons_of_before_are_still_known() {
        let before = "tombstone too_large not_json missing_field wrong_type out_of_range not_a_time future_time";
        let letters: Vec<_> = before.split(' ').map(|reason| format!("\"{reason}\": 1")).collect();
        let row = format!(
            r#"{{"position": 8, "promise": null, "read": 8, "counted": 0, "late": 0, "rounded": 0, "dead_letters": {{{}}}}}"#,
            letters.join(", ")
        );
        let state = serde_json::from_str::<Row>(&row).expect("a row").state().expect("known reasons");
        assert_eq!(state.tally.dead_total(), 8);
        assert!(serde_json::from_str::<Row>(&row.replace("not_json", "unheard_of")).expect("a row").state().is_err());
    }
}
