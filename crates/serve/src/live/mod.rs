//! What the engine has just made durable: the documents of the newest windows in memory, and the news of them.
//!
//! It is fed when the sink acknowledges a batch, so it shows what the sink holds and never more. It is bounded: the
//! oldest windows leave first, and it says from which window on it has every document; for what is older one asks the
//! sink.
//!
//! Who reads takes a [`Snapshot`], which costs a pointer a window; a window that changes meanwhile is copied. Who
//! listens has a bounded channel: one that is too slow is told so, and reads again. Neither holds a worker up.
//!
//! # Layout
//! * [`Live`]: takes in what changes say, and tells it
//! * [`snapshot`]: the documents of one moment
//! * [`load`]: the documents that stood in the sink before

pub mod load;
pub mod snapshot;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use compact_str::CompactString;
use tokio::sync::broadcast::{self, Receiver, Sender};

use mare_engine::Observer;
use mare_model::time::{EventTime, Window, Windows};
use mare_model::total::Change;
use mare_sink::document::Layout;
use mare_sink::figures::Figures;
use snapshot::{Shelves, Snapshot};

/// How many batches a subscriber may be behind.
const BATCHES_BEHIND: usize = 256;
/// How many changes are kept for subscribers that come back.
const KEPT_CHANGES: usize = 20_000;

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveLimits {
    /// Windows.
    pub windows: usize,
    /// Documents, of all windows together.
    pub documents: usize,
}

impl Default for LiveLimits {
    fn default() -> Self {
        LiveLimits { windows: 200, documents: 100_000 }
    }
}

/// The documents of the newest windows, shared by the workers of a process and whoever asks. It outlives the runs of a
/// process: their documents only become more complete.
pub struct Live {
    /// What documents say of a total.
    layout: Layout,
    bounds: LiveLimits,
    state: Mutex<State>,
    news: Sender<Arc<News>>,
}

/// Documents that became durable together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// Counts batches from 1 on.
    pub sequence: u64,
    /// What the newest ones say; each is more complete than what was told before.
    pub changes: Vec<Figures>,
}

/// What the newest durable document of one key says, without the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveTotal {
    /// Its window: of sessions that start together each has its own end.
    pub window: Window,
    /// The number of events.
    pub n: i64,
    /// Whether it was written as certain.
    pub is_final: bool,
    /// Its numbers, as [`Figures`] has them.
    pub numbers: Box<[Option<i128>]>,
    /// Its texts, as [`Figures`] has them.
    pub texts: Box<[Option<CompactString>]>,
}

/// What a subscriber gets to begin with.
pub struct Subscription {
    /// The batches that it has missed; `None` if they are not kept any more, so that it has to read everything again.
    pub missed: Option<Vec<Arc<News>>>,
    /// The newest batch when it subscribed.
    pub sequence: u64,
    /// Everything behind that.
    pub news: Receiver<Arc<News>>,
}

#[derive(Default)]
struct State {
    windows: Shelves,
    documents: usize,
    /// From which window on every document is here, but for those that have left; `None` if that is not known.
    loaded: Option<EventTime>,
    /// Windows with a slot before this have left.
    floor: Option<EventTime>,
    /// The newest batch.
    sequence: u64,
    /// The newest batches, at least one, with at most [`KEPT_CHANGES`] changes if more than one.
    recent: VecDeque<Arc<News>>,
}

impl Live {
    /// Nothing yet of the documents of `layout`, and not known to be everything.
    #[must_use]
    pub fn new(layout: Layout, bounds: LiveLimits) -> Self {
        Live { layout, bounds, state: Mutex::default(), news: broadcast::channel(BATCHES_BEHIND).0 }
    }

