//! With what a run begins: the checkpoint that it goes on from, its generation, what readers have seen.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;
use tracing::{info, warn};

use super::brokers::Brokers;
use super::losses::Losses;
use super::questions;
use super::reminder::Reminder;
use super::setup::BeginOptions;
use crate::failure::Failure;
use mare_checkpoint::events::CheckpointFailed;
use mare_checkpoint::manifest::{Author, Content};
use mare_checkpoint::positions::{self, ControlPositions, GonePartition, LogState};
use mare_checkpoint::repository::Listed;
use mare_checkpoint::{CheckpointState, Manifest, Partitions, RecoverError, Recovered, Repository, StoreError};
use mare_dataflow::Plan;
use mare_engine::Control;
use mare_engine::announcement::{Beginning, Restored};
use mare_engine::clock::{self, Clock, SystemClock};
use mare_engine::events::{GoesOn, RunBegan};
use mare_metrics::Absence;
use mare_metrics::events::InternalEvent;
use mare_model::position::{LogId, Partition, Positions};
use mare_model::time::Epoch;
use mare_sink::events::{SinkAway, SinkBack, SinkRetry};
use mare_sink::{Claim, Generation, SinkError, Standing, fence};
use mare_source::StartAt;

/// A run that knows with what it begins.
pub struct Begun {
    /// What its workers are told.
    pub beginning: Beginning,
    /// Where its checkpoints are; nothing if it takes none.
    pub repository: Option<Repository>,
    /// What its checkpoints say of it.
    pub author: Author,
    /// The topic.
    pub log: LogState,
}

/// Finds out with what a run of `plan` begins, over a topic of `brokers`. `leads` says whether this process decides for
/// the cluster: the others are told. `None` if the run is asked to stop meanwhile.
///
/// # Errors
/// If the checkpoints or the sink belong to another dataflow, or cannot be read; if records are gone that were not
/// read, unless the dataflow says to go on then. The sink is claimed last: a run that is refused before stops no other.
pub fn begin(options: BeginOptions, leads: bool, brokers: Brokers<'_>) -> Result<Option<Begun>, Failure> {
    let Brokers { plan, control, .. } = brokers;
    let settings = plan.checkpoint.as_ref();
    let kept = settings.map(|settings| Repository::open(settings, &plan.name)).transpose().map_err(Failure::new)?;
    let repository = kept.clone().filter(|_| !options.no_checkpoint);
    let (shape, sink) = (plan.shape(), plan.sink().describe().identity);
    let mut author = Author { dataflow: plan.name.clone(), shape, sink, ..Author::default() };
    if !leads {
        return follow(repository, author, brokers);
    }
    let fresh = options.fresh || options.overwrite;
    if options.overwrite && overwrite(options, kept.as_ref(), &author, brokers)?.is_none() {
        return Ok(None);
    }
    let recovered = repository.as_ref().map(|repository| repository.recover(&author.shape, fresh)).transpose();
    let mut recovered = recovered.map_err(unrecovered)?;
    let losses = Losses::new(plan, repository.as_ref());
    let Some((log, others)) = look(&losses, recovered.as_mut(), brokers)? else { return Ok(None) };
    // A run that takes no checkpoints also goes where the place of checkpoints is out of order.
    let known = kept.as_ref().filter(|kept| !options.no_checkpoint || kept.list().is_ok());
    let note = known.map(Repository::loss).transpose().map_err(Failure::new)?.flatten();
    losses.accept_note(note.as_ref().filter(|_| !fresh))?;
    author.source = log.id.clone();
    let goes_on = recovered.as_ref().and_then(|recovered| recovered.manifest.as_ref());
    let says = |claim| Claim {
        overwrite: options.overwrite,
        anew: fresh,
        counts_again: fresh || options.no_checkpoint,
        ..claim
    };
    let claims: Vec<_> =
        claims(plan, &log, goes_on, known)?.into_iter().map(|(view, claim)| (view, says(claim))).collect();
    if !options.overwrite && may_claim(&losses, (&log, &others), (&claims, goes_on), brokers)?.is_none() {
        return Ok(None);
    }
    let Some((claimed, begins)) = claim_all(claims, control)? else { return Ok(None) };
    if repository.as_ref().zip(recovered.as_mut()).is_some_and(|(repository, chosen)| is_overtaken(repository, chosen))
    {
        info!("another run has taken checkpoints, or removed some, until it was taken over from: choosing anew");
        return begin(options, leads, brokers);
    }
    (author.generation, author.sink_id) = (claimed.generation, claimed.sink_id.clone());
    author.others.clone_from(&claimed.others);
    author.journal = claimed.journal.newest();
    // Until the claim another run may have gone on, and shown records that were not there before.
    let Some(spans) = brokers.spans()? else { return Ok(None) };
    let log = LogState { spans, ..log };
    let mut beginning = beginning(recovered, claimed);
    accept_documents(&losses, (&log, &others), &mut beginning, (&begins, fresh))?;
    let restored = beginning.restored.as_ref().map(|restored| &restored.partitions);
    beginning.begins = positions::begins(&log.spans, &begins, restored);
    if let Some(repository) = repository.as_ref().filter(|_| beginning.restored.is_none()) {
        settle(plan, repository, &author, &mut beginning, fresh)?;
    }
    if let Some(kept) = kept.as_ref().filter(|_| note.is_some()) {
        kept.forget_loss().map_err(Failure::new)?;
    }
    Ok(Some(Begun { beginning, repository, author, log }))
}

