//! Alerts in the log of the process: one warning each, with the alert's parts as fields.

use std::sync::mpsc::Sender;

use tracing::warn;

use super::{Courier, DeliveryReport, DeliveryStatus};
use crate::Alert;
use mare_sink::alerts::Target;

/// Writes alerts to the log.
pub struct LogTarget(
    /// Where outcomes go.
    pub Sender<DeliveryReport>,
);

impl Courier for LogTarget {
    fn target(&self) -> Target {
        Target::Log
    }

    fn send(&mut self, alert: &Alert) {
        let Alert { rule, severity, id, value, .. } = alert;
        warn!(rule, severity = severity.word(), id, %value, "alert: {}", alert.message);
        let outcome = DeliveryReport { target: Target::Log, id: id.clone(), verdict: DeliveryStatus::Sent };
        let _ = self.0.send(outcome); // nobody listens any more: the run has ended
    }

    fn is_away(&self) -> bool {
        false
    }
}
