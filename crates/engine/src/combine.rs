//! Combining: the events of an epoch are folded by window and group before anything leaves the worker.
//!
//! Measured in trials, this is what makes the rest of the graph cost nothing measurable beside reading and decoding:
//! with few groups an epoch of a hundred thousand events becomes a handful of rows.

use std::hash::{BuildHasher, Hasher};

use foldhash::quality::FixedState;
use hashbrown::HashTable;

use super::partials::{Parcel, Partials};
use mare_checkpoint::{TotalRow, TotalRows};
use mare_model::measure::Measure;
use mare_model::position::{Offset, Partition};
use mare_model::time::{Epoch, Window, Windows};
use mare_model::total::Key;
use mare_model::view::ViewId;

/// A worker seals early at this many rows for one destination, so that an epoch has a bounded size.
const MAX_ROWS: usize = 1 << 18;
/// A worker seals early at this many bytes of group text for one destination.
const MAX_TEXT_BYTES: usize = 1 << 26;

/// The events of the current epoch of one worker, combined: for each view one [`Partials`] for each worker of the
/// cluster.
pub struct Combine {
    /// The same on every worker, because it decides which worker holds a key.
    hasher: FixedState,
    /// What each view measures, by [`ViewId`].
    measures: Vec<Vec<Measure>>,
    /// For each view one for each destination, by worker index.
    shelves: Vec<Shelf>,
    /// The panes of each view whose windows overlap, before they are put into the windows: an event costs one row
    /// however many windows it is in.
    panes: Vec<Shelf>,
    /// Workers of the cluster.
    peers: usize,
    /// Whether a shelf has reached its bound.
    full: bool,
}

/// The partials of one view for one destination, and where each key's row is.
struct Shelf {
    /// Row numbers, found by the hash of window and group.
    index: HashTable<u32>,
    partials: Partials,
}

impl Combine {
    /// Nothing combined yet, for a cluster of `peers` workers and views that measure this.
    #[must_use]
    pub fn new(peers: usize, measures: Vec<Vec<Measure>>) -> Self {
        let shelf = |width| Shelf { index: HashTable::new(), partials: Partials::new(width) };
        let shelves = measures.iter().flat_map(|measures| (0..peers).map(|_| shelf(measures.len()))).collect();
        let panes = measures.iter().map(|measures| shelf(measures.len())).collect();
        Combine { hasher: FixedState::with_seed(0), measures, shelves, panes, peers, full: false }
    }

    /// Whether the epoch has reached its bound and should be sealed.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Folds an event of `window` and `group` of a view in, of which `measured` says what it comes to. The group is
    /// text, which is looked at as such only where it is new: most are not.
    #[inline]
    pub fn add(&mut self, view: ViewId, window: Window, group: &[u8], measured: impl Fn(Measure) -> i128) {
        self.fold(view, window, group, 1, |_, measure| measured(measure));
    }

    /// Folds an event of `group` of a view in, whose [`windows`](Windows::pane) overlap, into all windows of `pane`,
    /// when that is [expanded](Combine::expand).
    #[inline]
    pub fn add_to_pane(
        &mut self,
        view: ViewId,
        (windows, pane): (Windows, Window),
        group: &[u8],
        measured: impl Fn(Measure) -> i128,
    ) {
        let (hash, view) = (hash(&self.hasher, pane, group), usize::from(view.0));
        let (shelf, measures) = (&mut self.panes[view], &*self.measures[view]);
        let rows = shelf.partials.len();
        let row = shelf.row(&self.hasher, (hash, pane, group), measures);
        shelf.partials.fold(row, 1, |at, mine| measures[at].function.merge(mine, measured(measures[at])));
        if shelf.partials.len() > rows {
            let most = usize::try_from(windows.length_ms_max() / windows.step_ms_max()).unwrap_or(usize::MAX);
            self.full |= rows >= MAX_ROWS / most.saturating_add(1) || shelf.is_full();
        }
    }

    /// Puts the panes of a view into their windows. To be called before what has been combined is sealed.
    pub fn expand(&mut self, view: ViewId, windows: Windows) {
        let place = usize::from(view.0);
        let shelf = &mut self.panes[place];
        shelf.index.clear();
        let empty = Partials::new(self.measures[place].len());
        let (panes, measures) = (std::mem::replace(&mut shelf.partials, empty), self.measures[place].clone());
        for (Key { window: pane, group, .. }, total) in panes.totals(view, &measures) {
            for window in windows.of_pane(pane) {
                let units = |at: usize, measure: Measure| total.units(at).unwrap_or(measure.function.identity());
                self.fold(view, window, group.as_bytes(), total.n, units);
            }
        }
    }

    /// Folds in the totals of a checkpoint that belong to worker `index`.
    pub fn restore(&mut self, view: ViewId, totals: &TotalRows, windows: Windows, index: usize) {
        for TotalRow { slot, group, n, measures } in totals.rows() {
            let window = windows.of_slot(slot);
            let group = group.as_bytes();
            if destination(hash(&self.hasher, window, group), self.peers) == index {
                let units =
                    |at: usize, measure: Measure| measures.get(at).copied().unwrap_or(measure.function.identity());
                self.fold(view, window, group, n, units);
            }
        }
    }

