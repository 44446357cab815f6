//! The newest alerts, in memory, for whoever shows them.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mare_sink::alerts::{AlertEntry, AlertState, Target};

/// How many alerts are kept.
pub const RECENT_MAX: usize = 200;

/// Called with each new alert; once it returns `false` it is not called any more. It must not block.
pub type AlertListener = Box<dyn FnMut(&AlertEntry) -> bool + Send>;

/// The newest alerts of a run and of those before it, at most [`RECENT_MAX`]; none that is held back, of which there
/// may be many. Shared by the thread that finds them and all that show them; it lives as long as the run.
#[derive(Default)]
pub struct Recent {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Newest first.
    entries: VecDeque<AlertEntry>,
    /// How many were found since the process began.
    found: u64,
    listeners: Vec<AlertListener>,
}

impl Recent {
    /// The alerts found last, newest first, each as far on its way as it is known to be.
    #[must_use]
    pub fn newest(&self) -> Vec<AlertEntry> {
        self.lock().entries.iter().cloned().collect()
    }

    /// How many alerts were found since the process began.
    #[must_use]
    pub fn found(&self) -> u64 {
        self.lock().found
    }

    /// Calls `listener` with each alert from now on, and returns those of before: none is in both, and none is missed.
    pub fn subscribe(&self, listener: AlertListener) -> Vec<AlertEntry> {
        let mut kept = self.lock();
        kept.listeners.push(listener);
        kept.entries.iter().cloned().collect()
    }

    /// Puts in what was found before this run, newest first.
    pub(super) fn load(&self, entries: Vec<AlertEntry>) {
        self.lock().entries = entries.into_iter().take(RECENT_MAX).collect();
    }

    /// Adds a new alert.
    pub(super) fn add(&self, entry: &AlertEntry) {
        let mut kept = self.lock();
        kept.found += 1;
        kept.entries.push_front(entry.clone());
        kept.entries.truncate(RECENT_MAX);
        kept.listeners.retain_mut(|listener| listener(entry));
    }

    /// Notes how far an alert is on its way, if it is among the newest.
    pub(super) fn mark(&self, id: &str, target: Target, state: &AlertState) {
        let mut kept = self.lock();
        if let Some(entry) = kept.entries.iter_mut().find(|entry| entry.alert.id == id) {
            entry.states[target as usize] = Some(state.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
