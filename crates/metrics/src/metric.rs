//! One metric: what it is called, what it means, and how it is told of.

use std::fmt::Display;

use metrics::{Counter, Histogram, Label};

/// How the numbers of a metric behave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MetricKind {
    /// Grows for as long as the process lives, across restarts of the run in it.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts observations in buckets with these upper bounds.
    Histogram(&'static [f64]),
}

impl MetricKind {
    /// As Prometheus calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram(_) => "histogram",
        }
    }
}

/// One entry of the [list](super::list).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// Its name, by the rule of [the module](super).
    pub name: &'static str,
    /// How its numbers behave.
    pub kind: MetricKind,
    /// Names of its labels; whoever tells of it gives a value for each, in this order.
    pub labels: &'static [&'static str],
    /// What it means, in one sentence without a full stop.
    pub help: &'static str,
}

/// The value of a label.
pub type LabelValue<'a> = &'a dyn Display;

impl Metric {
    /// Adds to a counter.
    pub fn add(&self, labels: &[LabelValue<'_>], number: u64) {
        self.counter(labels).increment(number);
    }

    /// Raises a counter to what has been counted elsewhere; never lowers it.
    pub fn reach(&self, labels: &[LabelValue<'_>], total: u64) {
        self.counter(labels).absolute(total);
    }

    /// Sets a gauge.
    pub fn set(&self, labels: &[LabelValue<'_>], value: f64) {
        debug_assert_eq!(self.kind, MetricKind::Gauge, "{}", self.name);
        metrics::gauge!(self.name, self.labels(labels)).set(value);
    }

    /// Notes an observation of a histogram.
    pub fn observe(&self, labels: &[LabelValue<'_>], value: f64) {
        self.histogram(labels).record(value);
    }

    /// A counter to keep, where looking it up each time would cost too much. One that is made before the recorder is
    /// [installed](super::install) counts nothing.
    pub fn counter(&self, labels: &[LabelValue<'_>]) -> Counter {
        debug_assert_eq!(self.kind, MetricKind::Counter, "{}", self.name);
        metrics::counter!(self.name, self.labels(labels))
    }

    /// A histogram to keep, as with [`Metric::counter`].
    pub fn histogram(&self, labels: &[LabelValue<'_>]) -> Histogram {
        debug_assert!(matches!(self.kind, MetricKind::Histogram(_)), "{}", self.name);
        metrics::histogram!(self.name, self.labels(labels))
    }

    fn labels(&self, values: &[LabelValue<'_>]) -> Vec<Label> {
        debug_assert_eq!(self.labels.len(), values.len(), "{}", self.name);
        self.labels.iter().zip(values).map(|(name, value)| Label::new(*name, value.to_string())).collect()
    }
}
