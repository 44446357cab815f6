//! With what a run begins: the checkpoint that it goes on from, its generation, what readers have seen.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;
use tracing::warn;

use super::questions;
use super::reminder::Reminder;
use crate::checkpoint::manifest::{Author, Content};
use crate::checkpoint::{Manifest, Partitions, RecoverError, Recovered, Repository, Shape, State, StoreError};
use crate::cli::Failure;
use crate::dataflow::{OnDataLoss, Plan, Source};
use crate::engine::Control;
use crate::engine::announcement::{Beginning, Restored};
use crate::engine::clock::{self, Clock, SystemClock};
use crate::metrics::Absence;
use crate::metrics::events::Event;
use crate::metrics::events::engine::{GoesOn, RunBegan};
use crate::metrics::events::sink::{SinkAway, SinkBack, SinkRetry};
use crate::sink::{self, Claim, Generation, SinkError, Standing, claim};
use crate::source::Offset;
use crate::source::kafka::Span;
use crate::time::Epoch;

/// From what a run begins, where the user has a choice.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct BeginArgs {
    /// Begin without a checkpoint: read the topic from source.kafka.start on, and keep the documents
    #[arg(long)]
    fresh: bool,
    /// Neither go on from a checkpoint nor take any
    #[arg(long, conflicts_with = "fresh")]
    no_checkpoint: bool,
    /// Remove the documents that stand in the sink first, and begin without a checkpoint: for a corrected dataflow
    #[arg(long)]
    overwrite: bool,
}

impl BeginArgs {
    /// Whether the run removes the documents that stand in the sink.
    #[must_use]
    pub fn overwrites(self) -> bool {
        self.overwrite
    }

    /// Whether the run goes on from a checkpoint, if there is one.
    #[must_use]
    pub fn goes_on(self) -> bool {
        !(self.fresh || self.overwrite || self.no_checkpoint)
    }

    /// What such a run says to the sink, over the newest checkpoint that there is.
    #[must_use]
    pub fn claim(self, plan: &Plan, newest: Option<&Manifest>) -> Claim {
        let anew = self.fresh || self.overwrite;
        let goes_on = self.goes_on() && newest.is_some();
        Claim { overwrite: self.overwrite, anew, goes_on, ..claim::of(plan, newest) }
    }

    /// The same for a run that goes on at once from one that has begun like this.
    #[must_use]
    pub fn again(self) -> Self {
        BeginArgs { fresh: false, overwrite: false, ..self }
    }
}

/// A run that knows with what it begins.
pub struct Begun {
    /// What its workers are told.
    pub beginning: Beginning,
    /// Where its checkpoints are; nothing if it takes none.
    pub repository: Option<Repository>,
    /// What its checkpoints say of it.
    pub author: Author,
}

/// Finds out with what a run of `plan` begins, over a topic that has `spans` when it is asked. `leads` says whether this
/// process decides for the cluster: the others are told.
/// `None` if the run is asked to stop meanwhile.
///
/// # Errors
/// If the checkpoints or the sink belong to another dataflow, or cannot be read; if records are gone that were not read,
/// unless the dataflow says to go on then. The sink is claimed last: a run that is refused before stops no other.
pub fn begin(
    plan: &Plan,
    args: BeginArgs,
    leads: bool,
    control: &Control,
    spans: impl Fn() -> Result<Option<Vec<Span>>, Failure>,
) -> Result<Option<Begun>, Failure> {
    let settings = plan.checkpoint.as_ref();
    let kept = settings.map(|settings| Repository::open(settings, &plan.name)).transpose().map_err(Failure::new)?;
    let repository = kept.clone().filter(|_| !args.no_checkpoint);
    let (shape, sink) = (Shape::of(plan), Shape::sink(plan));
    let mut author = Author { dataflow: plan.name.clone(), shape, sink, ..Author::default() };
    if !leads {
        return Ok(Some(Begun { beginning: Beginning::default(), repository, author }));
    }
    let fresh = args.fresh || args.overwrite;
    // What stands in the sink goes with an overwriting claim, which is never refused; any other fresh run may be.
    if args.overwrite {
        if questions::of_sink(plan, &args.claim(plan, None), control)?.is_none() {
            return Ok(None);
        }
        kept.as_ref().map_or(Ok(Epoch::default()), |kept| forget(kept, &author))?;
    }
    let recovered = repository.as_ref().map(|repository| repository.recover(&author.shape, fresh)).transpose();
    let mut recovered = recovered.map_err(unrecovered)?;
    let Some(spans) = spans()? else { return Ok(None) };
    if let Some(manifest) = recovered.as_mut().and_then(|recovered| recovered.manifest.as_mut()) {
        check_positions(plan, &spans, &mut manifest.partitions)?;
    }
    let goes_on = recovered.as_ref().and_then(|recovered| recovered.manifest.as_ref());
    let newest = match (goes_on, &kept) {
        (None, Some(kept)) => newest(kept).map_err(Failure::new)?,
        (goes_on, _) => goes_on.cloned(),
    };
    let generation = newest.as_ref().map_or(0, |newest| newest.generation);
    let claim = Claim { newest: Generation(generation), ..args.claim(plan, newest.as_ref()) };
    if !args.overwrite && questions::of_sink(plan, &claim, control)?.is_none() {
        return Ok(None);
    }
    let Some(standing) = patiently(control, || sink::claim(plan, &claim))? else { return Ok(None) };
    (author.generation, author.sink_id) = (standing.generation.0, standing.id.clone());
    let mut beginning = beginning(recovered, standing);
    if let Some(kept) = kept.as_ref().filter(|_| fresh && !args.overwrite) {
        beginning.after = beginning.after.max(forget(kept, &author)?);
    }
    Ok(Some(Begun { beginning, repository, author }))
}

