//! The process's recorder: keeps the numbers, and writes them as text.

use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use super::list;
use super::metric::{Metric, MetricKind};

/// Time between two rounds that put observations into their buckets; until then each takes eight bytes.
const UPKEEP: Duration = Duration::from_secs(2);

/// What renders the text; made once.
static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Keeps what is told from now on, and returns what renders it. A second call changes nothing.
pub fn install() -> &'static PrometheusHandle {
    HANDLE.get_or_init(|| {
        let recorder = recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_ok() {
            let upkeep = handle.clone();
            let body = move || loop {
                thread::sleep(UPKEEP);
                upkeep.run_upkeep();
            };
            let _ = thread::Builder::new().name("mare-metrics".to_owned()).spawn(body); // without it, they take more memory
        }
        describe();
        handle
    })
}

/// A recorder that knows the buckets of every histogram.
pub fn recorder() -> PrometheusRecorder {
    let mut builder = PrometheusBuilder::new();
    for Metric { name, kind, .. } in list::ALL {
        if let MetricKind::Histogram(bounds) = kind {
            // Only an empty list of bounds is refused; then it is a summary, and a test of the list fails.
            builder = match builder.set_buckets_for_metric(Matcher::Full((*name).to_owned()), bounds) {
                Ok(builder) => builder,
                Err(_) => PrometheusBuilder::new(),
            };
        }
    }
    builder.build_recorder()
}

/// Tells the recorder of this thread what each metric means.
pub fn describe() {
    for Metric { name, kind, help, .. } in list::ALL {
        match kind {
            MetricKind::Counter => describe_counter!(*name, Unit::Count, *help),
            MetricKind::Gauge => describe_gauge!(*name, Unit::Count, *help),
            MetricKind::Histogram(_) => describe_histogram!(*name, Unit::Count, *help),
        }
    }
}