    /// The documents as of now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let state = self.lock();
        Snapshot { windows: state.windows.clone(), complete_from: state.complete_from() }
    }

    /// Says that every document of windows with a slot at or behind `from` is here, or has come since and been told.
    pub fn is_complete_from(&self, from: EventTime) {
        self.lock().loaded = Some(from);
    }

    /// Hears of each batch from now on, and of those behind `after` that are still kept.
    #[must_use]
    pub fn subscribe(&self, after: Option<u64>) -> Subscription {
        let state = self.lock();
        let missed = after.map_or(Some(Vec::new()), |after| state.behind(after));
        Subscription { missed, sequence: state.sequence, news: self.news.subscribe() }
    }

    /// Takes in what stood in the sink before. It is no news.
    fn restore(&self, documents: impl IntoIterator<Item = Figures>) {
        let mut state = self.lock();
        for document in documents {
            state.take(self.layout.windows(), &document);
        }
        state.shrink(self.bounds);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Live {
    fn durable(&self, changes: Vec<Change>) {
        let mut changes: Vec<_> = changes.iter().map(|change| self.layout.figures(change)).collect();
        let mut state = self.lock();
        changes.retain(|change| state.take(self.layout.windows(), change));
        state.shrink(self.bounds);
        if changes.is_empty() {
            return;
        }
        state.sequence += 1;
        let news = Arc::new(News { sequence: state.sequence, changes });
        state.keep(Arc::clone(&news));
        let _nobody = self.news.send(news); // that nobody listens is no error
    }
}

impl State {
    /// Takes a document in, and returns whether it is news: more complete than what is here.
    fn take(&mut self, windows: Windows, change: &Figures) -> bool {
        let window = change.key.window;
        let slot = windows.slot(window);
        if self.floor.is_some_and(|floor| slot < floor) {
            return true; // nothing is known of it any more
        }
        let shelf = || Arc::new(LiveWindow { totals: BTreeMap::new() });
        let totals = &mut Arc::make_mut(self.windows.entry(slot).or_insert_with(shelf)).totals;
        let (numbers, texts) = (change.numbers.clone(), change.texts.clone());
        let entry = LiveTotal { window, n: change.n, is_final: change.is_final, numbers, texts };
        match totals.get_mut(&place(&change.key.group)) {
            Some(known) if (known.n, known.is_final) >= (entry.n, entry.is_final) => false,
            Some(known) => {
                *known = entry;
                true
            }
            None => {
                totals.insert(place(&change.key.group), entry);
                self.documents += 1;
                true
            }
        }
    }

    /// Lets the oldest windows go until the bounds are kept.
    fn shrink(&mut self, bounds: LiveLimits) {
        while self.windows.len() > bounds.windows || self.documents > bounds.documents {
            let Some((slot, shelf)) = self.windows.pop_first() else { return };
            self.documents -= shelf.documents();
            self.floor = Some(EventTime(slot.0.saturating_add(1)));
        }
    }

    /// From which window on everything is here; `None` if that is not known.
    fn complete_from(&self) -> Option<EventTime> {
        self.loaded.map(|loaded| self.floor.map_or(loaded, |floor| floor.max(loaded)))
    }

    /// Keeps a batch for subscribers that come back.
    fn keep(&mut self, news: Arc<News>) {
        self.recent.push_back(news);
        let mut kept: usize = self.recent.iter().map(|news| news.changes.len()).sum();
        while kept > KEPT_CHANGES && self.recent.len() > 1 {
            kept -= self.recent.pop_front().map_or(0, |oldest| oldest.changes.len());
        }
    }

    /// The batches behind `after`; `None` if they are not all kept.
    fn behind(&self, after: u64) -> Option<Vec<Arc<News>>> {
        let oldest = self.recent.front().map_or(self.sequence + 1, |news| news.sequence);
        let is_known = after <= self.sequence && after + 1 >= oldest;
        is_known.then(|| self.recent.iter().filter(|news| news.sequence > after).cloned().collect())
    }
}

/// Where a group stands in its window: in the order of the documents' `_id`, in which `|` follows the group.
fn place(group: &str) -> CompactString {
    let mut place = CompactString::with_capacity(group.len() + 1);
    place.push_str(group);
    place.push('|');
    place
}

/// One window, and its totals by [`place`].
#[derive(Clone, Debug)]
pub struct LiveWindow {
    totals: BTreeMap<CompactString, LiveTotal>,
}

impl LiveWindow {
    /// How many documents it has.
    #[must_use]
    pub fn documents(&self) -> usize {
        self.totals.len()
    }
}