/// Has the runs to come begin anew as well, for as long as this one has not taken a checkpoint: it puts an empty one in front
/// of those that there are, and returns its epoch. A run that ended early would else have the next one go on from a checkpoint
/// whose documents have been removed.
fn forget(kept: &Repository, author: &Author) -> Result<Epoch, Failure> {
    let forgotten = kept.list().and_then(|listed| {
        let Some(newest) = listed.first() else { return Ok(Epoch::default()) };
        let epoch = newest.epoch.next();
        kept.commit(&author.manifest(epoch, Timestamp::now(), Content::default())).map(|()| epoch)
    });
    forgotten.map_err(|why| {
        let failure = Failure::new(format!("the next run would go on from a checkpoint of before this one: {why}"));
        failure.remedy("make the place writable, or remove what is there, or name another one in checkpoint.path")
    })
}

/// The newest checkpoint that can be read. One that is not gone on from is evidence all the same of what the sink held.
fn newest(kept: &Repository) -> Result<Option<Manifest>, StoreError> {
    let newest = kept.list()?.into_iter().find_map(|listed| match listed.state {
        State::Whole(manifest) => Some(*manifest),
        State::Broken(_) | State::Unfinished => None,
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
            Err(SinkError::Refused(why)) => return Err(Failure::new(why)),
            Err(SinkError::Superseded(why)) => return Err(Failure::Superseded(why)),
            Err(SinkError::Away(why)) => {
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

fn beginning(recovered: Option<Recovered>, standing: Standing) -> Beginning {
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
    RunBegan { generation: standing.generation.0, restored: goes_on }.emit();
    let restored = manifest.map(|manifest| Restored {
        epoch: manifest.epoch,
        partitions: manifest.partitions,
        parts: manifest.parts,
    });
    let after = newest.max(restored.as_ref().map(|restored| restored.epoch)).unwrap_or_default();
    after.ahead_of(SystemClock.epoch()).into_iter().for_each(|ms| warn!("{}", clock::ahead(ms)));
    Beginning { generation: standing.generation.0, shown: standing.shown, after, restored }
}

/// Holds the positions of a checkpoint against what the topic has: `spans`, all of them.
fn check_positions(plan: &Plan, spans: &[Span], positions: &mut Partitions) -> Result<(), Failure> {
    let Source::Kafka(source) = &plan.source;
    let topic = &source.topic;
    for (partition, state) in positions {
        let Some(span) = spans.iter().find(|span| span.partition == *partition) else {
            warn!("{topic}[{partition}] is not there any more; its state is kept in every checkpoint");
            continue;
        };
        if let Some(loss) = loss(span, state.position) {
            let loss = format!("{topic}[{partition}]: {loss}");
            if source.on_data_loss == OnDataLoss::Fail {
                return Err(Failure::new(loss).remedy(
                    "source.kafka.on_data_loss = \"continue\" reads on from the oldest record that is left; \
                     --overwrite begins anew and replaces the documents",
                ));
            }
            warn!("{loss}; reading on from offset {}, as on_data_loss says", span.first);
            state.position = span.first;
        }
    }
    Ok(())
}

impl Begun {
    /// Holds what the documents show against what the topic has: `spans`, all of them, as they are since the claim.
    ///
    /// # Errors
    /// If records are gone that the documents show, unless the dataflow says to go on then.
    pub fn check(&mut self, plan: &Plan, spans: &[Span]) -> Result<(), Failure> {
        let Source::Kafka(source) = &plan.source;
        let topic = &source.topic;
        let span = |partition| spans.iter().find(move |span| span.partition == partition);
        self.beginning.shown.retain(|partition, _| span(*partition).is_some());
        for (partition, shown) in &mut self.beginning.shown {
            let end = span(*partition).and_then(|span| span.until).unwrap_or(*shown);
            if *shown > end {
                let loss = format!("{topic}[{partition}] ends at offset {end}, and the documents show {shown} records");
                if source.on_data_loss == OnDataLoss::Fail {
                    return Err(Failure::new(format!("{loss}: it was made anew, or has lost records")).remedy(
                        "--overwrite begins anew and replaces the documents; \
                         source.kafka.on_data_loss = \"continue\" keeps them and reads what is there",
                    ));
                }
                warn!("{loss}; going on all the same, as on_data_loss says");
                *shown = end;
            }
        }
        Ok(())
    }
}

/// What is wrong with reading `span` on from `position`.
pub(crate) fn loss(span: &Span, position: Offset) -> Option<String> {
    let end = span.until.unwrap_or(position);
    if position < span.first {
        let lost = span.first.0 - position.0;
        return Some(format!("{lost} records from offset {position} on were deleted before they were read"));
    }
    let remade = "it was made anew, or has lost records";
    (position > end).then(|| format!("it ends at offset {end}, and was read to {position}: {remade}"))
}