/// Whether a run that was at work until the claim has left other checkpoints than those of which one was `chosen`. It
/// removes old ones as it takes new ones, and what was chosen would be among them soon. What is newest is corrected.
fn is_overtaken(repository: &Repository, chosen: &mut Recovered) -> bool {
    let Ok(listed) = repository.list() else { return false };
    chosen.newest = listed.first().map(|listed| listed.epoch).max(chosen.newest);
    let Some(manifest) = &chosen.manifest else { return false };
    let is_skipped = |epoch: Epoch| chosen.skipped.iter().any(|(skipped, _)| *skipped == epoch);
    let whole = |listed: &Listed| matches!(listed.state, CheckpointState::Whole(_)) && !is_skipped(listed.epoch);
    listed.into_iter().find(whole).map(|listed| listed.epoch) != Some(manifest.epoch)
}

/// With what a process begins that is told by another one.
fn follow(repository: Option<Repository>, author: Author, brokers: Brokers<'_>) -> Result<Option<Begun>, Failure> {
    let (Some(id), Some(spans)) = (brokers.id()?, brokers.spans()?) else { return Ok(None) };
    let log = LogState { id, spans, ..LogState::default() };
    Ok(Some(Begun { beginning: Beginning::default(), repository, author, log }))
}

/// Has the runs to come begin anew as well, once it is known that the sink can be claimed. What stands there goes with
/// an overwriting claim, which is never refused; any other fresh run may be.
fn overwrite(
    options: BeginOptions,
    kept: Option<&Repository>,
    author: &Author,
    brokers: Brokers<'_>,
) -> Result<Option<()>, Failure> {
    let Brokers { plan, control, .. } = brokers;
    for view in plan.views() {
        if questions::of_sink(&view, &options.claim(&view, None), control)?.is_none() {
            return Ok(None);
        }
    }
    kept.map_or(Ok(Epoch::default()), |kept| forget(kept, author))?;
    Ok(Some(()))
}

/// Asks all that can be asked of the sink without claiming it, so that a run that is refused stops no other.
fn may_claim(
    losses: &Losses,
    (log, others): (&LogState, &[GonePartition]),
    (claims, goes_on): (&[(Plan, Claim)], Option<&Manifest>),
    brokers: Brokers<'_>,
) -> Result<Option<()>, Failure> {
    let mut documents = ControlPositions::default();
    for (view, claim) in claims {
        if questions::of_sink(view, claim, brokers.control)?.is_none() {
            return Ok(None);
        }
        // If the sink has gone away by now, the claim waits for it, and what it says is asked again behind that.
        let ControlPositions { shown, begins } = view.shown().unwrap_or_default();
        fence::raise(&mut documents.shown, &shown);
        begins.into_iter().for_each(|(partition, begin)| {
            documents.begins.entry(partition).or_insert(begin);
        });
    }
    // A run that is there has gone on meanwhile, and shows records that the log did not have when it was asked.
    let Some(spans) = brokers.spans()? else { return Ok(None) };
    let log = LogState { spans, ..log.clone() };
    positions::go_on(others, &mut Partitions::new(), &mut documents.shown);
    let restored = goes_on.map(|manifest| &manifest.partitions);
    losses
        .look(&positions::gone_of_documents(&log, &documents, restored, claims.iter().any(|(_, claim)| claim.anew)))
        .map(Some)
}

