//! Where a run reads on, and whether it may. Pure: what checkpoint, documents and brokers say goes in, what is wrong
//! comes out.
//!
//! # No record is passed over without a word
//! 1. What the brokers say holds for one log. A checkpoint keeps the ids of its cluster and topic, so another log is
//!    known as one ([`difference`]); and for each partition the last record read, its leader epoch and a checksum, so a
//!    log that was cut short and filled again is known ([`Cut`](mare_model::extent::Cut)).
//! 2. Of the same log, a checkpoint's position must lie between the first offset and the end. Then every record before
//!    it is in the checkpoint's totals, and every other one is still there.
//! 3. Without a checkpoint, reading goes on where it began, and counts again what the documents show. So all from there
//!    on must still be there: a window of which some records are gone would be counted to less than it was, and grow
//!    past that again. Where it is not known where reading began, what the documents show must at least be followed by
//!    what is left.
//! 4. Where reading begins is decided once for each partition, and durable before its first record is read
//!    ([`begins`]).
//!
//! Whatever of this does not hold is for somebody to decide: `source.kafka.on_data_loss`.

use std::collections::BTreeMap;

use crate::{PartitionState, Partitions};
use mare_model::extent::{Cuts, Span};
use mare_model::position::{LogId, Offset, Partition, Positions};
use mare_model::record::LastRead;

/// What the brokers say of a topic.
#[derive(Clone, Debug, Default)]
pub struct LogState {
    /// What it is.
    pub id: LogId,
    /// What there is to read, of all partitions; each ends where it can be read to.
    pub spans: Vec<Span>,
    /// The partitions whose log no longer has what a checkpoint has read.
    pub cut: Cuts,
}

/// What is gone of a partition, or of what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GonePartition {
    /// The partition.
    pub partition: Partition,
    /// What is gone, in words.
    pub what: String,
    /// What to do, for who does not want to lose more.
    pub remedy: Remedy,
    /// Where reading goes on all the same, if somebody says so.
    pub to: Offset,
}

/// What helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Records are gone for good; what was counted of them stands.
    Continue,
    /// The same, but a checkpoint that has them may be elsewhere.
    Elsewhere,
    /// The records are others.
    Anew,
}

impl Remedy {
    /// In words; `place` is where a checkpoint was looked for.
    #[must_use]
    pub fn describe(self, place: Option<&str>) -> String {
        const CONTINUE: &str =
            "source.kafka.on_data_loss = \"continue\" keeps the documents and reads on from what is left";
        match (self, place) {
            (Remedy::Continue, _) | (Remedy::Elsewhere, None) => CONTINUE.to_owned(),
            (Remedy::Elsewhere, Some(place)) => format!(
                "no checkpoint is in {place}: if the dataflow was run in another folder, start it there, or name its checkpoints in \
                 checkpoint.path; {CONTINUE}, and windows that were open then come to too little"
            ),
            (Remedy::Anew, _) => format!(
                "another name for the dataflow and another place in its sink keep both apart; {CONTINUE}, and counts that into \
                 them; --overwrite removes the documents and counts what is there now"
            ),
        }
    }
}

impl GonePartition {
    /// What is wrong with going on from the position of a checkpoint, in a partition of `log`, which was `of` another
    /// one or not.
    fn of(log: &LogState, span: &Span, state: &PartitionState, other: Option<&str>) -> Option<GonePartition> {
        let (partition, position) = (span.partition, state.position);
        let gone = |what, remedy, to| Some(GonePartition { partition, what, remedy, to });
        if let Some(other) = other {
            return gone(other.to_owned(), Remedy::Anew, span.first);
        }
        match log.cut.get(&partition) {
            Some(cut) => gone(cut.describe(position), Remedy::Anew, cut.known().max(span.first)),
            None => {
                let remedy = if position < span.first { Remedy::Continue } else { Remedy::Anew };
                loss(span, position).and_then(|what| gone(what, remedy, span.first.max(position.min(end(span)))))
            }
        }
    }
}

/// How two logs of one name differ, as far as both are known.
#[must_use]
pub fn difference(was: &LogId, is: &LogId) -> Option<String> {
    let differ = |was: &Option<String>, is: &Option<String>| was.is_some() && is.is_some() && was != is;
    let name = |id: &Option<String>| id.clone().unwrap_or_default();
    if differ(&was.cluster, &is.cluster) {
        return Some(format!("it is of the cluster {} now, and was of {}", name(&is.cluster), name(&was.cluster)));
    }
    differ(&was.topic, &is.topic)
        .then(|| format!("it was deleted and made anew (its id was {} and is {})", name(&was.topic), name(&is.topic)))
}

/// Whether `was` is of another cluster than `is`.
#[must_use]
pub fn is_of_another_cluster(was: &LogId, is: &LogId) -> bool {
    let cluster = |id: &LogId| LogId { cluster: id.cluster.clone(), topic: None };
    difference(&cluster(was), &cluster(is)).is_some()
}

/// The last records read, as far as the log may have them: by them it shows whether it is still the same.
#[must_use]
pub fn read(spans: &[Span], partitions: &Partitions) -> Vec<(Partition, LastRead)> {
    let known = |span: &Span| {
        let known = partitions.get(&span.partition)?.last?;
        let is_there = known.before > span.first && known.before <= end(span);
        is_there.then_some((span.partition, known))
    };
    spans.iter().filter_map(known).collect()
}

/// What is gone of what a checkpoint, taken of the log `source`, has read.
#[must_use]
pub fn gone_of_checkpoint(log: &LogState, source: &LogId, partitions: &Partitions) -> Vec<GonePartition> {
    let other = difference(source, &log.id);
    let spans = log.spans.iter();
    spans.filter_map(|span| GonePartition::of(log, span, partitions.get(&span.partition)?, other.as_deref())).collect()
}

