//! Which run a sink belongs to, and which events its readers may have seen: the rules. Pure.
//!
//! A sink carries one *control document* beside its documents. It holds the generation of the run that writes there,
//! the fingerprint of the dataflow, and for each partition the first offset whose event no document shows yet.
//!
//! # Why documents never go back, whoever writes them
//! Of two documents with one `_id` the larger number of events stands; that is the guard of every upsert. It lets a
//! *restored* run replace a total of ten events by eleven others, though: workers read the partitions at another pace
//! than before, so its first eleven need not contain the ten. The control document closes that gap.
//!
//! * STEP 1. A run claims the sink and gets a generation that nobody had. From then on the control document cannot be
//!   raised by an older run, so what the claim finds shown is all that will ever have been shown by runs before.
//! * STEP 2. Before each batch a writer raises the positions to those that the batch shows, if the generation is still
//!   its own. A reader therefore sees an event only after the positions say so; were they raised behind the batch, a
//!   crash between the two would leave documents that show more than the positions admit.
//! * STEP 3. A restored run is silent until its sources have passed the positions found. Each document that it writes
//!   then has every event folded in that a reader may have seen, so it contains whatever stood there.
//! * STEP 4. A run that wakes up behind a later claim learns at its next batch that it is superseded, and stops. The
//!   one batch that may have passed the check just before is of the same dataflow, of positions that are in the control
//!   document, and under the guard: it is shown by the rules of STEP 3 or ignored.
//!
//! A sink with transactions raises the positions and writes the documents in one, which is both orders at once.

use jiff::Timestamp;

use super::SinkError;
use crate::source::{Offset, Partition, Positions};

/// The number of a run among all that have claimed one sink; it lives as long as the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

impl Generation {
    /// Of a run that has claimed nothing: its writers touch no control document, and nothing stops them.
    pub const UNFENCED: Generation = Generation(0);

    /// The generation of the next run.
    #[must_use]
    pub fn next(self) -> Generation {
        Generation(self.0 + 1)
    }

    /// Whether writers of this generation keep to the control document.
    #[must_use]
    pub fn is_fenced(self) -> bool {
        self != Self::UNFENCED
    }
}

/// What a run says when it claims a sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The dataflow's name.
    pub dataflow: String,
    /// Equal for two dataflows if and only if they make the same documents of the same log.
    pub fingerprint: String,
    /// Whether documents that stand there are to be removed first.
    pub overwrite: bool,
    /// Host and process, for people.
    pub who: String,
}

/// What a run has when its claim is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The generation that is now ours.
    pub generation: Generation,
    /// For each partition, the first offset whose event no reader can have seen; empty before the first batch.
    pub shown: Positions,
    /// Whether the documents that stood there were removed, because the claim said so.
    pub overwritten: bool,
}

impl Standing {
    /// Of a sink that has no control document.
    pub(super) const UNFENCED: Standing =
        Standing { generation: Generation::UNFENCED, shown: Positions::new(), overwritten: false };
}

/// The version of the control document. An older `mare` does not know what a newer one keeps in it.
pub(super) const FORMAT: i64 = 1;

/// A control document, however the sink keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Control {
    /// The version of the control document itself.
    pub(super) format: i64,
    /// Name of the dataflow whose documents stand there.
    pub(super) dataflow: String,
    /// Its fingerprint.
    pub(super) fingerprint: String,
    /// The newest run.
    pub(super) generation: Generation,
    /// What its batches and those of earlier runs show.
    pub(super) shown: Positions,
    /// Host and process of the newest run.
    pub(super) who: String,
    /// When that run claimed the sink.
    pub(super) since: Timestamp,
    /// Whether the documents are being removed, or a run ended in the middle of that.
    pub(super) overwriting: bool,
}

/// A sink as messages name it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// The kind, the names and the servers.
    pub(super) name: &'a str,
    /// The key of the file that names another one.
    pub(super) key: &'a str,
}

/// What a granted claim does with the documents that stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// They are this dataflow's own.
    Keep,
    /// They are removed.
    Replace,
}

/// Whether `claim` is granted where `found` stands.
///
/// # Errors
/// [`SinkError::Refused`] with the remedy.
pub(super) fn decide(found: Option<&Control>, claim: &Claim, place: Place<'_>) -> Result<Decision, SinkError> {
    let refused = |why: String| Err(SinkError::Refused(format!("{} {why}", place.name)));
    if let Some(format) = found.map(|found| found.format).filter(|format| *format > FORMAT) {
        return refused(format!(
            "was last written by a newer mare (control document of format {format}, this one knows {FORMAT}); run that one"
        ));
    }
    match found {
        _ if claim.overwrite => Ok(Decision::Replace),
        Some(found) if found.overwriting => refused(format!(
            "is not replaced yet by a run with --overwrite ({}, since {}); if that one has ended, run with --overwrite to finish",
            found.who, found.since
        )),
        Some(found) => match difference(found, claim) {
            Some(difference) => refused(format!(
                "holds documents of {difference}; run with --overwrite to replace them, or name another one in {}",
                place.key
            )),
            None => Ok(Decision::Keep),
        },
        None => Ok(Decision::Keep),
    }
}

/// Whose documents stand there, if not those of the dataflow that claims them.
fn difference(found: &Control, claim: &Claim) -> Option<String> {
    let Claim { dataflow, fingerprint, .. } = claim;
    if found.dataflow != *dataflow {
        return Some(format!("another dataflow (`{}` there, `{dataflow}` here)", found.dataflow));
    }
    (found.fingerprint != *fingerprint).then(|| {
        let there = &found.fingerprint;
        format!("another version of the dataflow `{dataflow}` (fingerprint {there} there, {fingerprint} here)")
    })
}

