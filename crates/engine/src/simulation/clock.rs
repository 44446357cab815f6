//! The clock of a run: it stands still until the seed lets it move.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use timely::scheduling::Activator;

use crate::clock::Clock;
use mare_model::time::Epoch;

thread_local! {
    /// Who is to be scheduled, in which life, and when. An activator cannot leave its thread, and a run does not
    /// either.
    static ALARMS: RefCell<Vec<(Instant, usize, Activator)>> = const { RefCell::new(Vec::new()) };
}

/// The simulated clock, as one life sees it.
pub struct SimClock {
    time: Arc<Mutex<Time>>,
    life: usize,
}

struct Time {
    now: Instant,
    ingest_ms: u64,
}

impl SimClock {
    /// Any time, and no alarm of an earlier run.
    pub fn new() -> SimClock {
        ALARMS.with_borrow_mut(Vec::clear);
        let time = Time { now: Instant::now(), ingest_ms: 1_000_000 };
        SimClock { time: Arc::new(Mutex::new(time)), life: 0 }
    }

    /// The same clock for a life.
    pub fn of(&self, life: usize) -> SimClock {
        SimClock { time: Arc::clone(&self.time), life }
    }

    /// Lets `milliseconds` go by, and wakes whoever has waited for that.
    pub fn pass(&self, milliseconds: usize) {
        let now = {
            let mut time = self.time();
            time.now += Duration::from_millis(milliseconds as u64);
            time.ingest_ms += milliseconds as u64;
            time.now
        };
        ALARMS.with_borrow_mut(|alarms| {
            alarms.retain(|(due, _, activator)| {
                let rings = *due <= now;
                if rings {
                    activator.activate();
                }
                !rings
            });
        });
    }

    /// Steps the ingest clock back, as a machine's clock may do, and another machine's clock does.
    pub fn step_back(&self, milliseconds: usize) {
        self.time().ingest_ms -= milliseconds as u64;
    }

    /// Forgets the alarms of this life, which is gone.
    pub fn forget(&self) {
        ALARMS.with_borrow_mut(|alarms| alarms.retain(|(_, life, _)| *life != self.life));
    }

    fn time(&self) -> MutexGuard<'_, Time> {
        self.time.lock().expect("not poisoned")
    }
}

impl Clock for SimClock {
    fn epoch(&self) -> Epoch {
        Epoch(self.time().ingest_ms)
    }

    fn now(&self) -> Instant {
        self.time().now
    }

    fn wake(&self, activator: &Activator, delay: Duration) {
        let due = self.time().now + delay;
        ALARMS.with_borrow_mut(|alarms| alarms.push((due, self.life, activator.clone())));
    }
}
