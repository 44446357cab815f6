//! The ids that a partition has counted, by window: what makes a repeated event a duplicate.
//!
//! An id is kept as its text, whole, for as long as its window takes events in the partition; so the answer is exact,
//! and what is kept is as much as the open windows need. The texts of a window stand in one arena that only grows: a
//! [`SeenSnapshot`] of it is a length, costs nothing, and can be read while more ids come.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::ops::Range;
use std::rc::Rc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use mare_model::time::{EventTime, Window, Windows};

/// The ids of one partition, for each window that is open there. It lives as long as its worker reads the partition.
#[derive(Default)]
pub struct Seen {
    windows: BTreeMap<Window, Ids>,
    hasher: RandomState,
}

/// The ids of one window.
#[derive(Default)]
struct Ids {
    arena: Rc<RefCell<Arena>>,
    /// Places in the arena, found by the hash of the id.
    index: HashTable<usize>,
}

/// Texts, one behind the other. It only grows.
#[derive(Debug, Default)]
struct Arena {
    text: String,
    /// Where each text ends.
    ends: Vec<usize>,
}

/// The ids of one window as of one moment; it stays what it is when more come, and when the window closes.
#[derive(Clone, Debug)]
pub struct SeenSnapshot {
    arena: Rc<RefCell<Arena>>,
    ids: usize,
}

impl Seen {
    /// Notes `id` in `window`, and returns whether it is new there.
    #[inline]
    pub fn insert(&mut self, window: Window, id: &str) -> bool {
        self.windows.entry(window).or_default().insert(&self.hasher, id)
    }

    /// Forgets the windows that are closed to a partition that has promised `promise`: whatever comes for them is late.
    #[inline]
    pub fn close(&mut self, windows: Windows, promise: EventTime) {
        while let Some(oldest) = self.windows.first_entry()
            && windows.close(*oldest.key()) <= promise
        {
            oldest.remove();
        }
    }

    /// The ids of each open window as of now, at the cost of a handle each.
    #[must_use]
    pub fn snapshot(&self) -> Vec<(Window, SeenSnapshot)> {
        self.windows.iter().map(|(window, ids)| (*window, ids.snapshot())).collect()
    }

    /// Takes in the ids of a window from a snapshot; several may be of one window.
    pub fn restore<'a>(&mut self, window: Window, ids: impl IntoIterator<Item = &'a str>) {
        let window = self.windows.entry(window).or_default();
        for id in ids {
            window.insert(&self.hasher, id);
        }
    }
}

impl Ids {
    fn insert(&mut self, hasher: &RandomState, id: &str) -> bool {
        let hash = hasher.hash_one(id);
        let mut arena = self.arena.borrow_mut();
        if self.index.find(hash, |place| arena.get(*place) == id).is_some() {
            return false;
        }
        let place = arena.push(id);
        self.index.insert_unique(hash, place, |place| hasher.hash_one(arena.get(*place)));
        true
    }

    fn snapshot(&self) -> SeenSnapshot {
        SeenSnapshot { arena: Rc::clone(&self.arena), ids: self.arena.borrow().ends.len() }
    }
}

impl Arena {
    /// Appends a text and returns its place.
    fn push(&mut self, text: &str) -> usize {
        self.text.push_str(text);
        self.ends.push(self.text.len());
        self.ends.len() - 1
    }

    /// The text at `place`; the empty one if there is no such place.
    fn get(&self, place: usize) -> &str {
        let end = |place: usize| self.ends.get(place).copied().unwrap_or_default();
        let start = place.checked_sub(1).map_or(0, end);
        self.text.get(start..end(place)).unwrap_or_default()
    }
}

impl SeenSnapshot {
    /// How many ids it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids == 0
    }

    /// Visits the ids at `places`, as far as it has them, in the order in which they came: a slice of the work at a
    /// time.
    pub fn visit(&self, places: Range<usize>, mut visit: impl FnMut(&str)) {
        let arena = self.arena.borrow();
        for place in places.start..places.end.min(self.ids) {
            visit(arena.get(place));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOWS: Windows = Windows::tumbling(10, 20);

    fn window(start: i64) -> Window {
        WINDOWS.of_slot(EventTime(start))
    }

    fn ids(snapshot: &SeenSnapshot, places: Range<usize>) -> Vec<String> {
        let mut ids = Vec::new();
        snapshot.visit(places, |id| ids.push(id.to_owned()));
        ids
    }

    #[test]
    fn an_id_is_new_once_a_window() {
        let mut seen = Seen::default();
        for id in ["", "a", "aa", "ç"] {
            assert!(seen.insert(window(0), id) && seen.insert(window(10), id), "{id}");
            assert!(!seen.insert(window(0), id) && !seen.insert(window(10), id), "{id}");
        }
        let many = (0..5_000).map(|id| format!("id {id}")).collect::<Vec<_>>();
        assert!(many.iter().all(|id| seen.insert(window(0), id)));
        assert!(!many.iter().any(|id| seen.insert(window(0), id)));
    }

    #[test]
    fn ids_leave_with_their_window() {
        let mut seen = Seen::default();
        for start in 0..1_000 {
            seen.insert(window(start * 10), "a");
            seen.close(WINDOWS, EventTime(start * 10 + 9));
            assert!(seen.windows.len() <= 3, "{} windows at {start}", seen.windows.len());
        }
        let arena = Rc::downgrade(&seen.windows.first_entry().expect("an open window").get().arena);
        seen.close(WINDOWS, EventTime::MAX);
        assert!(seen.windows.is_empty() && arena.upgrade().is_none(), "the memory is given back");
    }

    #[test]
    fn a_snapshot_stays_and_is_read_in_slices() {
        let mut seen = Seen::default();
        assert!(["a", "b", "c"].iter().all(|id| seen.insert(window(0), id)));
        let snapshot = seen.snapshot();
        let [(of, snapshot)] = snapshot.as_slice() else { panic!("one window") };
        (0..1_000).for_each(|id| assert!(seen.insert(window(0), &id.to_string())));
        assert_eq!((*of, snapshot.len(), snapshot.is_empty()), (window(0), 3, false));
        assert_eq!(ids(snapshot, 0..2), ["a", "b"]);
        seen.close(WINDOWS, EventTime::MAX);
        assert_eq!(ids(snapshot, 2..9), ["c"]);
    }

    #[test]
    fn what_is_restored_has_been_seen() {
        let mut seen = Seen::default();
        seen.restore(window(0), ["a", "b"]);
        seen.restore(window(0), ["c", "a"]);
        assert!(!["a", "b", "c"].iter().any(|id| seen.insert(window(0), id)));
        assert!(seen.insert(window(0), "d") && seen.insert(window(10), "a"));
    }
}
