//! Work that takes a disk's or a network's time, done beside the worker that wants it.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;

use mare_model::record::Waker;

/// A piece of work.
pub type Job = Box<dyn FnOnce() + Send>;

/// Where work is done that a worker must not wait for.
pub trait Background: Send + Sync {
    /// Does `job`, soon and elsewhere; or drops it.
    fn run(&self, job: Job);
}

/// Does each job on a thread of its own. Jobs are rare: two for each checkpoint.
#[derive(Clone, Copy, Debug, Default)]
pub struct Threads;

impl Background for Threads {
    fn run(&self, job: Job) {
        // Without a thread the job is dropped, and whoever waits for it hears that.
        let _ = thread::Builder::new().name("mare-checkpoint".to_owned()).spawn(job);
    }
}

/// What has become of a job.
#[derive(Debug, PartialEq, Eq)]
pub enum JobOutcome<T> {
    /// It is done, with this result.
    Done(T),
    /// It was dropped and will never be done.
    Dropped,
}

/// The jobs of one operator, one at a time.
pub struct Jobs<T> {
    background: Arc<dyn Background>,
    /// Called when a job is done or dropped.
    waker: Waker,
    /// The job on its way.
    running: Option<Receiver<T>>,
}

impl<T: Send + 'static> Jobs<T> {
    /// Errands done in `background`; `waker` is called when one is done.
    #[must_use]
    pub fn new(background: Arc<dyn Background>, waker: Waker) -> Self {
        Jobs { background, waker, running: None }
    }

    /// Whether one is on its way.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.running.is_some()
    }

    /// Sends one off, in the place of any that is on its way.
    pub fn send(&mut self, job: impl FnOnce() -> T + Send + 'static) {
        let (done, running) = mpsc::channel();
        let wake = Wake(Arc::clone(&self.waker));
        self.running = Some(running);
        self.background.run(Box::new(move || {
            let wake = wake; // it goes last, when the result is there
            let _ = done.send(job()); // an operator that is gone does not care
            drop((done, wake));
        }));
    }

    /// What has become of the one on its way, once something has.
    pub fn outcome(&mut self) -> Option<JobOutcome<T>> {
        let outcome = match self.running.as_ref()?.try_recv() {
            Ok(result) => JobOutcome::Done(result),
            Err(TryRecvError::Disconnected) => JobOutcome::Dropped,
            Err(TryRecvError::Empty) => return None,
        };
        self.running = None;
        Some(outcome)
    }
}

/// Wakes the operator when it is dropped.
struct Wake(Waker);

impl Drop for Wake {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Keeps jobs until they are called for.
    #[derive(Default)]
    struct Later(Mutex<Vec<Job>>);

    impl Background for Later {
        fn run(&self, job: Job) {
            self.0.lock().expect("not poisoned").push(job);
        }
    }

    fn jobs() -> (Jobs<u32>, Arc<Later>, Arc<AtomicUsize>) {
        let (later, woken) = (Arc::new(Later::default()), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&woken);
        let waker: Waker = Arc::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        (Jobs::new(later.clone(), waker), later, woken)
    }

    #[test]
    fn the_result_is_there_when_the_operator_is_woken() {
        let (mut jobs, later, woken) = jobs();
        jobs.send(|| 7);
        assert_eq!((jobs.outcome(), jobs.is_busy(), woken.load(Ordering::Relaxed)), (None, true, 0));
        later.0.lock().expect("not poisoned").drain(..).for_each(|job| job());
        assert_eq!(woken.load(Ordering::Relaxed), 1);
        assert_eq!((jobs.outcome(), jobs.is_busy()), (Some(JobOutcome::Done(7)), false));
    }

    #[test]
    fn one_that_is_dropped_is_told() {
        let (mut jobs, later, woken) = jobs();
        jobs.send(|| 7);
        later.0.lock().expect("not poisoned").clear();
        assert_eq!((jobs.outcome(), woken.load(Ordering::Relaxed)), (Some(JobOutcome::Dropped), 1));
    }
}
