//! Whether the journal of silent partitions is still the one by which a checkpoint was judged. Pure.
//!
//! A checkpoint notes the last heartbeat of each partition that its run had found: the journal that stands there now
//! says as much, or more, for as long as the log is the same. With one that was cut, or lost, more events would count
//! from there on than whoever reads the documents has been told.

use super::{ControlDocument, Expected};
use mare_checkpoint::positions;
use mare_model::journal::Heartbeat;

/// What is said of `found` where heartbeats are gone that the checkpoint knows.
pub(super) fn lost(found: &ControlDocument, expected: &Expected) -> Option<String> {
    if positions::difference(&expected.log, &found.log).is_some() {
        return None; // the journal has gone with the log
    }
    let stands = |beat: &Heartbeat| found.journal.promise(beat.partition, beat.offset) >= beat.promise;
    let Heartbeat { partition, offset, promise } = expected.journal.heartbeats().find(|beat| !stands(beat))?;
    let name = expected.name();
    Some(format!(
        "has lost what was written down of silent partitions: {name} knows of {promise} for partition {partition} from offset {offset} on"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_model::journal::Journal;
    use mare_model::position::{LogId, Offset, Partition};
    use mare_model::time::EventTime;

    fn journal(promise: Option<i64>) -> Journal {
        let at = |promise| Heartbeat { partition: Partition(1), offset: Offset(9), promise: EventTime(promise) };
        promise.map(at).into_iter().collect()
    }

    #[test]
    fn a_journal_that_was_cut_is_missed_as_long_as_the_log_is_the_same() {
        let log = |topic: &str| LogId { cluster: None, topic: Some(topic.into()) };
        let lost = |promise, topic| {
            let found = ControlDocument { journal: journal(promise), log: log(topic), ..ControlDocument::default() };
            super::lost(&found, &Expected { journal: journal(Some(5)), log: log("t"), ..Expected::default() })
        };
        assert_eq!((lost(Some(5), "t"), lost(Some(6), "t")), (None, None));
        for cut in [None, Some(4)] {
            let text = lost(cut, "t").expect("it is missed");
            assert!(text.contains("partition 1 from offset 9 on"), "{text}");
        }
        assert_eq!(lost(None, "made anew"), None);
        let found = ControlDocument::default();
        assert_eq!(super::lost(&found, &Expected::default()), None, "nothing was ever silent");
    }
}
