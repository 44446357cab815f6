//! What a source tells all workers, beside its data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use mare_checkpoint::{ClaimedSink, Part, Partitions};
use mare_model::journal::Journal;
use mare_model::position::{Offset, Partition, Positions};
use mare_model::time::{Epoch, EventTime};
use mare_sink::{FencingToken, Generation, Standing, fence};

/// What a source tells the operators of all workers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Announcement {
    /// The run begins; the first worker says so, once, before anything else.
    Began(Beginning),
    /// The sender has sent what it read in this epoch. Whoever hears it adds what it has in hand and follows to the
    /// next one, so that an epoch is complete as soon as the announcement has gone round.
    Sealed {
        /// The sender.
        worker: usize,
        /// The epoch.
        epoch: Epoch,
        /// How far the sender has taken its partitions in with it, those of them that it has read in.
        positions: Vec<(Partition, Offset)>,
    },
    /// The sender has passed one or several boundaries.
    Crossed(Crossing),
    /// The smallest promise of the sender's partitions that speak; [`EventTime::MAX`] if it has none. Nobody says so
    /// unless the dataflow promises anything for silent partitions.
    Speaks {
        /// The sender.
        worker: usize,
        /// The promise.
        promise: EventTime,
    },
    /// The sender ends because it was asked to; the run ends everywhere.
    Stopping(Reason),
}

/// An announcement to the worker of this index.
pub type Addressed = (usize, Announcement);

/// Why a run ends before its log does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// Somebody asked.
    Asked,
    /// It goes on at once with other partitions.
    Restart,
    /// Somebody asked, before the documents had caught up with what their readers had seen.
    Abandoned,
    /// Something failed.
    Failed,
    /// Another run has taken over.
    Superseded,
}

/// With what a run begins: one decision for all of its workers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beginning {
    /// The number of the run, and the id of what it has claimed: by both the sink tells it from others.
    pub generation: u64,
    /// Nothing for a sink that has none.
    pub sink_id: Option<String>,
    /// The same of the sink of each view behind the first.
    pub others: Vec<ClaimedSink>,
    /// What the readers of any view's documents may have seen already; the run stays silent until it has passed that.
    pub shown: Positions,
    /// Where the control document of some view held less than that, as one does if a run has ended between raising it
    /// and another one: what each of them held.
    pub behind: Positions,
    /// Where reading begins in the partitions that the checkpoint has not: decided once, and durable before they are
    /// read.
    pub begins: Positions,
    /// What runs before have promised for silent partitions.
    pub journal: Journal,
    /// Every epoch of the run is larger: the newest one of which there is any checkpoint, whole or not.
    pub after: Epoch,
    /// The checkpoint from which it goes on.
    pub restored: Option<Restored>,
}

impl Beginning {
    /// What a run begins with that has claimed a sink of this name for each view, in their order, and found this there.
    #[must_use]
    pub fn claimed(sinks: Vec<(String, Standing)>) -> Beginning {
        let mut beginning = Beginning::default();
        sinks.iter().for_each(|(_, standing)| drop(fence::raise(&mut beginning.shown, &standing.shown)));
        for (partition, shown) in &beginning.shown {
            let held = |(_, standing): &(_, Standing)| standing.shown.get(partition).copied().unwrap_or(Offset(0));
            let least = sinks.iter().map(held).min().filter(|least| least < shown);
            beginning.behind.extend(least.map(|least| (*partition, least)));
        }
        // That of the log stands with the documents of the first view.
        beginning.journal = sinks.first().map(|(_, first)| first.journal.clone()).unwrap_or_default();
        for (view, (sink, Standing { id: sink_id, generation, .. })) in sinks.into_iter().enumerate() {
            match view {
                0 => (beginning.sink_id, beginning.generation) = (sink_id, generation.0),
                _ => beginning.others.push(ClaimedSink { sink, sink_id, generation: generation.0 }),
            }
        }
        beginning
    }

    /// What the control document of each view held, or more: a checkpoint says no more of them than that, as it would
    /// not belong to one that holds less.
    #[must_use]
    pub fn held(&self) -> Positions {
        let held = |(partition, shown): (&Partition, &Offset)| match self.behind.get(partition) {
            Some(Offset(0)) => None,
            behind => Some((*partition, behind.map_or(*shown, |behind| *behind.min(shown)))),
        };
        self.shown.iter().filter_map(held).collect()
    }

    /// By what the sink of each view tells the run's writers from all others.
    #[must_use]
    pub fn tokens(&self) -> Vec<FencingToken> {
        let token = |generation, id| FencingToken { generation: Generation(generation), id };
        let others = self.others.iter().map(|other| token(other.generation, other.sink_id.clone()));
        std::iter::once(token(self.generation, self.sink_id.clone())).chain(others).collect()
    }
}

