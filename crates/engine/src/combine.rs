//! Combining: the events of an epoch are folded by window and group before anything leaves the worker.
//!
//! Measured in trials, this is what makes the rest of the graph cost nothing measurable beside reading and decoding:
//! with few groups an epoch of a hundred thousand events becomes a handful of rows.

mod shelf;

use std::hash::{BuildHasher, Hasher};

use foldhash::quality::FixedState;

use self::shelf::{MAX_ROWS, Shelf};
use super::partials::Parcel;
use mare_checkpoint::TotalRow;
use mare_model::measure::Measure;
use mare_model::position::{Offset, Partition};
use mare_model::summary::{Summarize, Summary};
use mare_model::time::{Epoch, EventTime, Window, Windows};
use mare_model::total::Key;
use mare_model::view::ViewId;

/// What a view keeps of each window and group beside the number of events.
#[derive(Clone, Debug, Default)]
pub struct Accumulators {
    /// Its numbers.
    pub measures: Vec<Measure>,
    /// What it keeps where numbers are not enough.
    pub summaries: Vec<Summarize>,
    /// Whether all windows of a group go to one worker: sessions, which only there meet.
    pub by_group: bool,
}

/// What one event adds to the accumulators of a view.
pub trait Foldable {
    /// What it comes to by a measure.
    fn measured(&self, measure: Measure) -> i128;

    /// Puts its value into a summary, and returns by how many bytes that has grown.
    fn summarize(&self, of: Summarize, summary: &mut Summary) -> usize;
}

/// The events of the current epoch of one worker, combined: for each view one
/// [`Partials`](super::partials::Partials) for each worker of the cluster.
pub struct Combine {
    /// The same on every worker, because it decides which worker holds a key.
    hasher: FixedState,
    /// What each view keeps, by [`ViewId`].
    accumulators: Vec<Accumulators>,
    /// For each view one for each destination, by worker index.
    shelves: Vec<Shelf>,
    /// The panes of each view whose windows overlap, before they are put into the windows: an event costs one row
    /// however many windows it is in. Of sessions it is the stretches.
    panes: Vec<Shelf>,
    /// Workers of the cluster.
    peers: usize,
    /// Whether a shelf has reached its bound.
    full: bool,
}

impl Combine {
    /// Nothing combined yet, for a cluster of `peers` workers and views that keep this.
    #[must_use]
    pub fn new(peers: usize, accumulators: Vec<Accumulators>) -> Self {
        let shelves = accumulators.iter().flat_map(|kept| (0..peers).map(|_| Shelf::new(kept))).collect();
        let panes = accumulators.iter().map(Shelf::new).collect();
        Combine { hasher: FixedState::with_seed(0), accumulators, shelves, panes, peers, full: false }
    }

    /// Whether the epoch has reached its bound and should be sealed.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Folds an event of `window` and `group` of a view in. The group is text, which is looked at as such only where it
    /// is new: most are not.
    #[inline]
    pub fn add(&mut self, view: ViewId, window: Window, group: &[u8], event: &impl Foldable) {
        let (hash, view) = (hash(&self.hasher, window, group), usize::from(view.0));
        let place = view * self.peers + destination(hash, self.peers);
        let (shelf, kept) = (&mut self.shelves[place], &self.accumulators[view]);
        self.full |= shelf.take(&self.hasher, (hash, window, group), kept, event) && shelf.is_full();
    }

    /// Folds an event of `group` of a view in, whose [`windows`](Windows::pane) overlap, into all windows of `pane`,
    /// when that is [expanded](Combine::expand).
    #[inline]
    pub fn add_to_pane(
        &mut self,
        view: ViewId,
        (windows, pane): (Windows, Window),
        group: &[u8],
        event: &impl Foldable,
    ) {
        let (hash, view) = (hash(&self.hasher, pane, group), usize::from(view.0));
        let (shelf, kept) = (&mut self.panes[view], &self.accumulators[view]);
        if shelf.take(&self.hasher, (hash, pane, group), kept, event) {
            let most = usize::try_from(windows.length_ms_max() / windows.step_ms_max()).unwrap_or(usize::MAX);
            self.full |= shelf.partials.len() > MAX_ROWS / most.saturating_add(1) || shelf.is_full();
        }
    }

