//! The orders that a partition has counted, by window and id: what a cancellation takes back, and what makes a repeated
//! order a duplicate.
//!
//! It is kept where a dataflow has `[retract]` and `[dedup]`, in the place of [`Seen`](super::seen): beside the id of
//! an order its time, its group and what it has added, for as long as its window takes events in the partition.
//!
//! What is known of a window stands in a log that only grows: an order that is counted is an entry, and so is its
//! cancellation. An [`OrdersSnapshot`] is a length of it, costs nothing, and can be read while more comes.
//!
//! *Claim*: among the open windows of a partition, an id is counted in some, or it is cancelled in some, never both. An
//! order of an id that is cancelled in any open window is a duplicate, so it makes none live; and a cancellation takes
//! back the orders of its id in all of them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::ops::Range;
use std::rc::Rc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use mare_checkpoint::{CountedOrder, SeenOrder};
use mare_model::time::{EventTime, Window, Windows};

/// The orders of one partition, for each window that is open there. It lives as long as its worker reads the partition.
pub struct Orders {
    windows: BTreeMap<Window, WindowOrders>,
    hasher: RandomState,
    /// How many numbers each order has added to.
    width: usize,
}

/// Those of one window.
#[derive(Default)]
struct WindowOrders {
    log: Rc<RefCell<OrderLog>>,
    /// Found by the hash of the id.
    index: HashTable<KnownId>,
    /// How many ids are cancelled.
    cancelled: usize,
}

/// What is known of an id in a window.
#[derive(Clone, Copy)]
struct KnownId {
    /// Its first entry in the log.
    place: usize,
    is_cancelled: bool,
}

/// What became of orders, one behind the other. It only grows.
#[derive(Debug, Default)]
struct OrderLog {
    entries: Vec<OrderEntry>,
    /// Ids and groups.
    text: String,
    amounts: Vec<i128>,
}

/// An order that is counted, or one that is cancelled.
#[derive(Clone, Debug)]
struct OrderEntry {
    id: Range<usize>,
    counted: Option<CountedEntry>,
}

/// Where it stands what an order has added.
#[derive(Clone, Debug)]
struct CountedEntry {
    time: EventTime,
    group: Range<usize>,
    amounts: Range<usize>,
}

/// An order that is counted, and what it has added.
#[derive(Clone, Copy, Debug)]
pub struct AddedOrder<'a> {
    /// Its event time.
    pub time: EventTime,
    /// The group, its canonical text.
    pub group: &'a str,
    /// What it has added, in the order of the measures.
    pub amounts: &'a [i128],
}

/// What a cancellation finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// An order that is counted, or several, which it takes back.
    Counted,
    /// That its id is cancelled already.
    Cancelled,
    /// Nothing of its id.
    Nothing,
}

/// The orders of one window as of one moment; it stays what it is when more come, and when the window closes.
#[derive(Clone, Debug)]
pub struct OrdersSnapshot {
    log: Rc<RefCell<OrderLog>>,
    entries: usize,
}

impl Orders {
    /// None yet, each of which will have added to so many numbers.
    #[must_use]
    pub fn new(width: usize) -> Orders {
        Orders { windows: BTreeMap::new(), hasher: RandomState::default(), width }
    }

    /// Whether an order of `id` in `window` is neither counted there nor cancelled anywhere.
    #[must_use]
    pub fn is_new(&self, window: Window, id: &str) -> bool {
        let hash = self.hasher.hash_one(id);
        let is_known = self.windows.get(&window).is_some_and(|orders| orders.find(hash, id).is_some());
        let mut cancelled = self.windows.values().filter(|orders| orders.cancelled > 0);
        !is_known && !cancelled.any(|orders| orders.find(hash, id).is_some_and(|known| known.is_cancelled))
    }

    /// Keeps an order of `window` that [is new](Orders::is_new).
    pub fn keep(&mut self, window: Window, id: &str, added: AddedOrder<'_>) {
        let Orders { windows, hasher, .. } = self;
        windows.entry(window).or_default().insert(hasher, id, Some(added));
    }

