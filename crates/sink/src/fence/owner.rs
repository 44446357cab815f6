//! Whether a checkpoint and what stands in a sink belong together. Pure.
//!
//! A checkpoint that is gone on from leaves out of the reading whatever it has counted, so the documents of that must
//! stand where the run writes. An absent, an older or another control document says that they do not, and so does a
//! sink without documents. A run that goes on from none reads them again, so it is not refused; but what stands there
//! then gets another id, because its positions may come as far again as the checkpoint's before all of its documents
//! have.

use jiff::Timestamp;

use super::{Claim, ControlDocument, Generation, SinkName, journal};
use crate::SinkError;
use mare_checkpoint::{Manifest, positions};
use mare_model::journal::Journal;
use mare_model::position::{LogId, Positions};

/// What a checkpoint knows of the sink that its documents went to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Where they went, as the checkpoint notes it.
    pub sink: String,
    /// The id of what stands there; `None` if the checkpoint is of a version that did not keep it, or the sink has
    /// none.
    pub id: Option<String>,
    /// The run that took the checkpoint.
    pub generation: Generation,
    /// What readers had seen at least.
    pub shown: Positions,
    /// How many records the checkpoint has counted.
    pub counted: u64,
    /// When it was taken.
    pub taken: Timestamp,
    /// The log that it has counted.
    pub log: LogId,
    /// The last heartbeat of each partition that had been silent before its run.
    pub journal: Journal,
}

/// What stands beside a control document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stands {
    /// Nobody has looked, or it cannot be told.
    #[default]
    Unknown,
    /// Documents.
    Documents,
    /// Nothing.
    Nothing,
    /// Something that was made after the control document was written: the documents of before are not in it.
    Remade,
}

/// What to do where another log is shown than the one that is there.
const ANOTHER_LOG: &str = "replace the documents with --overwrite, or have this log counted beside them with --fresh";

/// What to do when documents are missing.
pub const REMEDY: &str = "put the newest backup back, or count again from source.kafka.start with --fresh";

impl Expected {
    /// What `manifest` knows of its sink; `None` if nothing was read before it, so that nothing is left out.
    #[must_use]
    pub fn of(manifest: &Manifest) -> Option<Expected> {
        let counted = manifest.partitions.values().map(|state| state.tally.counted).sum();
        let has_read = manifest.partitions.values().any(|state| state.tally.read > 0);
        has_read.then(|| Expected {
            sink: manifest.sink.clone(),
            id: manifest.sink_id.clone(),
            generation: Generation(manifest.generation),
            shown: manifest.shown.clone(),
            counted,
            taken: manifest.taken,
            log: manifest.source.clone(),
            journal: manifest.journal.clone(),
        })
    }

    /// How the checkpoint is called.
    pub(super) fn name(&self) -> String {
        format!("the checkpoint of {}", self.taken)
    }
}

/// How many records `shown` lacks of what is expected.
fn lacking(expected: &Positions, shown: &Positions) -> u64 {
    let lacks = |(partition, offset): (_, &mare_model::position::Offset)| {
        let there = shown.get(partition).map_or(0, |there| there.0);
        u64::try_from(offset.0.saturating_sub(there)).unwrap_or(0)
    };
    expected.iter().map(lacks).sum()
}

/// Refuses a claim over documents that do not stand there, although the newest checkpoint has counted them or the
/// control document speaks of them: `found` is that, and beside it `stands`.
///
/// # Errors
/// [`SinkError::Refused`] with what is missing, and the remedies.
pub fn judge(
    found: Option<&ControlDocument>,
    stands: Stands,
    claim: &Claim,
    place: SinkName<'_>,
) -> Result<(), SinkError> {
    let refused = |missing: String| Err(SinkError::refused(format_args!("{} {missing}", place.name), REMEDY));
    super::is_known(found, place)?;
    if let Some(another) = found.filter(|_| !claim.goes_on).and_then(|found| another_log(found, claim)) {
        return Err(SinkError::refused(format_args!("{} {another}", place.name), ANOTHER_LOG));
    }
    let is_known = |expected: &Expected| expected.id.is_some() && found.is_some_and(|found| found.id == expected.id);
    let is_of = |expected: &&Expected| expected.sink == claim.sink || is_known(expected);
    let expected = match claim.expects.as_ref().filter(is_of) {
        Some(expected) => expected,
        None => match &claim.expects {
            Some(elsewhere) if !claim.counts_again => return Err(foreign(elsewhere, claim)),
            // A checkpoint of another sink says nothing of this one.
            _ => return found.and_then(|found| gone(found, stands, claim)).map_or(Ok(()), refused),
        },
    };
    // A run that claimed nothing, as one to standard output, has left nothing to be found.
    if expected.generation == Generation::default() {
        return Ok(());
    }
    let missing = match found {
        None => Some(absent(expected, stands)),
        Some(found) => {
            differs(found, expected).or_else(|| journal::lost(found, expected)).or_else(|| gone(found, stands, claim))
        }
    };
    missing.map_or(Ok(()), refused)
}