    /// Puts the panes of a view into their windows. To be called before what has been combined is sealed.
    pub fn expand(&mut self, view: ViewId, windows: Windows) {
        let place = usize::from(view.0);
        let kept = self.accumulators[place].clone();
        let panes = self.panes[place].seal();
        for (Key { window: pane, group, .. }, total) in panes.totals(view, &kept.measures) {
            for window in windows.of_pane(pane) {
                let units = |at: usize, measure: Measure| total.units(at).unwrap_or(measure.function.identity());
                self.fold(view, (window, group.as_bytes()), total.n, units, total.cells.summaries());
            }
        }
    }

    /// Folds an event at `time` and of `group` of a view in, whose windows are sessions: with all others of its
    /// stretch, so that an event costs no row where many come.
    pub fn add_to_stretch(
        &mut self,
        view: ViewId,
        (windows, time): (Windows, EventTime),
        group: &[u8],
        event: &impl Foldable,
    ) {
        let stretch = windows.stretch(windows.window_of(time));
        let (hash, view) = (hash(&self.hasher, stretch, group), usize::from(view.0));
        let (shelf, kept) = (&mut self.panes[view], &self.accumulators[view]);
        self.full |= shelf.take_at(&self.hasher, (hash, stretch, group), time, kept, event) && shelf.is_full();
    }

    /// Makes fragments of the stretches of a view: each touches all times from its first event to a gap behind its
    /// last. To be called before what has been combined is sealed.
    pub fn expand_stretches(&mut self, view: ViewId, windows: Windows) {
        let place = usize::from(view.0);
        let (kept, extents) = (self.accumulators[place].clone(), std::mem::take(&mut self.panes[place].extents));
        let stretches = self.panes[place].seal();
        let totals = stretches.totals(view, &kept.measures);
        for ((Key { group, .. }, total), [first, last]) in totals.zip(extents) {
            let window = Window { start: first, end: windows.window_of(last).end };
            let units = |at: usize, measure: Measure| total.units(at).unwrap_or(measure.function.identity());
            self.fold(view, (window, group.as_bytes()), total.n, units, total.cells.summaries());
        }
    }

    /// Folds in those rows of a checkpoint that belong to worker `index`.
    pub fn restore<'r>(&mut self, view: ViewId, rows: impl Iterator<Item = (Window, TotalRow<'r>)>, index: usize) {
        for (window, TotalRow { group, n, measures, summaries, .. }) in rows {
            let group = group.as_bytes();
            if self.destination(view, window, group) == index {
                let units =
                    |at: usize, measure: Measure| measures.get(at).copied().unwrap_or(measure.function.identity());
                self.fold(view, (window, group), n, units, summaries);
            }
        }
    }

    /// Takes back what an event of `group` of a view has added to all windows of `pane`: one contribution more in each,
    /// by which each measure, all of which have an inverse then, comes to so much less.
    pub fn take_back(&mut self, view: ViewId, (windows, pane): (Windows, Window), group: &[u8], amounts: &[i128]) {
        for window in windows.of_pane(pane) {
            let units = |at: usize, _| -amounts.get(at).copied().unwrap_or_default();
            self.fold(view, (window, group), 1, units, &[]);
        }
    }

    /// Folds `n` events of a window and group of a view in, which have come to `units` by each of its measures, and to
    /// these summaries.
    fn fold(
        &mut self,
        view: ViewId,
        (window, group): (Window, &[u8]),
        n: i64,
        units: impl Fn(usize, Measure) -> i128,
        summaries: &[Summary],
    ) {
        let (hash, destination) = (hash(&self.hasher, window, group), self.destination(view, window, group));
        let view = usize::from(view.0);
        let (place, Accumulators { measures, .. }) = (view * self.peers + destination, &self.accumulators[view]);
        let shelf = &mut self.shelves[place];
        let rows = shelf.partials.len();
        let row = shelf.row(&self.hasher, (hash, window, group), &self.accumulators[view]);
        self.full |= shelf.partials.len() > rows && shelf.is_full();
        let merge = |at: usize, mine| measures[at].function.merge(mine, units(at, measures[at]));
        shelf.partials.fold(row, n, merge);
        let mine = shelf.partials.summaries_mut(row, summaries.len());
        mine.iter_mut().zip(summaries).for_each(|(mine, other)| mine.merge(other));
    }

    /// The worker that holds a window and group of a view.
    fn destination(&self, view: ViewId, window: Window, group: &[u8]) -> usize {
        let by_group = self.accumulators[usize::from(view.0)].by_group;
        destination(hash(&self.hasher, if by_group { Window::ALL } else { window }, group), self.peers)
    }

    /// Takes what has been combined as parcels of `epoch`, one for each view and destination that has rows; `positions`
    /// is how far the partitions have been taken in with it.
    pub fn seal(&mut self, epoch: Epoch, positions: &[(Partition, Offset)]) -> Vec<Parcel> {
        self.full = false;
        let peers = self.peers;
        let occupied = self.shelves.iter_mut().enumerate().filter(|(_, shelf)| !shelf.partials.is_empty());
        occupied
            .map(|(place, shelf)| {
                let (view, destination) = (place / peers, (place % peers) as u64);
                let partials = shelf.seal();
                let view = ViewId(u16::try_from(view).expect("a plan has few views"));
                Parcel { destination, view, epoch, positions: positions.to_vec(), partials }
            })
            .collect()
    }
}

