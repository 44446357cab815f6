//! How long sales take to become visible.

use std::time::{Duration, Instant};

use mare_bench_support::mare::FlagshipRun;
use mare_bench_support::running::Running;
use mare_bench_support::scratch;
use mare_bench_support::statistics::quantile;
use mare_test_support::kafka::Topic;
use mare_test_support::oracle::{Oracle, assert_same};

use super::observer::{Observer, Place};
use super::producer::{Probes, produce};
use super::{PARTITIONS, Stream};

/// After this time a sale that is not visible counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a live run came to.
pub struct Measured {
    /// From produced to visible, shortest first.
    delays: Vec<Duration>,
    /// Share of one processor that the run used.
    pub processor: f64,
    /// Resident memory at the end, in MB.
    pub resident_mb: f64,
}

impl Measured {
    /// The delay that a `share` of all sales did not exceed, in milliseconds.
    pub fn delay_ms(&self, share: f64) -> f64 {
        quantile(&self.delays, share).expect("a sale that was timed").as_secs_f64() * 1e3
    }
}

/// Runs into `place` while sales are produced to a topic of its own.
///
/// # Panics
/// If a sale never becomes visible, or a document is not what the oracle says.
pub fn run(stream: &Stream, place: Place) -> Measured {
    let topic = Topic::create(&stream.mare.brokers, "mare-bench-live", PARTITIONS as i32);
    let folder = scratch::folder();
    place.clear();
    let run = FlagshipRun { topic: &topic.name, workers: stream.workers, sets: place.sets(folder.path()) };
    let mut running = Running::start(stream.mare.run(&run), "  run ");
    let mut observer = place.observer(folder.path(), &mut running);
    let measured = watch(stream, &topic.name, &running, &mut observer);
    running.stop();
    let oracle = Oracle::read(&stream.mare.brokers, &topic.name);
    assert_same(&observer.documents(), &oracle, "live");
    place.clear();
    topic.delete();
    measured
}

/// Produces to `topic`, and looks until all is visible that was timed.
///
/// # Panics
/// If a sale never becomes visible.
pub fn watch(stream: &Stream, topic: &str, running: &Running, observer: &mut Observer) -> Measured {
    let mut delays = Vec::new();
    let processor = running.processor_share(|| delays = timed(stream, topic, observer));
    delays.sort_unstable();
    Measured { delays, processor, resident_mb: running.resident_mb() }
}

/// Produces, looks, and returns the delays.
fn timed(stream: &Stream, topic: &str, observer: &mut Observer) -> Vec<Duration> {
    let (probes, mut delays) = (Probes::default(), Vec::new());
    std::thread::scope(|scope| {
        let producer = scope.spawn(|| produce(stream, topic, &probes));
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