/// Claims the sink of each view, and returns what the run begins with by that, and where reading begins: for all where
/// the first one says. `None` if the run is asked to stop meanwhile.
///
/// Of two runs that claim at the same time, the one that had the first sink before the other does not go on to take the
/// others from it: each has some then, and both would end.
fn claim_all(claims: Vec<(Plan, Claim)>, control: &Control) -> Result<Option<(Beginning, Positions)>, Failure> {
    let mut claimed: Vec<(String, Standing)> = Vec::new();
    let first_view = claims.first().map(|(view, _)| view.clone());
    for (view, mut claim) in claims {
        if let Some(((_, first), plan)) = claimed.first().zip(first_view.as_ref()) {
            claim.begins.clone_from(&first.begins);
            if patiently(control, || plan.writer(&[first.token()])?.look())?.is_none() {
                return Ok(None);
            }
        }
        let Some(standing) = patiently(control, || view.sink().claim(&view.layout(), &claim))? else { return Ok(None) };
        claimed.push((claim.sink, standing));
    }
    let begins = claimed.first().map(|(_, first)| first.begins.clone());
    Ok(begins.map(|begins| (Beginning::claimed(claimed), begins)))
}

/// What the run says to the sink of each view that goes on from this checkpoint, if from any, of those that are `kept`.
fn claims(
    plan: &Plan,
    log: &LogState,
    goes_on: Option<&Manifest>,
    kept: Option<&Repository>,
) -> Result<Vec<(Plan, Claim)>, Failure> {
    plan.views().into_iter().map(|view| Ok((view.clone(), claim(&view, log, goes_on, kept)?))).collect()
}

/// What the run says to the sink of a view.
fn claim(plan: &Plan, log: &LogState, goes_on: Option<&Manifest>, kept: Option<&Repository>) -> Result<Claim, Failure> {
    let newest = match (goes_on, kept) {
        (None, Some(kept)) => newest(kept).map_err(Failure::new)?,
        (goes_on, _) => goes_on.cloned(),
    };
    let restored = goes_on.map(|manifest| &manifest.partitions);
    Ok(Claim {
        goes_on: goes_on.is_some(),
        newest: Generation(newest.as_ref().map_or(0, |newest| plan.own(newest).generation)),
        begins: positions::first_begins(&log.spans, restored),
        log: log.id.clone(),
        firsts: log.spans.iter().map(|span| (span.partition, span.first)).collect(),
        ..plan.claim(newest.as_ref())
    })
}

/// Asks the brokers whether they still have what the checkpoint has read, and goes on where they have it. Returns what
/// there is, and what is gone there, if somebody has decided to go on without.
fn look(
    losses: &Losses,
    recovered: Option<&mut Recovered>,
    brokers: Brokers<'_>,
) -> Result<Option<(LogState, Vec<GonePartition>)>, Failure> {
    let Some(manifest) = recovered.and_then(|recovered| recovered.manifest.as_mut()) else {
        return Ok(brokers.log(&LogId::default(), None)?.map(|log| (log, Vec::new())));
    };
    let Some(log) = brokers.log(&manifest.source, Some(&manifest.partitions))? else { return Ok(None) };
    if positions::is_of_another_cluster(&manifest.source, &log.id) {
        return Err(losses.foreign(&manifest.source, &log.id));
    }
    let topic = brokers.plan.source.describe().name;
    let is_there = |partition: &Partition| log.spans.iter().any(|span| span.partition == *partition);
    for partition in manifest.partitions.keys().filter(|partition| !is_there(partition)) {
        warn!("{topic}[{partition}] is not there any more; its state is kept in every checkpoint");
    }
    let gone = positions::gone_of_checkpoint(&log, &manifest.source, &manifest.partitions);
    losses.accept(&gone)?;
    positions::go_on(&gone, &mut manifest.partitions, &mut manifest.shown);
    Ok(Some((log, gone)))
}

/// Holds what the documents show against what the topic has, where nobody waits for what was shown of records that are
/// `others` now; `begins` is where reading began, as far as that is known, and a run that is `fresh` leaves out what
/// somebody has decided to leave out.
fn accept_documents(
    losses: &Losses,
    (log, others): (&LogState, &[GonePartition]),
    beginning: &mut Beginning,
    (begins, fresh): (&Positions, bool),
) -> Result<(), Failure> {
    positions::go_on(others, &mut Partitions::new(), &mut beginning.shown);
    let restored = beginning.restored.as_ref().map(|restored| &restored.partitions);
    let documents = ControlPositions { shown: beginning.shown.clone(), begins: begins.clone() };
    let gone = positions::gone_of_documents(log, &documents, restored, fresh);
    losses.accept(&gone)?;
    if fresh {
        losses.leave_out(&positions::left_out(log, &documents.shown));
    }
    positions::go_on(&gone, &mut Partitions::new(), &mut beginning.shown);
    beginning.shown.retain(|partition, _| log.spans.iter().any(|span| span.partition == *partition));
    Ok(())
}