#[inline]
fn hash(hasher: &FixedState, window: Window, group: &[u8]) -> u64 {
    let mut hasher = hasher.build_hasher();
    hasher.write_i64(window.end.0);
    hasher.write(group);
    hasher.finish()
}

/// Which of `peers` workers holds the key of this hash: the hash's upper half, scaled (the table uses the lower bits).
#[inline]
fn destination(hash: u64, peers: usize) -> usize {
    (((hash >> 32) * peers as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_model::measure::Function;
    use mare_model::time::EventTime;
    use std::collections::BTreeMap;

    const MINUTES: Windows = Windows::tumbling(60_000, 0);

    const SUM: Measure = Measure { function: Function::Sum, field: 0 };
    const VIEW: ViewId = ViewId(0);

    /// What an event comes to, of which nothing else is kept.
    impl<F: Fn(Measure) -> i128> Foldable for F {
        fn measured(&self, measure: Measure) -> i128 {
            self(measure)
        }

        fn summarize(&self, _: Summarize, _: &mut Summary) -> usize {
            0
        }
    }

    /// Views that keep these numbers and no more.
    fn kept(measures: Vec<Vec<Measure>>) -> Vec<Accumulators> {
        measures.into_iter().map(|measures| Accumulators { measures, ..Accumulators::default() }).collect()
    }

    #[test]
    fn rows_are_the_sums_of_their_events_whatever_the_destination() {
        for peers in 1..=5 {
            let mut combine = Combine::new(peers, kept(vec![vec![SUM]]));
            let mut expected: BTreeMap<(i64, String), (i64, i128)> = BTreeMap::new();
            for i in 0..10_000_i64 {
                let (window, group) = (i % 7 * 60_000, format!("group {}", i % 311));
                combine.add(VIEW, MINUTES.of_slot(EventTime(window)), group.as_bytes(), &|_| i128::from(i));
                let row = expected.entry((window, group)).or_default();
                *row = (row.0 + 1, row.1 + i128::from(i));
            }
            let mut got = BTreeMap::new();
            for parcel in combine.seal(Epoch(1), &[]) {
                for (key, total) in parcel.partials.totals(VIEW, &[SUM]) {
                    let row = (total.n, total.units(0).expect("a sum"));
                    let twice = got.insert((key.window.start.0, key.group.to_string()), row);
                    assert!(twice.is_none(), "a key stands in one row of one parcel only");
                }
            }
            assert_eq!(got, expected, "{peers} peers");
            assert!(combine.seal(Epoch(2), &[]).is_empty());
        }
    }

    #[test]
    fn views_are_combined_apart_and_go_where_their_keys_do() {
        let count = Measure { function: Function::Count, field: 1 };
        let mut combine = Combine::new(3, kept(vec![vec![SUM], vec![count, SUM]]));
        for view in [ViewId(0), ViewId(1), ViewId(1)] {
            combine.add(view, MINUTES.of_slot(EventTime(0)), b"Gamer", &|measure| if measure == SUM { 7 } else { 1 });
        }
        let parcels = combine.seal(Epoch(1), &[]);
        let totals = |parcel: &Parcel| {
            let measures: &[Measure] = if parcel.view == VIEW { &[SUM] } else { &[count, SUM] };
            let totals = parcel.partials.totals(parcel.view, measures);
            totals.map(|(_, total)| (total.n, total.units(0), total.units(1))).collect::<Vec<_>>()
        };
        let found: Vec<_> = parcels.iter().map(|parcel| (parcel.view, totals(parcel))).collect();
        assert_eq!(found, [(VIEW, vec![(1, Some(7), None)]), (ViewId(1), vec![(2, Some(2), Some(14))])]);
        assert_eq!(parcels[0].destination, parcels[1].destination);
    }

    #[test]
    fn a_key_goes_to_the_same_worker_in_every_epoch() {
        let mut combine = Combine::new(4, kept(vec![Vec::new()]));
        let window = MINUTES.of_slot(EventTime(0));
        let mut seal = |epoch| {
            combine.add(VIEW, window, b"Gamer", &|_| 0);
            combine.seal(Epoch(epoch), &[])[0].destination
        };
        assert_eq!(seal(1), seal(2));
    }

    #[test]
    fn a_stretch_is_one_fragment_and_all_of_a_group_go_to_one_worker() {
        let windows = Windows::sessions(10, 0);
        let mut combine = Combine::new(4, vec![Accumulators { by_group: true, ..Accumulators::default() }]);
        for time in [20, 1, 9, 15, 3, 47] {
            combine.add_to_stretch(VIEW, (windows, EventTime(time)), b"Gamer", &|_| 0);
        }
        combine.expand_stretches(VIEW, windows);
        let parcels = combine.seal(Epoch(1), &[]);
        assert_eq!(parcels.len(), 1, "one destination");
        let rows = parcels[0].partials.totals(VIEW, &[]);
        let mut rows: Vec<_> = rows.map(|(key, it)| (key.window.start.0, key.window.end.0, it.n)).collect();
        rows.sort_unstable();
        assert_eq!(rows, [(1, 19, 3), (15, 25, 1), (20, 30, 1), (47, 57, 1)]);
        assert!(combine.seal(Epoch(2), &[]).is_empty());
    }

    #[test]
    fn an_epoch_is_bounded() {
        let mut combine = Combine::new(1, kept(vec![Vec::new()]));
        for i in 0..MAX_ROWS as i64 {
            assert!(!combine.is_full());
            combine.add(VIEW, MINUTES.of_slot(EventTime(i)), b"x", &|_| 0);
        }
        assert!(combine.is_full());
        combine.seal(Epoch(1), &[]);
        assert!(!combine.is_full());
    }

    #[test]
    fn an_epoch_of_panes_is_bounded_by_the_windows_that_they_are_put_into() {
        for (windows, more) in [(Windows::hopping(10, 1, 0), 9), (Windows::cumulative(10, 1, 0), 0)] {
            of_panes(windows, more);
        }
    }

    /// Panes of windows, ten of which an event is in at most; their windows are so many `more` than there are panes.
    fn of_panes(windows: Windows, more: i64) {
        let mut combine = Combine::new(1, kept(vec![Vec::new()]));
        let mut panes = 0;
        while !combine.is_full() {
            let window = windows.window_of(EventTime(panes));
            let pane = windows.pane(window, EventTime(panes), EventTime::MIN);
            combine.add_to_pane(VIEW, (windows, pane), b"x", &|_| 0);
            panes += 1;
        }
        assert!((MAX_ROWS as i64 / 12..=MAX_ROWS as i64 / 10).contains(&panes), "{panes} of {MAX_ROWS}");
        combine.expand(VIEW, windows);
        let parcels = combine.seal(Epoch(1), &[]);
        let events: i64 = parcels[0].partials.totals(VIEW, &[]).map(|(_, total)| total.n).sum();
        let in_windows: i64 = (0..panes).map(|time| windows.windows_of(EventTime(time)).count() as i64).sum();
        assert_eq!(events, in_windows);
        let rows = parcels[0].partials.len() as i64;
        assert!((panes + more..=panes + more + 9).contains(&rows), "{rows} of {panes} panes");
        assert!(!combine.is_full() && combine.seal(Epoch(2), &[]).is_empty());
    }
}