/// A checkpoint, as far as every worker has to know it. The documents of its totals stand in the sink.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// Its epoch.
    pub epoch: Epoch,
    /// How far the partitions had been taken in.
    pub partitions: Partitions,
    /// Its parts.
    pub parts: Vec<Part>,
}

/// A source's side of the boundaries in `(from, to]`: it has sent nothing between `from` and `to`, so what it had taken
/// in by `from` is what it had taken in at each boundary between.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crossing {
    /// Index of the worker.
    pub worker: usize,
    /// The last epoch before.
    pub from: Epoch,
    /// The first epoch in which the source may send again; [`Epoch::END`] if it will not.
    pub to: Epoch,
    /// The smallest promise of its partitions.
    pub promise: EventTime,
    /// Its partitions.
    pub partitions: Partitions,
}

impl Crossing {
    /// Whether `boundary` is one of those crossed.
    #[must_use]
    pub fn is_of(&self, boundary: Epoch) -> bool {
        self.from < boundary && boundary <= self.to
    }
}

/// The crossings of all workers that may still matter for a cut.
#[derive(Debug, Default)]
pub struct Crossings(BTreeMap<(Epoch, usize), Crossing>);

impl Crossings {
    /// Takes a crossing in.
    pub fn insert(&mut self, crossing: Crossing) {
        self.0.insert((crossing.to, crossing.worker), crossing);
    }

    /// The crossing of `boundary` of each worker that has announced one.
    pub fn of(&self, boundary: Epoch) -> impl Iterator<Item = &Crossing> {
        self.0.range((boundary, 0)..).map(|(_, crossing)| crossing).filter(move |crossing| crossing.is_of(boundary))
    }

    /// The smallest promise among all crossings kept; [`EventTime::MAX`] if there is none.
    #[must_use]
    pub fn promise(&self) -> EventTime {
        self.0.values().map(|crossing| crossing.promise).min().unwrap_or(EventTime::MAX)
    }

    /// Forgets the crossings that end before `boundary`.
    pub fn forget_before(&mut self, boundary: Epoch) {
        self.0 = self.0.split_off(&(boundary, 0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crossing(worker: usize, from: u64, to: u64, promise: i64) -> Crossing {
        let (from, to, promise) = (Epoch(from), Epoch(to), EventTime(promise));
        Crossing { worker, from, to, promise, partitions: Partitions::new() }
    }

    #[test]
    fn a_checkpoint_says_of_no_control_document_what_only_another_one_holds() {
        let standing = |generation, shown: &[(i32, i64)]| {
            let shown = shown.iter().map(|(partition, offset)| (Partition(*partition), Offset(*offset))).collect();
            let (id, generation) = (Some(format!("id {generation}")), Generation(generation));
            ("sink".to_owned(), Standing { id, generation, shown, ..Standing::default() })
        };
        // The run before has raised the one of the first view and not yet that of the second, and the other way round.
        let sinks = vec![standing(3, &[(0, 9), (1, 5), (3, 7)]), standing(8, &[(0, 4), (1, 5), (2, 1), (3, 8)])];
        let beginning = Beginning::claimed(sinks);
        let positions = |positions: &Positions| positions.iter().map(|(at, to)| (at.0, to.0)).collect::<Vec<_>>();
        assert_eq!(positions(&beginning.shown), [(0, 9), (1, 5), (2, 1), (3, 8)]);
        assert_eq!(positions(&beginning.held()), [(0, 4), (1, 5), (3, 7)]);
        assert_eq!((beginning.generation, beginning.others[0].generation), (3, 8));
        let alone = Beginning::claimed(vec![standing(3, &[(0, 9)])]);
        assert_eq!((positions(&alone.held()), alone.others.len()), (vec![(0, 9)], 0));
    }

    #[test]
    fn a_crossing_counts_for_every_boundary_between() {
        let mut crossings = Crossings::default();
        crossings.insert(crossing(0, 9, 10, 5));
        crossings.insert(crossing(1, 7, 31, 3));
        crossings.insert(crossing(0, 19, 20, 8));
        let workers = |boundary| crossings.of(Epoch(boundary)).map(|crossing| crossing.worker).collect::<Vec<_>>();
        assert_eq!([workers(10), workers(20), workers(30)], [vec![0, 1], vec![0, 1], vec![1]]);
    }

    #[test]
    fn what_is_forgotten_holds_nothing_back() {
        let mut crossings = Crossings::default();
        crossings.insert(crossing(0, 9, 10, 5));
        crossings.insert(crossing(0, 19, 20, 8));
        assert_eq!(crossings.promise(), EventTime(5));
        crossings.forget_before(Epoch(20));
        assert_eq!(crossings.promise(), EventTime(8));
        crossings.forget_before(Epoch(21));
        assert_eq!(crossings.promise(), EventTime::MAX);
    }
}
