//! Where alerts are sent. A target that is away keeps nobody waiting: each has a thread of its own, or needs none.
//!
//! # Layout
//! * `mod`: [`Courier`], the seam
//! * [`log`](mod@log), [`webhook`], [`topic`]: one module for each
//! * [`shape`]: what a webhook gets

pub mod log;
pub mod shape;
pub mod topic;
pub mod webhook;

use super::Alert;
use mare_sink::alerts::Target;

/// Brings alerts to one target, and reports each [`DeliveryReport`] to the channel that it was made with.
pub trait Courier: Send {
    /// Which target.
    fn target(&self) -> Target;

    /// Takes an alert, and returns at once.
    fn send(&mut self, alert: &Alert);

    /// Whether the target does not answer at the moment.
    fn is_away(&self) -> bool;
}

/// What became of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryReport {
    /// Where.
    pub target: Target,
    /// The alert's id.
    pub id: String,
    /// What.
    pub verdict: DeliveryStatus,
}

/// Whether an alert has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// It has.
    Sent,
    /// It will not: the target refuses this one, for this reason.
    Refused(String),
    /// It has not, for a reason that somebody has to mend first; the next run sends it.
    Postponed(String),
}