/// What is said where the documents are of another log than the one that a run without a checkpoint would count. One
/// that goes on from a checkpoint has been asked by that.
fn another_log(found: &ControlDocument, claim: &Claim) -> Option<String> {
    let shown = lacking(&found.shown, &Positions::new());
    let difference = positions::difference(&found.log, &claim.log).filter(|_| shown > 0)?;
    Some(format!(
        "shows {} of another log than this topic: {difference}; where both have events of a window and group, the document of more would stand, \
         whichever log they are of",
        records(shown)
    ))
}

/// What is said to a run that has written documents at `place`, when none is left.
#[cold]
#[must_use]
pub fn emptied(place: SinkName<'_>) -> SinkError {
    SinkError::refused(
        format_args!("{} holds no document any more: they were removed while the run wrote there", place.name),
        REMEDY,
    )
}

/// What is said where no control document stands. Documents that stand there all the same may be of anything.
fn absent(expected: &Expected, stands: Stands) -> String {
    let are = if stands == Stands::Documents { "not known to be there" } else { "missing" };
    format!(
        "has no control document, but {} was taken when one stood there: the documents of {} that it has counted are {are}",
        expected.name(),
        records(expected.counted)
    )
}

/// What the control document that stands there has not in common with the expected one.
fn differs(found: &ControlDocument, expected: &Expected) -> Option<String> {
    let (name, counted) = (expected.name(), records(expected.counted));
    if expected.id.is_some() && found.id.is_some() && found.id != expected.id {
        return Some(format!(
            "is not the one that {name} belongs to: it was made anew, or replaced by another one, since. \
             The documents of {counted} that the checkpoint has counted are not known to be in it"
        ));
    }
    let lacking = lacking(&expected.shown, &found.shown);
    let is_older = expected.id.is_some() && found.id.is_none() || found.generation < expected.generation;
    if lacking == 0 && !is_older {
        return None;
    }
    let was = if is_older {
        let Generation(there) = found.generation;
        format!(
            "is older than {name}: it was last claimed by run {there}, the checkpoint is of run {}",
            expected.generation.0
        )
    } else {
        format!("is older than {name}")
    };
    Some(match lacking {
        0 => format!("{was}, and documents may be missing"),
        lacking => {
            format!("{was}, and the documents of {} that the checkpoint has counted are missing", records(lacking))
        }
    })
}

/// What has become of the documents that the control document speaks of.
fn gone(found: &ControlDocument, stands: Stands, claim: &Claim) -> Option<String> {
    let shown = lacking(&found.shown, &Positions::new());
    if claim.shares_log && claim.expects.as_ref().is_none_or(|expected| expected.counted == 0) {
        return None;
    }
    match stands {
        Stands::Nothing if shown > 0 && !claim.writes_late => Some(format!(
            "holds no document, but its control document says that those of {} stand there",
            records(shown)
        )),
        Stands::Remade if shown > 0 => Some(format!(
            "was made anew since it was last claimed: the documents of up to {} are not in it",
            records(shown)
        )),
        _ => None,
    }
}

/// What is said to a run whose checkpoint is of another sink.
#[cold]
fn foreign(expected: &Expected, claim: &Claim) -> SinkError {
    let what = format!(
        "this checkpoint belongs to {} (taken {}): the documents of {} that it has counted went there, and not to {}",
        expected.sink,
        expected.taken,
        records(expected.counted),
        claim.sink
    );
    SinkError::refused(
        what,
        "give the dataflow another name, or count again into this sink with --fresh, or run with --no-checkpoint",
    )
}

