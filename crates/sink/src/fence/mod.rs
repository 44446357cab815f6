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
//!   one batch that may have passed the check just before is of the same dataflow, of positions that are in the
//!   control document, and under the guard: it is shown by the rules of STEP 3 or ignored.
//!
//! A sink with transactions raises the positions and writes the documents in one, which is both orders at once. One
//! with a single ordered log may take them in one command, if it does them in their order, keeps no later one without
//! the earlier, and goes no further where the generation is another's.
//!
//! # The journal of the silent
//! Beside the positions stands the journal of the log ([`mare_model::journal`]), with the documents of the first view.
//! It is written by the rules of the positions: by the run alone whose generation stands there, and durable before
//! anything is judged by it. So the claim of STEP 1 finds all that any run before has acted on, or ever will. It goes
//! with the documents, or the log. A document with one is of format 3, which releases that know of none refuse.
//!
//! # What a run goes on from and where it writes belong together
//! A checkpoint takes it for granted that the documents of what it has counted stand in its sink. So the control
//! document has an id that nothing else has, made when a sink is first claimed, and a checkpoint notes it with the
//! generation and the positions that it has seen there. A run that goes on from a checkpoint says what it
//! [expects](Expected), and [`owner`] holds that against what it finds.
//!
//! # Layout
//! * `mod`: what is said and found when a run claims a sink, and the decision
//! * [`owner`]: whether a checkpoint and a sink belong together; `journal`: its part about silent partitions

mod journal;
pub mod owner;
#[cfg(test)]
mod tests;
mod zombie;

use jiff::Timestamp;
use tracing::warn;

pub use owner::{Expected, Stands};
pub use zombie::{is_own, superseded};

use super::SinkError;
use mare_checkpoint::positions::difference as another;
use mare_model::canary;
use mare_model::journal::Journal;
use mare_model::position::{LogId, Offset, Partition, Positions};

/// The number of a run among all that have claimed one sink, from 1; it lives as long as the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

impl Generation {
    /// The generation of the next run.
    #[must_use]
    pub fn next(self) -> Generation {
        Generation(self.0 + 1)
    }
}

/// By what a sink tells the writers of one run from those of all others: its fencing token.
///
/// The generation alone is not enough. A sink that was removed and claimed anew may count the same generations again,
/// so the token has the id of what was claimed too; a writer gets it from the claim, never from what it finds when it
/// opens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FencingToken {
    /// The number of the run.
    pub generation: Generation,
    /// The id of the control document that the run has claimed; nothing for a sink that has none.
    pub id: Option<String>,
}

impl FencingToken {
    /// Of a run that has claimed nothing: its writers touch no control document, and nothing stops them.
    pub const UNFENCED: FencingToken = FencingToken { generation: Generation(0), id: None };

    /// Whether writers with this token keep to the control document.
    #[must_use]
    pub fn is_fenced(&self) -> bool {
        self.generation != FencingToken::UNFENCED.generation
    }

    /// Whether `found` is the control document with this id, whichever run's it is by now.
    fn is_of(&self, found: &ControlDocument) -> bool {
        self.id.is_none() || found.id == self.id
    }
}

/// What a run says when it claims a sink.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// The dataflow's name.
    pub dataflow: String,
    /// Equal for two dataflows if and only if they make the same documents of the same log.
    pub fingerprint: String,
    /// What control documents of format 1 have in its place.
    pub fingerprint_1: Option<String>,
    /// The log that they are counted from, as far as the brokers tell; nothing where nobody has asked them.
    pub log: LogId,
    /// Where the documents go, as a checkpoint notes it.
    pub sink: String,
    /// What the newest checkpoint knows of its sink; nothing if there is none.
    pub expects: Option<Expected>,
    /// Whether the run goes on from that checkpoint.
    pub goes_on: bool,
    /// Whether the run is told to count again, so that nothing needs to stand there. Any other is refused if something
    /// is missing.
    pub counts_again: bool,
    /// Whether other views are counted from the same log: what the control document shows need not have come to a
    /// document of this one.
    pub shares_log: bool,
    /// Whether documents are written when they are certain and not before: what the control document shows may be of
    /// open sessions alone, of which there is none yet.
    pub writes_late: bool,
    /// The newest generation that is known of elsewhere: that of the claim is larger, whatever stands in the sink.
    pub newest: Generation,
    /// Where reading begins, if the control document does not say that.
    pub begins: Positions,
    /// Where the partitions begin: reading begins there in those that have come since it was decided where it begins.
    pub firsts: Positions,
    /// Whether reading begins anew, so that what the control document says of where it began is replaced.
    pub anew: bool,
    /// Whether documents that stand there are to be removed first.
    pub overwrite: bool,
    /// Host and process, for people.
    pub who: String,
}

