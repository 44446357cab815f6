//! How long sales take to become visible.

use std::time::{Duration, Instant};

use crate::observer::{Observer, Place};
use crate::producer::{Probes, produce};
use crate::running::Running;
use crate::{Setup, TOPIC};

/// After this time a sale that is not visible counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a live run came to.
pub struct Measured {
    /// From produced to visible, shortest first.
    pub delays: Vec<Duration>,
    /// Share of one processor that the run used.
    pub processor: f64,
    /// Resident memory at the end.
    pub resident_mib: f64,
}

impl Measured {
    /// The delay that a `share` of all sales did not exceed.
    pub fn delay(&self, share: f64) -> Duration {
        let last = self.delays.len() - 1;
        self.delays[(last as f64 * share).ceil() as usize]
    }
}

/// Runs into `place` while sales are produced.
///
/// # Panics
/// If a sale never becomes visible.
pub fn measure(setup: &Setup, place: Place) -> Measured {
    let folder = tempfile::tempdir().expect("a folder");
    place.clear(setup);
    let mut sets = place.sets(setup, folder.path());
    sets.push("source.kafka.start=latest".to_owned());
    let mut running = Running::start(setup, TOPIC, &sets);
    let mut observer = place.observer(setup, folder.path(), &mut running);
    let probes = Probes::default();
    let mut delays = Vec::new();
    let processor = running.processor_share(|| delays = watch(setup, &probes, &mut observer));
    let resident_mib = running.resident_mib();
    running.stop();
    delays.sort_unstable();
    Measured { delays, processor, resident_mib }
}

/// Produces, looks, and returns the delays.
fn watch(setup: &Setup, probes: &Probes, observer: &mut Observer) -> Vec<Duration> {
    let mut delays = Vec::new();
    std::thread::scope(|scope| {
        let producer = scope.spawn(|| produce(setup, probes));
        loop {
            let ended = producer.is_finished();
            let under_way: Vec<String> = probes.lock().expect("no panic").keys().cloned().collect();
            if ended && under_way.is_empty() {
                return;
            }
            let visible = observer.look(&under_way);
            let now = Instant::now();
            let mut probes = probes.lock().expect("no panic");
            delays.extend(visible.iter().filter_map(|category| probes.remove(category)).map(|sent| now - sent));
            let oldest = probes.values().min().map_or(Duration::ZERO, |sent| now - *sent);
            assert!(oldest < PATIENCE, "a sale is not visible after {oldest:?}");
        }
    });
    delays
}