    /// Folds `n` events of `window` and `group` of a view in, which have come to `units` by each of its measures.
    #[inline]
    fn fold(&mut self, view: ViewId, window: Window, group: &[u8], n: i64, units: impl Fn(usize, Measure) -> i128) {
        let hash = hash(&self.hasher, window, group);
        let view = usize::from(view.0);
        let shelf = &mut self.shelves[view * self.peers + destination(hash, self.peers)];
        let measures = &*self.measures[view];
        let rows = shelf.partials.len();
        let row = shelf.row(&self.hasher, (hash, window, group), measures);
        self.full |= shelf.partials.len() > rows && shelf.is_full();
        shelf.partials.fold(row, n, |at, mine| {
            let measure = measures[at];
            measure.function.merge(mine, units(at, measure))
        });
    }

    /// Takes what has been combined as parcels of `epoch`, one for each view and destination that has rows; `positions`
    /// is how far the partitions have been taken in with it.
    pub fn seal(&mut self, epoch: Epoch, positions: &[(Partition, Offset)]) -> Vec<Parcel> {
        self.full = false;
        let (peers, measures) = (self.peers, &self.measures);
        let occupied = self.shelves.iter_mut().enumerate().filter(|(_, shelf)| !shelf.partials.is_empty());
        occupied
            .map(|(place, shelf)| {
                shelf.index.clear();
                let (view, destination) = (place / peers, (place % peers) as u64);
                let partials = std::mem::replace(&mut shelf.partials, Partials::new(measures[view].len()));
                let view = ViewId(u16::try_from(view).expect("a plan has few views"));
                Parcel { destination, view, epoch, positions: positions.to_vec(), partials }
            })
            .collect()
    }
}

impl Shelf {
    /// The number of the row of a key, which is appended if there is none.
    #[inline]
    fn row(&mut self, hasher: &FixedState, key: (u64, Window, &[u8]), measures: &[Measure]) -> usize {
        let ((hash, window, group), partials) = (key, &self.partials);
        match self.index.find(hash, |row| partials.is(*row as usize, window, group)) {
            Some(row) => *row as usize,
            None => self.insert(hasher, key, measures),
        }
    }

    /// Appends a row for a key that has none and returns its number.
    #[cold]
    fn insert(&mut self, hasher: &FixedState, key: (u64, Window, &[u8]), measures: &[Measure]) -> usize {
        let (hash, window, group) = key;
        let row = self.partials.len();
        let group = &*String::from_utf8_lossy(group); // it is text, as whoever decodes has seen
        self.partials.push(window, group, measures.iter().map(|measure| measure.function.identity()));
        let partials = &self.partials;
        let rehash =
            |row: &u32| self::hash(hasher, partials.window(*row as usize), partials.group(*row as usize).as_bytes());
        self.index.insert_unique(hash, u32::try_from(row).expect("bounded by MAX_ROWS"), rehash);
        row
    }

    fn is_full(&self) -> bool {
        self.partials.len() >= MAX_ROWS || self.partials.text_bytes() >= MAX_TEXT_BYTES
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

    #[test]
    fn rows_are_the_sums_of_their_events_whatever_the_destination() {
        for peers in 1..=5 {
            let mut combine = Combine::new(peers, vec![vec![SUM]]);
            let mut expected: BTreeMap<(i64, String), (i64, i128)> = BTreeMap::new();
            for i in 0..10_000_i64 {
                let (window, group) = (i % 7 * 60_000, format!("group {}", i % 311));
                combine.add(VIEW, MINUTES.of_slot(EventTime(window)), group.as_bytes(), |_| i128::from(i));
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
        let mut combine = Combine::new(3, vec![vec![SUM], vec![count, SUM]]);
        for view in [ViewId(0), ViewId(1), ViewId(1)] {
            combine.add(view, MINUTES.of_slot(EventTime(0)), b"Gamer", |measure| if measure == SUM { 7 } else { 1 });
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
        let mut combine = Combine::new(4, vec![Vec::new()]);
        let window = MINUTES.of_slot(EventTime(0));
        let mut seal = |epoch| {
            combine.add(VIEW, window, b"Gamer", |_| 0);
            combine.seal(Epoch(epoch), &[])[0].destination
        };
        assert_eq!(seal(1), seal(2));
    }

    #[test]
    fn an_epoch_is_bounded() {
        let mut combine = Combine::new(1, vec![Vec::new()]);
        for i in 0..MAX_ROWS as i64 {
            assert!(!combine.is_full());
            combine.add(VIEW, MINUTES.of_slot(EventTime(i)), b"x", |_| 0);
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
        let mut combine = Combine::new(1, vec![Vec::new()]);
        let mut panes = 0;
        while !combine.is_full() {
            let window = windows.window_of(EventTime(panes));
            let pane = windows.pane(window, EventTime(panes), EventTime::MIN);
            combine.add_to_pane(VIEW, (windows, pane), b"x", |_| 0);
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