/// Makes durable where reading begins, before the first record is read: else whoever starts again would decide it anew,
/// and pass over what has come since. It is an empty checkpoint in front of all that there are, so that a run that
/// begins anew and ends early has the next one not go on from a checkpoint of before.
///
/// # Errors
/// If it cannot be written, and something else than what was decided would be read without it.
fn settle(
    plan: &Plan,
    repository: &Repository,
    author: &Author,
    beginning: &mut Beginning,
    fresh: bool,
) -> Result<(), Failure> {
    let epoch = beginning.after.next();
    let content =
        Content { shown: beginning.held(), partitions: positions::unread(&beginning.begins), parts: Vec::new() };
    match repository.commit(&author.manifest(epoch, Timestamp::now(), content)) {
        Ok(()) => beginning.after = epoch,
        Err(why) if !fresh && plan.source.start() == StartAt::Earliest => CheckpointFailed { why: &why }.emit(),
        Err(why) => return Err(unforgotten(&why)),
    }
    Ok(())
}

/// Has the runs to come begin anew as well, for as long as this one has not taken a checkpoint: it puts an empty one in
/// front of those that there are, and returns its epoch. A run that ended early would else have the next one go on from
/// a checkpoint whose documents have been removed.
fn forget(kept: &Repository, author: &Author) -> Result<Epoch, Failure> {
    let forgotten = kept.list().and_then(|listed| {
        let Some(newest) = listed.first() else { return Ok(Epoch::default()) };
        let epoch = newest.epoch.next();
        kept.commit(&author.manifest(epoch, Timestamp::now(), Content::default())).map(|()| epoch)
    });
    forgotten.map_err(|why| unforgotten(&why))
}

fn unforgotten(why: &StoreError) -> Failure {
    let failure = Failure::new(format!("the next run would not know where this one began to read: {why}"));
    failure.remedy("make the place writable, or remove what is there, or name another one in checkpoint.path")
}

/// The newest checkpoint that can be read. One that is not gone on from is evidence all the same of what the sink held.
fn newest(kept: &Repository) -> Result<Option<Manifest>, StoreError> {
    let newest = kept.list()?.into_iter().find_map(|listed| match listed.state {
        CheckpointState::Whole(manifest) => Some(*manifest),
        CheckpointState::Broken(_) | CheckpointState::Unfinished => None,
    });
    Ok(newest)
}

fn unrecovered(error: RecoverError) -> Failure {
    let failure = Failure::new(&error);
    match &error {
        RecoverError::Refused(refusal) => failure.remedy(refusal.remedy()),
        RecoverError::Store(_) | RecoverError::Part(_) => failure,
    }
}

/// Asks the sink until it answers, or the run is asked to stop.
pub(super) fn patiently<T>(control: &Control, ask: impl Fn() -> Result<T, SinkError>) -> Result<Option<T>, Failure> {
    let mut delays = ExponentialBuilder::new().with_max_delay(Duration::from_secs(5)).without_max_times().build();
    let (mut away, mut still) = (None::<Absence>, Reminder::default());
    loop {
        match ask() {
            Ok(answer) => {
                away.into_iter().for_each(|absence| SinkBack { after: absence.lasts() }.emit());
                return Ok(Some(answer));
            }
            Err(refused @ (SinkError::Refused(_) | SinkError::Superseded(_))) => return Err(refused.into()),
            Err(SinkError::Away(fault)) => {
                let why = fault.to_string();
                if away.is_none() {
                    SinkAway { why: &why }.emit();
                }
                SinkRetry { why: &why }.emit();
                let absence = away.get_or_insert_with(|| Absence::begin(&why));
                absence.why = why;
                still.remind("the sink", absence);
            }
        }
        if control.stops_within(delays.next().unwrap_or_default()) {
            return Ok(None);
        }
    }
}

fn beginning(recovered: Option<Recovered>, claimed: Beginning) -> Beginning {
    let Recovered { manifest, skipped, newest } =
        recovered.unwrap_or(Recovered { manifest: None, skipped: Vec::new(), newest: None });
    for (epoch, why) in skipped {
        warn!("the checkpoint at epoch {} is broken, going on from the one before: {why}", epoch.0);
    }
    let goes_on = manifest.as_ref().map(|manifest| GoesOn {
        epoch: manifest.epoch,
        taken: manifest.taken,
        rows: manifest.rows(),
    });
    RunBegan { generation: claimed.generation, restored: goes_on }.emit();
    let restored = manifest.map(|manifest| Restored {
        epoch: manifest.epoch,
        partitions: manifest.partitions,
        parts: manifest.parts,
    });
    let after = newest.max(restored.as_ref().map(|restored| restored.epoch)).unwrap_or_default();
    after.ahead_of(SystemClock.epoch()).into_iter().for_each(|ms| warn!("{}", clock::ahead(ms)));
    Beginning { after, restored, ..claimed }
}