/// What a run has when its claim is granted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The generation that is now ours.
    pub generation: Generation,
    /// The id of what stands there; nothing for a sink that has no control document.
    pub id: Option<String>,
    /// Where reading began in each partition, as far as that is known.
    pub begins: Positions,
    /// For each partition, the first offset whose event no reader can have seen; empty before the first batch.
    pub shown: Positions,
    /// What was promised for partitions that were silent.
    pub journal: Journal,
    /// Whether the documents that stood there were removed, because the claim said so.
    pub overwritten: bool,
}

impl Standing {
    /// By what its writers are told from all others.
    #[must_use]
    pub fn token(&self) -> FencingToken {
        FencingToken { generation: self.generation, id: self.id.clone() }
    }
}

/// The version of the control document. An older `mare` does not know what a newer one keeps in it; one of format 1,
/// which has no id and another kind of fingerprint, is taken over by the first claim.
pub const FORMAT: i64 = 3;

/// The version of one without a journal.
pub const FORMAT_WITHOUT_JOURNAL: i64 = 2;

/// A control document, however the sink keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ControlDocument {
    /// The version of the control document itself.
    pub format: i64,
    /// What nothing else has that was ever claimed; nothing in format 1.
    pub id: Option<String>,
    /// Name of the dataflow whose documents stand there.
    pub dataflow: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// The newest run.
    pub generation: Generation,
    /// The log that these are positions of, as far as that is known: nothing where no release before has noted it.
    pub log: LogId,
    /// What its batches and those of earlier runs show.
    pub shown: Positions,
    /// Where reading began in each partition, as far as that is known.
    pub begins: Positions,
    /// What was promised for partitions that were silent.
    pub journal: Journal,
    /// Host and process of the newest run.
    pub who: String,
    /// When that run claimed the sink.
    pub since: Timestamp,
    /// Whether the documents are being removed, or a run ended in the middle of that.
    pub overwriting: bool,
}

impl ControlDocument {
    /// Where reading begins for the run of `claim`: where it was once decided to. Where documents stand that do not
    /// say it, it stays unknown to a run without a checkpoint: a guess would hide what is gone since.
    fn begins(kept: Option<&ControlDocument>, claim: &Claim) -> Positions {
        let Some(kept) = kept else { return claim.begins.clone() };
        if !kept.begins.is_empty() {
            return claim.firsts.iter().chain(&kept.begins).map(|(partition, begin)| (*partition, *begin)).collect();
        }
        let is_known = kept.shown.is_empty() || claim.goes_on && claim.expects.is_some();
        if is_known { claim.begins.clone() } else { Positions::new() }
    }

    /// What is left of the journal for the run of `claim`: nothing if it counts another log.
    fn journal(kept: Option<&ControlDocument>, claim: &Claim) -> Journal {
        let same = kept.filter(|kept| another(&kept.log, &claim.log).is_none());
        same.map_or(Journal::default(), |kept| kept.journal.clone().beginning_at(&claim.firsts))
    }

    /// The control document of the run of `claim`, which is granted `decision` where `found` stands.
    ///
    /// What stands there keeps its id unless checkpoints of before are to be of something else from now on.
    #[must_use]
    pub fn next(
        found: Option<&ControlDocument>,
        claim: &Claim,
        decision: ClaimDecision,
        now: Timestamp,
    ) -> ControlDocument {
        let kept = found.filter(|_| decision != ClaimDecision::Replace);
        let id = kept.filter(|_| decision == ClaimDecision::Keep).and_then(|kept| kept.id.clone());
        let newest = found.map(|found| found.generation).unwrap_or_default().max(claim.newest);
        let begins = ControlDocument::begins(kept.filter(|_| !claim.anew), claim);
        let log =
            if claim.log == LogId::default() { kept.map(|kept| kept.log.clone()) } else { Some(claim.log.clone()) };
        let journal = ControlDocument::journal(kept, claim);
        ControlDocument {
            format: if journal.is_empty() { FORMAT_WITHOUT_JOURNAL } else { FORMAT },
            id: Some(id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string())),
            dataflow: claim.dataflow.clone(),
            fingerprint: claim.fingerprint.clone(),
            generation: newest.next(),
            log: log.unwrap_or_default(),
            shown: kept.map(|kept| kept.shown.clone()).unwrap_or_default(),
            begins,
            journal,
            who: claim.who.clone(),
            since: now,
            overwriting: false,
        }
    }

    /// What its run has.
    #[must_use]
    pub fn standing(self, decision: ClaimDecision) -> Standing {
        let ControlDocument { id, generation, shown, begins, journal, .. } = self;
        Standing { generation, id, begins, shown, journal, overwritten: decision == ClaimDecision::Replace }
    }
}

