//! What the workers of a life have asked to be done beside them.

use std::sync::Mutex;

use super::chance::Chance;
use crate::checkpoint::Background;
use crate::checkpoint::background::Job;

/// Jobs that wait for their turn.
#[derive(Default)]
pub struct Jobs(Mutex<Vec<Job>>);

impl Jobs {
    /// Any one of them.
    pub fn take(&self, chance: &Chance) -> Option<Job> {
        let mut jobs = self.0.lock().expect("not poisoned");
        let last = jobs.len().checked_sub(1)?;
        Some(jobs.swap_remove(chance.within(0..=last)))
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.0.lock().expect("not poisoned").is_empty()
    }
}

impl Background for Jobs {
    fn run(&self, job: Job) {
        self.0.lock().expect("not poisoned").push(job);
    }
}