/// What is said to a run of `mine` whose generation is no longer in the control document; `found` stands there now.
#[cold]
pub(super) fn superseded(mine: Generation, found: Option<&Control>, place: Place<'_>) -> SinkError {
    let name = place.name;
    match found {
        Some(Control { generation, who, since, .. }) => SinkError::Superseded(format!(
            "{name}: another run (generation {}, {who}, since {since}) has taken over; this one (generation {}) stops. \
             Nothing is lost: its documents stand, and the other run goes on",
            generation.0, mine.0
        )),
        None => SinkError::Refused(format!(
            "{name}: the control document of this run (generation {}) is gone; this one stops. Start it again, and leave \
             the control document where it is",
            mine.0
        )),
    }
}

/// Raises `positions` to at least `shows`, and returns those that rose.
pub(crate) fn raise(positions: &mut Positions, shows: &Positions) -> Positions {
    let higher = rising(positions, shows);
    positions.extend(&higher);
    higher
}

/// Those of `shows` that are above `positions`.
pub(super) fn rising(positions: &Positions, shows: &Positions) -> Positions {
    let is_higher = |(partition, offset): &(&Partition, &Offset)| positions.get(partition) < Some(offset);
    shows.iter().filter(is_higher).map(|(partition, offset)| (*partition, *offset)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::fixture::{claim, positions};

    const PLACE: Place<'_> = Place { name: "MongoDB loja.vendas", key: "sink.mongodb.collection" };

    fn control() -> Control {
        let Claim { dataflow, fingerprint, who, .. } = claim("f1", false);
        let (generation, shown) = (Generation(7), positions(&[(0, 5)]));
        Control {
            format: 1,
            dataflow,
            fingerprint,
            generation,
            shown,
            who,
            since: Timestamp::UNIX_EPOCH,
            overwriting: false,
        }
    }

    fn refusal(outcome: Result<Decision, SinkError>) -> String {
        match outcome {
            Err(SinkError::Refused(text)) => text,
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn a_sink_that_is_new_or_our_own_is_kept() {
        assert_eq!(decide(None, &claim("f1", false), PLACE).unwrap(), Decision::Keep);
        assert_eq!(decide(Some(&control()), &claim("f1", false), PLACE).unwrap(), Decision::Keep);
    }

    #[test]
    fn documents_of_another_dataflow_are_refused_and_told_apart() {
        let text = refusal(decide(Some(&control()), &claim("f2", false), PLACE));
        for part in ["MongoDB loja.vendas", "fingerprint f1 there, f2 here", "--overwrite", "sink.mongodb.collection"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let other = Control { dataflow: "other".into(), ..control() };
        let text = refusal(decide(Some(&other), &claim("f1", false), PLACE));
        assert!(text.contains("`other` there, `test` here") && text.contains("--overwrite"), "{text}");
    }

    #[test]
    fn told_to_overwrite_every_sink_of_a_known_format_is_replaced() {
        let unfinished = Control { overwriting: true, ..control() };
        for found in [None, Some(control()), Some(Control { dataflow: "other".into(), ..control() }), Some(unfinished)]
        {
            let decision = decide(found.as_ref(), &claim("f1", true), PLACE);
            assert_eq!(decision.unwrap(), Decision::Replace, "{found:?}");
        }
    }

    #[test]
    fn an_unfinished_replacement_is_refused_with_the_remedy() {
        let unfinished = Control { overwriting: true, ..control() };
        let text = refusal(decide(Some(&unfinished), &claim("f1", false), PLACE));
        assert!(text.contains("host:1") && text.contains("--overwrite to finish"), "{text}");
    }

    #[test]
    fn a_newer_format_is_refused_whatever_is_asked() {
        let newer = Control { format: FORMAT + 1, ..control() };
        for overwrite in [false, true] {
            let text = refusal(decide(Some(&newer), &claim("f1", overwrite), PLACE));
            assert!(text.contains("newer mare"), "{text}");
        }
    }

    #[test]
    fn a_superseded_run_hears_by_whom() {
        let SinkError::Superseded(text) = superseded(Generation(6), Some(&control()), PLACE) else { panic!() };
        for part in ["generation 7, host:1, since 1970-01-01T00:00:00Z", "(generation 6) stops", "Nothing is lost"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let SinkError::Refused(text) = superseded(Generation(6), None, PLACE) else { panic!() };
        assert!(text.contains("is gone"), "{text}");
    }

    #[test]
    fn standard_output_is_nobodys() {
        let standing = crate::sink::claim(&crate::sink::fixture::sales(), &claim("f1", false)).unwrap();
        assert_eq!(standing, Standing { generation: Generation(0), shown: Positions::new(), overwritten: false });
        assert!(!standing.generation.is_fenced() && standing.generation.next().is_fenced());
    }

    #[test]
    fn positions_only_rise() {
        let mut shown = positions(&[(0, 5), (1, 5)]);
        let rose = raise(&mut shown, &positions(&[(0, 4), (1, 6), (2, 0)]));
        assert_eq!(rose, positions(&[(1, 6), (2, 0)]));
        assert_eq!(shown, positions(&[(0, 5), (1, 6), (2, 0)]));
        assert_eq!(raise(&mut shown, &positions(&[(0, 5), (1, 6)])), Positions::new());
    }
}