/// A sink as messages name it.
#[derive(Clone, Copy, Debug)]
pub struct SinkName<'a> {
    /// The kind, the names and the servers.
    pub name: &'a str,
    /// The key of the file that names another one.
    pub key: &'a str,
}

/// What a granted claim does with the documents that stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimDecision {
    /// They are this dataflow's own.
    Keep,
    /// The same, but they are not all that should stand there. The run counts again, and what stands there gets
    /// another id: so the checkpoint never belongs to it again, however far the positions have come.
    Disown,
    /// They are removed.
    Replace,
}

/// Whether `claim` is granted where `found` stands, with such documents beside it.
///
/// # Errors
/// [`SinkError::Refused`] with the remedy.
pub fn decide(
    found: Option<&ControlDocument>,
    stands: Stands,
    claim: &Claim,
    place: SinkName<'_>,
) -> Result<ClaimDecision, SinkError> {
    match own(found, claim, place)? {
        ClaimDecision::Keep => match canary!(Owner, owner::judge(found, stands, claim, place), without: Ok(())) {
            Err(why) if !claim.counts_again => Err(why),
            Err(why) => {
                warn!("{}; it is counted again, as told", why.fault().what);
                Ok(ClaimDecision::Disown)
            }
            Ok(()) => Ok(ClaimDecision::Keep),
        },
        decision => Ok(decision),
    }
}

/// Whether what stands there is the dataflow's own, whatever checkpoint it goes on from.
///
/// # Errors
/// [`SinkError::Refused`] with the remedy.
pub fn own(found: Option<&ControlDocument>, claim: &Claim, place: SinkName<'_>) -> Result<ClaimDecision, SinkError> {
    let refused = |why: String, remedy: &str| Err(SinkError::refused(format_args!("{} {why}", place.name), remedy));
    is_known(found, place)?;
    match found {
        _ if claim.overwrite => Ok(ClaimDecision::Replace),
        Some(found) if found.overwriting => refused(
            format!("is not replaced yet by a run with --overwrite ({}, since {})", found.who, found.since),
            "if that one has ended, run with --overwrite to finish",
        ),
        Some(found) => match difference(found, claim) {
            Some(difference) => refused(
                format!("holds documents of {difference}"),
                &format!("run with --overwrite to replace them, or name another one in {}", place.key),
            ),
            None => Ok(ClaimDecision::Keep),
        },
        None => Ok(ClaimDecision::Keep),
    }
}

/// Refuses a control document in which a newer release may keep what this one does not know.
///
/// # Errors
/// [`SinkError::Refused`] with the remedy.
fn is_known(found: Option<&ControlDocument>, place: SinkName<'_>) -> Result<(), SinkError> {
    let Some(format) = found.map(|found| found.format).filter(|format| *format > FORMAT) else { return Ok(()) };
    let name = place.name;
    Err(SinkError::refused(
        format_args!(
            "{name} was last written by a newer mare (control document of format {format}, this one knows {FORMAT})"
        ),
        "run that one",
    ))
}

/// Whose documents stand there, if not those of the dataflow that claims them.
fn difference(found: &ControlDocument, claim: &Claim) -> Option<String> {
    let Claim { dataflow, fingerprint, .. } = claim;
    if found.dataflow != *dataflow {
        return Some(format!("another dataflow (`{}` there, `{dataflow}` here)", found.dataflow));
    }
    let is_of_format_1 =
        found.format < FORMAT_WITHOUT_JOURNAL && claim.fingerprint_1.as_ref() == Some(&found.fingerprint);
    (found.fingerprint != *fingerprint && !is_of_format_1).then(|| {
        let there = &found.fingerprint;
        format!("another version of the dataflow `{dataflow}` (fingerprint {there} there, {fingerprint} here)")
    })
}

/// Raises `positions` to at least `shows`, and returns those that rose.
pub fn raise(positions: &mut Positions, shows: &Positions) -> Positions {
    let higher = rising(positions, shows);
    positions.extend(&higher);
    higher
}

/// Those of `shows` that are above `positions`.
#[must_use]
pub fn rising(positions: &Positions, shows: &Positions) -> Positions {
    let is_higher = |(partition, offset): &(&Partition, &Offset)| positions.get(partition) < Some(offset);
    shows.iter().filter(is_higher).map(|(partition, offset)| (*partition, *offset)).collect()
}
