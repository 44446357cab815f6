//! What is combined of one view for one destination.

use foldhash::quality::FixedState;
use hashbrown::HashTable;

use super::{Accumulators, Foldable, hash};
use crate::partials::Partials;
use mare_model::summary::Summarize;
use mare_model::time::{EventTime, Window};

/// A worker seals early at this many rows for one destination, so that an epoch has a bounded size.
pub(super) const MAX_ROWS: usize = 1 << 18;
/// A worker seals early at this many bytes of group text, and of values that are kept, for one destination.
const MAX_TEXT_BYTES: usize = 1 << 26;

/// The partials of one view for one destination, and where each key's row is.
pub(super) struct Shelf {
    /// Row numbers, found by the hash of window and group.
    index: HashTable<u32>,
    pub partials: Partials,
    /// The first and the last time of the events of each row, where rows are stretches of sessions; else nothing.
    pub extents: Vec<[EventTime; 2]>,
    /// How much its summaries have grown, in bytes.
    summary_bytes: usize,
}

impl Shelf {
    pub fn new(kept: &Accumulators) -> Shelf {
        let (index, partials) = (HashTable::new(), Partials::new(kept.measures.len()));
        Shelf { index, partials, extents: Vec::new(), summary_bytes: 0 }
    }

    /// Folds one event in; whether the shelf has grown. It has two callers, for which the compiler would make a call of
    /// it for each event.
    #[inline(always)]
    pub fn take(
        &mut self,
        hasher: &FixedState,
        key: (u64, Window, &[u8]),
        kept: &Accumulators,
        event: &impl Foldable,
    ) -> bool {
        let (rows, row) = (self.partials.len(), self.row(hasher, key, kept));
        self.fold((rows, row), kept, event)
    }

    /// The same, of an event at `time` of a stretch.
    pub fn take_at(
        &mut self,
        hasher: &FixedState,
        key: (u64, Window, &[u8]),
        time: EventTime,
        kept: &Accumulators,
        event: &impl Foldable,
    ) -> bool {
        let (rows, row) = (self.partials.len(), self.row(hasher, key, kept));
        match self.extents.get_mut(row) {
            Some([first, last]) => (*first, *last) = (time.min(*first), time.max(*last)),
            None => self.extents.push([time; 2]),
        }
        self.fold((rows, row), kept, event)
    }

    /// Folds an event into a row, when there were so many rows before it; whether the shelf has grown.
    #[inline(always)]
    fn fold(&mut self, (rows, row): (usize, usize), kept: &Accumulators, event: &impl Foldable) -> bool {
        let measures = &*kept.measures;
        self.partials.fold(row, 1, |at, mine| measures[at].function.merge(mine, event.measured(measures[at])));
        let bytes = if kept.summaries.is_empty() { 0 } else { self.summarize(row, &kept.summaries, event) };
        self.partials.len() > rows || bytes > 0
    }

    /// Puts an event into the summaries of a row, and returns by how many bytes these have grown.
    fn summarize(&mut self, row: usize, of: &[Summarize], event: &impl Foldable) -> usize {
        let summaries = self.partials.summaries_mut(row, of.len());
        let bytes = summaries.iter_mut().zip(of).map(|(summary, of)| event.summarize(*of, summary)).sum();
        self.summary_bytes += bytes;
        bytes
    }

    /// Takes the partials out; the table keeps its memory for those that come, and as many of these find room.
    pub fn seal(&mut self) -> Partials {
        self.index.clear();
        self.summary_bytes = 0;
        let next = Partials::like(&self.partials);
        std::mem::replace(&mut self.partials, next)
    }

    /// The number of the row of a key, which is appended if there is none.
    #[inline]
    pub fn row(&mut self, hasher: &FixedState, key: (u64, Window, &[u8]), kept: &Accumulators) -> usize {
        let ((hash, window, group), partials) = (key, &self.partials);
        match self.index.find(hash, |row| partials.is(*row as usize, window, group)) {
            Some(row) => *row as usize,
            None => self.insert(hasher, key, kept),
        }
    }

    /// Appends a row for a key that has none and returns its number.
    #[cold]
    fn insert(&mut self, hasher: &FixedState, key: (u64, Window, &[u8]), kept: &Accumulators) -> usize {
        let (hash_of_key, window, group) = key;
        let row = self.partials.len();
        let group = &*String::from_utf8_lossy(group); // it is text, as whoever decodes has seen
        self.partials.push(window, group, kept.measures.iter().map(|measure| measure.function.identity()));
        self.partials.summarize(&kept.summaries);
        let partials = &self.partials;
        let rehash = |row: &u32| hash(hasher, partials.window(*row as usize), partials.group(*row as usize).as_bytes());
        self.index.insert_unique(hash_of_key, u32::try_from(row).expect("bounded by MAX_ROWS"), rehash);
        row
    }

    /// Whether it has reached its bound.
    pub fn is_full(&self) -> bool {
        let bytes = self.partials.text_bytes() + self.summary_bytes;
        self.partials.len() >= MAX_ROWS || bytes >= MAX_TEXT_BYTES
    }
}