    /// Cancels `id` in all windows, and hands each order to `take_back` that was counted.
    pub fn cancel(&mut self, id: &str, take_back: &mut dyn FnMut(AddedOrder<'_>)) -> Found {
        let hash = self.hasher.hash_one(id);
        let mut found = Found::Nothing;
        for orders in self.windows.values_mut() {
            let Some(known) = orders.index.find_mut(hash, |known| orders.log.borrow().is(known.place, id)) else {
                continue;
            };
            if std::mem::replace(&mut known.is_cancelled, true) {
                found = if found == Found::Nothing { Found::Cancelled } else { found };
                continue;
            }
            (orders.cancelled, found) = (orders.cancelled + 1, Found::Counted);
            let mut log = orders.log.borrow_mut();
            log.added(known.place).into_iter().for_each(&mut *take_back);
            log.cancel(known.place);
        }
        found
    }

    /// Remembers in `window` that `id`, of which nothing is known, is cancelled before its order.
    pub fn remember(&mut self, window: Window, id: &str) {
        let Orders { windows, hasher, .. } = self;
        windows.entry(window).or_default().insert(hasher, id, None);
    }

    /// Forgets the windows that are closed to a partition that has promised `promise`: nothing there can change.
    #[inline]
    pub fn close(&mut self, windows: Windows, promise: EventTime) {
        while let Some(oldest) = self.windows.first_entry()
            && windows.is_late(*oldest.key(), promise)
        {
            oldest.remove();
        }
    }

    /// The orders of each open window as of now, at the cost of a handle each.
    #[must_use]
    pub fn snapshot(&self) -> Vec<(Window, OrdersSnapshot)> {
        self.windows.iter().map(|(window, orders)| (*window, orders.snapshot())).collect()
    }

    /// Takes in orders of a window from a snapshot; several may be of one window, in any order.
    pub fn restore(&mut self, window: Window, orders: &[SeenOrder]) {
        let Orders { windows, hasher, width } = self;
        let window = windows.entry(window).or_default();
        for SeenOrder { id, counted } in orders {
            let added = counted.as_ref().map(|CountedOrder { time, group, measures }| {
                let amounts = measures.get(..*width).unwrap_or_default();
                AddedOrder { time: *time, group, amounts }
            });
            window.restore(hasher, id, added);
        }
    }
}

impl WindowOrders {
    fn find(&self, hash: u64, id: &str) -> Option<&KnownId> {
        self.index.find(hash, |known| self.log.borrow().is(known.place, id))
    }

    /// Takes in an id that is not known: an order that is counted, or one that is cancelled.
    fn insert(&mut self, hasher: &RandomState, id: &str, added: Option<AddedOrder<'_>>) {
        let mut log = self.log.borrow_mut();
        let (place, is_cancelled) = (log.push(id, added), added.is_none());
        let rehash = |known: &KnownId| hasher.hash_one(log.id(known.place));
        self.index.insert_unique(hasher.hash_one(id), KnownId { place, is_cancelled }, rehash);
        self.cancelled += usize::from(is_cancelled);
    }

    /// The same of one that may be known: then it is cancelled if it was, or is now.
    fn restore(&mut self, hasher: &RandomState, id: &str, added: Option<AddedOrder<'_>>) {
        let log = Rc::clone(&self.log);
        match self.index.find_mut(hasher.hash_one(id), |known| log.borrow().is(known.place, id)) {
            None => self.insert(hasher, id, added),
            Some(known) if added.is_none() && !known.is_cancelled => {
                known.is_cancelled = true;
                log.borrow_mut().cancel(known.place);
                self.cancelled += 1;
            }
            Some(_) => {}
        }
    }

    fn snapshot(&self) -> OrdersSnapshot {
        OrdersSnapshot { log: Rc::clone(&self.log), entries: self.log.borrow().entries.len() }
    }
}

impl OrderLog {
    /// Appends an order and returns its place.
    fn push(&mut self, id: &str, added: Option<AddedOrder<'_>>) -> usize {
        let id = self.write(id);
        let counted = added.map(|AddedOrder { time, group, amounts }| {
            let begin = self.amounts.len();
            self.amounts.extend_from_slice(amounts);
            CountedEntry { time, group: self.write(group), amounts: begin..self.amounts.len() }
        });
        self.entries.push(OrderEntry { id, counted });
        self.entries.len() - 1
    }

    /// Appends that the order at a place is cancelled.
    fn cancel(&mut self, place: usize) {
        let id = self.entries.get(place).map(|entry| entry.id.clone());
        self.entries.extend(id.map(|id| OrderEntry { id, counted: None }));
    }

    fn write(&mut self, text: &str) -> Range<usize> {
        let begin = self.text.len();
        self.text.push_str(text);
        begin..self.text.len()
    }

    /// The id at a place; the empty one if there is no such place.
    fn id(&self, place: usize) -> &str {
        self.entries.get(place).and_then(|entry| self.text.get(entry.id.clone())).unwrap_or_default()
    }

    fn is(&self, place: usize, id: &str) -> bool {
        self.id(place) == id
    }

    /// What the order at a place has added, if it was counted there.
    fn added(&self, place: usize) -> Option<AddedOrder<'_>> {
        let CountedEntry { time, group, amounts } = self.entries.get(place)?.counted.as_ref()?;
        let (group, amounts) = (self.text.get(group.clone())?, self.amounts.get(amounts.clone())?);
        Some(AddedOrder { time: *time, group, amounts })
    }
}

impl OrdersSnapshot {
    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// The entries at `places`, as far as it has them, in the order in which they came: a slice of the work at a time.
    #[must_use]
    pub fn read(&self, places: Range<usize>) -> Vec<SeenOrder> {
        let log = self.log.borrow();
        let order = |place: usize| {
            let counted = log.added(place).map(|AddedOrder { time, group, amounts }| CountedOrder {
                time,
                group: group.to_owned(),
                measures: amounts.to_vec(),
            });
            SeenOrder { id: log.id(place).to_owned(), counted }
        };
        (places.start..places.end.min(self.entries)).map(order).collect()
    }
}

#[cfg(test)]
mod tests;