/// What a control document says of positions; whoever has claimed the sink, or looks at it, hands it over.
#[derive(Clone, Debug, Default)]
pub struct ControlPositions {
    /// What readers may have seen.
    pub shown: Positions,
    /// Where reading began, as far as that is known.
    pub begins: Positions,
}

/// What is gone of what the documents show, or would have to be counted again by a run that goes on from a checkpoint
/// of the partitions `restored`, or from none; one that is `fresh` may leave out what somebody has decided to leave
/// out.
#[must_use]
pub fn gone_of_documents(
    log: &LogState,
    documents: &ControlPositions,
    restored: Option<&Partitions>,
    fresh: bool,
) -> Vec<GonePartition> {
    // The position of a partition that the checkpoint has was looked at; what came of one that it has not is in no
    // document.
    let counts_again = restored.is_none() && !fresh;
    let gone = |span: &Span| {
        let ControlPositions { shown, begins } = documents;
        let (shown, begin) = (shown.get(&span.partition).copied(), begins.get(&span.partition).copied());
        beyond(span, shown?).or_else(|| counts_again.then(|| missed(span, shown, begin)).flatten())
    };
    let unseen = |span: &Span| {
        counts_again.then(|| missed(span, None, documents.begins.get(&span.partition).copied())).flatten()
    };
    log.spans
        .iter()
        .filter_map(|span| if documents.shown.contains_key(&span.partition) { gone(span) } else { unseen(span) })
        .collect()
}

/// What a run that counts anew leaves out between the records that the documents show and those that it reads: nobody
/// counts them.
#[must_use]
pub fn left_out(log: &LogState, shown: &Positions) -> Vec<GonePartition> {
    let missed = |span: &Span| missed(span, shown.get(&span.partition).copied(), None);
    log.spans.iter().filter_map(missed).collect()
}

/// What is wrong with documents that show more than there is.
fn beyond(span: &Span, shown: Offset) -> Option<GonePartition> {
    let (partition, to) = (span.partition, end(span));
    let what = format!(
        "it ends at offset {to}, and the documents show {shown} records: it was made anew, or has lost records"
    );
    (shown > to).then_some(GonePartition { partition, what, remedy: Remedy::Anew, to })
}

/// What is missed by a run that counts again what the documents show, from where reading began.
fn missed(span: &Span, shown: Option<Offset>, begin: Option<Offset>) -> Option<GonePartition> {
    let (partition, first) = (span.partition, span.first);
    let gone = |what| Some(GonePartition { partition, what, remedy: Remedy::Elsewhere, to: first });
    let known = shown.max(begin)?;
    match begin {
        _ if known < first => gone(loss(span, known)?),
        None if known < span.start => gone(format!(
            "the documents show {known} records, and source.kafka.start begins at offset {}: the records between were never \
             counted",
            span.start
        )),
        Some(begin) if begin < first => gone(format!(
            "reading began at offset {begin}, and the log begins at {first} now: without a checkpoint, windows that are open \
             cannot be counted again"
        )),
        _ => None,
    }
}

/// What is wrong with reading `span` on from `position`.
#[must_use]
pub fn loss(span: &Span, position: Offset) -> Option<String> {
    let end = span.until.unwrap_or(position);
    if position < span.first {
        let lost = span.first.0 - position.0;
        return Some(format!("{lost} records from offset {position} on were deleted before they were read"));
    }
    let remade = "it was made anew, or has lost records";
    (position > end).then(|| format!("it ends at offset {end}, and was read to {position}: {remade}"))
}

/// Goes on in spite of what is gone.
pub fn go_on(gone: &[GonePartition], partitions: &mut Partitions, shown: &mut Positions) {
    for GonePartition { partition, to, remedy, .. } in gone {
        if let Some(state) = partitions.get_mut(partition) {
            (state.position, state.last) = (*to, None);
        }
        if let Some(shown) = shown.get_mut(partition).filter(|_| *remedy == Remedy::Anew) {
            *shown = (*shown).min(*to); // what was shown there will not come again
        }
    }
}

/// Where reading begins in the partitions of which no checkpoint knows: where it was once decided to, which `begins`
/// says; else where the plan says, if nothing was ever decided; else, as the partition has come since, at its first
/// record.
#[must_use]
pub fn begins(spans: &[Span], begins: &Positions, restored: Option<&Partitions>) -> Positions {
    let is_first = restored.is_none_or(BTreeMap::is_empty) && begins.is_empty();
    let unknown = spans.iter().filter(|span| restored.is_none_or(|restored| !restored.contains_key(&span.partition)));
    let begin = |span: &Span| match begins.get(&span.partition) {
        Some(begin) => (*begin).max(span.first),
        None if is_first => span.start,
        None => span.first,
    };
    unknown.map(|span| (span.partition, begin(span))).collect()
}

/// Where reading began or begins in each partition, as far as anybody knows who has only a checkpoint of the partitions
/// `restored`, or none: what a control document is told that does not know it.
#[must_use]
pub fn first_begins(spans: &[Span], restored: Option<&Partitions>) -> Positions {
    let known = restored.into_iter().flatten().filter_map(|(partition, state)| Some((*partition, state.begin?)));
    known.chain(begins(spans, &Positions::new(), restored)).collect()
}

/// The partitions of a checkpoint in which nothing has been read yet.
#[must_use]
pub fn unread(begins: &Positions) -> Partitions {
    begins.iter().map(|(partition, begin)| (*partition, PartitionState::unread(*begin))).collect::<BTreeMap<_, _>>()
}

fn end(span: &Span) -> Offset {
    span.until.unwrap_or(span.first)
}

#[cfg(test)]
mod tests;
