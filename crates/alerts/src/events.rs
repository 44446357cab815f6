//! Alerts that rules find, and the targets that take them.

use std::fmt::Display;
use std::time::Duration;

use tracing::{debug, info, warn};

use crate::{AlertEntry, Target};
use mare_metrics::events::InternalEvent;
use mare_metrics::list;
use mare_model::time::EventTime;

/// The target of their log lines.
const TARGET: &str = "mare::metrics::events::alerts";

/// Rules are about to be looked at. What has not happened yet is told of as 0, so that the first time it does is seen
/// to be one.
#[derive(Debug)]
pub struct AlertsBegin<'a> {
    /// The names of the rules.
    pub rules: &'a [String],
    /// To whom alerts go.
    pub targets: &'a [Target],
}

impl InternalEvent for AlertsBegin<'_> {
    fn emit(self) {
        for rule in self.rules {
            for found in [list::ALERTS_FIRED, list::ALERTS_HELD_BACK, list::ALERTS_OLD] {
                found.add(&[rule], 0);
            }
        }
        for target in self.targets.iter().map(|target| target.name()) {
            for counter in [list::ALERTS_SENT, list::ALERTS_FAILED, list::ALERTS_OUTAGES] {
                counter.add(&[&target], 0);
            }
            list::ALERTS_WAITING.set(&[&target], 0.0);
        }
    }
}

/// A rule has found something that was not known.
#[derive(Debug)]
pub struct AlertFound<'a> {
    /// The alert, and to whom it goes.
    pub entry: &'a AlertEntry,
}

impl InternalEvent for AlertFound<'_> {
    fn emit(self) {
        let alert = &self.entry.alert;
        let found = if self.entry.is_old() {
            list::ALERTS_OLD
        } else if let Some(until) = self.entry.held_until() {
            debug!(target: TARGET, rule = alert.rule, id = alert.id, "alert {} is held back until {until}", alert.id);
            list::ALERTS_HELD_BACK
        } else {
            list::ALERTS_FIRED
        };
        found.add(&[&alert.rule], 1);
    }
}

/// Final windows have been judged.
#[derive(Debug)]
pub struct WindowsJudged<'a> {
    /// The event time through which all are that are final.
    pub through: EventTime,
    /// For how many groups each rule with `for` holds, and has not for long enough; nothing if no more windows were
    /// judged.
    pub pending: &'a [(String, usize)],
}

impl InternalEvent for WindowsJudged<'_> {
    fn emit(self) {
        list::ALERTS_JUDGED.set(&[], self.through.0 as f64 / 1_000.0);
        self.pending.iter().for_each(|(rule, groups)| list::ALERTS_PENDING.set(&[rule], *groups as f64));
    }
}

/// So many alerts are with a target that has not taken them yet.
#[derive(Debug)]
pub struct AlertsWaiting {
    /// The target.
    pub target: Target,
    /// How many.
    pub count: usize,
}

impl InternalEvent for AlertsWaiting {
    fn emit(self) {
        list::ALERTS_WAITING.set(&[&self.target.name()], self.count as f64);
    }
}

/// A target has taken an alert.
#[derive(Debug)]
pub struct AlertTaken<'a> {
    /// The target.
    pub target: Target,
    /// The alert's id.
    pub id: &'a str,
    /// How long after it was found.
    pub after: Duration,
}

impl InternalEvent for AlertTaken<'_> {
    fn emit(self) {
        let (target, after) = (self.target.name(), self.after);
        debug!(target: TARGET, target, id = self.id, "alert {} is with the {target}, {after:.1?} after it was found", self.id);
        list::ALERTS_SENT.add(&[&target], 1);
        list::ALERTS_DELIVERY.observe(&[&target], after.as_secs_f64());
    }
}

/// A target has not taken an alert, and is not asked again by this run.
pub struct AlertFailed<'a> {
    /// The target.
    pub target: Target,
    /// The alert's id.
    pub id: &'a str,
    /// Why.
    pub why: &'a dyn Display,
    /// Whether the next run sends it.
    pub is_postponed: bool,
}

impl InternalEvent for AlertFailed<'_> {
    fn emit(self) {
        let AlertFailed { target, id, why, is_postponed } = self;
        let target = target.name();
        if is_postponed {
            warn!(target: TARGET, "alert {id} waits until the next start to be sent to the {target}: {why}");
        } else {
            warn!(target: TARGET, "alert {id} was refused by the {target}, and is not sent again: {why}");
        }
        list::ALERTS_FAILED.add(&[&target], 1);
    }
}

/// A target takes no alerts.
pub struct TargetAway<'a> {
    /// The target.
    pub target: Target,
    /// Its address, without what is secret in it.
    pub name: &'a str,
    /// Why.
    pub why: &'a dyn Display,
}

impl InternalEvent for TargetAway<'_> {
    fn emit(self) {
        let TargetAway { target, name, why } = self;
        match target {
            Target::Topic => warn!(target: TARGET, "no broker of {name} answers, alerts wait until one does: {why}"),
            other => {
                warn!(target: TARGET, "the {} {name} takes no alerts, they wait until it does: {why}", other.name())
            }
        }
        list::ALERTS_OUTAGES.add(&[&target.name()], 1);
    }
}

/// A target takes alerts again.
#[derive(Debug)]
pub struct TargetBack<'a> {
    /// The target.
    pub target: Target,
    /// Its address, without what is secret in it.
    pub name: &'a str,
}

impl InternalEvent for TargetBack<'_> {
    fn emit(self) {
        match self.target {
            Target::Topic => info!(target: TARGET, "{} answers again, alerts go out", self.name),
            other => info!(target: TARGET, "the {} {} answers again, alerts go out", other.name(), self.name),
        }
    }
}
