//! What a run, or somebody who looks ahead for one, says to the sink.

use super::fingerprint;
use super::{Claim, Expected};
use crate::checkpoint::{Manifest, Shape};
use crate::dataflow::Plan;

/// What a run of `plan` says that goes on from the checkpoint of this manifest, if there is one.
#[must_use]
pub fn of(plan: &Plan, newest: Option<&Manifest>) -> Claim {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_else(|_| "localhost".to_owned());
    Claim {
        dataflow: plan.name.clone(),
        fingerprint: fingerprint::of(plan),
        fingerprint_1: fingerprint::of_format_1(plan),
        sink: Shape::sink(plan),
        expects: newest.and_then(Expected::of),
        goes_on: newest.is_some(),
        who: format!("{}, process {}", host.trim(), std::process::id()),
        ..Claim::default()
    }
}