fn records(count: u64) -> String {
    if count == 1 { "1 record".to_owned() } else { format!("{count} records") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{claim, positions};

    const PLACE: SinkName<'_> = SinkName { name: "SQLite table `t`", key: "sink.sqlite.table" };

    fn expected() -> Expected {
        let (sink, id, generation) = ("here".to_owned(), Some("s1".to_owned()), Generation(3));
        let (shown, taken) = (positions(&[(0, 20), (1, 10)]), Timestamp::UNIX_EPOCH);
        Expected { sink, id, generation, shown, counted: 30, taken, ..Expected::default() }
    }

    /// What stands there when all is well.
    fn control() -> ControlDocument {
        let (generation, shown) = (Generation(4), positions(&[(0, 25), (1, 10)]));
        ControlDocument { format: 2, id: Some("s1".into()), generation, shown, ..ControlDocument::default() }
    }

    fn judged(found: Option<ControlDocument>, stands: Stands, expects: Option<Expected>) -> Result<(), String> {
        let claim = Claim { expects, ..claim("f1", false) };
        judge(found.as_ref(), stands, &claim, PLACE).map_err(|error| error.to_string())
    }

    /// What is said of `found`, with documents beside it.
    fn missing(found: Option<ControlDocument>) -> String {
        let text = judged(found, Stands::Documents, Some(expected())).unwrap_err();
        assert!(text.starts_with("SQLite table `t` ") && text.contains("; put the newest backup back"), "{text}");
        assert!(text.contains("--fresh"), "{text}");
        text
    }

    #[test]
    fn what_belongs_together_goes_on() {
        for stands in [Stands::Unknown, Stands::Documents] {
            assert_eq!(judged(Some(control()), stands, Some(expected())), Ok(()));
        }
        let same = ControlDocument { generation: Generation(3), shown: expected().shown, ..control() };
        assert_eq!(judged(Some(same), Stands::Documents, Some(expected())), Ok(()));
        assert_eq!(judged(None, Stands::Nothing, None), Ok(()), "a run without a checkpoint expects nothing");
    }

    #[test]
    fn an_absent_control_document_is_no_new_sink() {
        let text = missing(None);
        assert!(text.contains("no control document") && text.contains("the documents of 30 records"), "{text}");
        let alone = judged(None, Stands::Documents, Some(expected())).unwrap_err();
        assert!(alone.contains("not known to be there"), "{alone}");
    }

    #[test]
    fn another_one_an_older_one_and_one_that_shows_less_are_told_apart() {
        let other = missing(Some(ControlDocument { id: Some("s2".into()), ..control() }));
        assert!(other.contains("made anew, or replaced by another one"), "{other}");
        let older = missing(Some(ControlDocument { generation: Generation(2), ..control() }));
        assert!(
            older.contains("claimed by run 2, the checkpoint is of run 3, and documents may be missing"),
            "{older}"
        );
        let less = missing(Some(ControlDocument { shown: positions(&[(0, 13)]), ..control() }));
        assert!(less.contains("the documents of 17 records"), "{less}");
        let before = missing(Some(ControlDocument { format: 1, id: None, shown: positions(&[(0, 20)]), ..control() }));
        assert!(before.contains("is older") && before.contains("the documents of 10 records"), "{before}");
    }

    #[test]
    fn what_a_newer_release_has_written_is_not_judged() {
        let newer = ControlDocument { format: super::super::FORMAT + 1, ..control() };
        let text = judged(Some(newer), Stands::Documents, Some(expected())).unwrap_err();
        assert!(text.contains("newer mare"), "{text}");
    }

    #[test]
    fn documents_of_another_log_are_no_ground_to_count_on() {
        let log = |cluster: &str, topic: &str| LogId { cluster: Some(cluster.into()), topic: Some(topic.into()) };
        let shown = |log| ControlDocument { log, ..control() };
        let judged = |found: ControlDocument, claim: Claim| {
            judge(Some(&found), Stands::Documents, &claim, PLACE).map_err(|error| error.to_string())
        };
        let reads = Claim { log: log("c", "new"), ..claim("f1", false) };
        let text = judged(shown(log("c", "old")), reads.clone()).unwrap_err();
        for part in ["shows 35 records of another log", "(its id was old and is new)", "--overwrite", "--fresh"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(judged(shown(log("d", "new")), reads.clone()).unwrap_err().contains("of the cluster c now"));
        for known in [log("c", "new"), LogId::default(), LogId { topic: None, ..log("c", "") }] {
            assert_eq!(judged(shown(known), reads.clone()), Ok(()), "the same, as far as it is known");
        }
        let unshown = ControlDocument { shown: Positions::new(), ..shown(log("c", "old")) };
        assert_eq!(judged(unshown, reads.clone()), Ok(()), "nothing stands there");
        assert_eq!(
            judged(shown(log("c", "old")), Claim { goes_on: true, ..reads }),
            Ok(()),
            "its checkpoint was asked"
        );
    }

    #[test]
    fn documents_that_are_gone_are_missed_although_their_control_document_stands() {
        for (stands, words) in [(Stands::Nothing, "holds no document"), (Stands::Remade, "was made anew")] {
            let text = judged(Some(control()), stands, Some(expected())).unwrap_err();
            assert!(text.contains(words) && text.contains("35 records") && text.contains("--fresh"), "{text}");
            let unshown = ControlDocument { shown: Positions::new(), ..control() };
            let nothing = Expected { shown: Positions::new(), ..expected() };
            assert_eq!(judged(Some(unshown.clone()), stands, Some(nothing)), Ok(()), "all were late, or dead letters");
            assert!(judged(Some(control()), stands, None).unwrap_err().contains(words), "nor is a checkpoint needed");
            assert_eq!(judged(Some(unshown), stands, None), Ok(()));
        }
    }

    #[test]
    fn of_open_sessions_there_is_no_document_to_be_missed() {
        let late = |writes_late| Claim { expects: Some(expected()), writes_late, ..Claim::default() };
        assert!(judge(Some(&control()), Stands::Nothing, &late(true), PLACE).is_ok());
        assert!(judge(Some(&control()), Stands::Nothing, &late(false), PLACE).is_err());
        assert!(judge(Some(&control()), Stands::Remade, &late(true), PLACE).is_err(), "it was another place");
        assert!(judge(None, Stands::Nothing, &late(true), PLACE).is_err(), "nor is it known whose it is");
    }

    #[test]
    fn a_checkpoint_of_another_sink_is_refused() {
        let there = Expected { sink: "mongodb://there shop.orders".into(), ..expected() };
        for found in [None, Some(ControlDocument { id: Some("s2".into()), ..control() })] {
            let text = judged(found, Stands::Documents, Some(there.clone())).unwrap_err();
            let remedies = ["another name", "--fresh", "--no-checkpoint"];
            assert!(text.starts_with("this checkpoint belongs to mongodb://there shop.orders"), "{text}");
            assert!(remedies.iter().all(|remedy| text.contains(remedy)) && text.contains("not to here"), "{text}");
        }
        assert_eq!(
            judged(Some(control()), Stands::Documents, Some(there.clone())),
            Ok(()),
            "another spelling of the same"
        );
        let again = Claim { expects: Some(there), counts_again: true, ..claim("f1", false) };
        assert!(judge(None, Stands::Nothing, &again, PLACE).is_ok(), "a run that counts again learns nothing from it");
    }

    #[test]
    fn one_of_format_1_is_known_by_where_it_went() {
        let old = Expected { id: None, shown: Positions::new(), ..expected() };
        assert_eq!(judged(Some(control()), Stands::Documents, Some(old.clone())), Ok(()));
        assert!(judged(None, Stands::Nothing, Some(old.clone())).unwrap_err().contains("no control document"));
        let older = ControlDocument { generation: Generation(1), ..control() };
        assert!(judged(Some(older), Stands::Documents, Some(old.clone())).unwrap_err().contains("is older"));
        let elsewhere = Expected { sink: "there".into(), ..old };
        assert!(judged(Some(control()), Stands::Documents, Some(elsewhere)).is_err());
    }

    #[test]
    fn standard_output_has_no_identity() {
        let printed = Expected { id: None, generation: Generation::default(), shown: Positions::new(), ..expected() };
        assert_eq!(judged(None, Stands::Unknown, Some(printed.clone())), Ok(()));
        assert!(judged(None, Stands::Unknown, Some(Expected { sink: "a file".into(), ..printed })).is_err());
    }
}
