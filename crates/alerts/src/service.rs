//! The thread that finds and sends alerts while a run lasts.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use jiff::Timestamp;
use tracing::{info, warn};

use super::cooldown::Cooldown;
use super::desk::Desk;
use super::evaluate::Evaluator;
use super::feed::{Evaluated, Feed};
use super::quiet::Quiet;
use super::recent::{RECENT_MAX, Recent};
use super::target::{Courier, DeliveryReport};
use super::{Alert, store};
use crate::events::{AlertsBegin, WindowsJudged};
use mare_dataflow::Plan;
use mare_dataflow::alerts::WebhookFormat;
use mare_engine::{Control, Gauges};
use mare_metrics::events::InternalEvent;
use mare_model::time::EventTime;
use mare_sink::SinkError;
use mare_sink::alerts::{AlertEntry, AlertStore, Target};

/// How often it looks at the frontier.
const LOOK: Duration = Duration::from_millis(100);
/// How often it looks at windows that are not final, if a rule does.
const LOOK_AT_OPEN: Duration = Duration::from_secs(1);
/// How long a run that ends waits for what is left to be found, and for targets to take it.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// What of that is kept for saying what was not sent.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// How much longer than one look at open windows, or by the clock, takes it is until the next.
const REST: u32 = 10;

/// Finds and sends the alerts of a run. One process of a cluster has it: the one that leads.
pub struct AlertService {
    feed: Feed,
    desk: Desk,
    /// Who has fired not long ago.
    cooldown: Cooldown,
    max_age_ms: i64,
    /// Alerts that were certain before this event time are recorded as old and not sent. `None` until the run has read
    /// what its topic had at start.
    horizon: Option<EventTime>,
    /// What has been evaluated and not recorded yet.
    unrecorded: Option<(Vec<AlertEntry>, EventTime)>,
    /// Ids found in windows that are not final, which are not looked up again.
    open: HashSet<String>,
    looked_at_open: Instant,
    /// How long after that they are looked at again.
    open_rest: Duration,
    /// Who has said nothing for how long, for rules that look at the clock.
    quiet: Quiet,
    /// Ids found by the clock at the last look.
    found_quiet: HashSet<String>,
    /// When the clock is looked at next, if it has been.
    look_at_clock_at: Option<Instant>,
    outage: Outage,
}

/// What somebody has to tell the service while it runs.
pub struct Signs<'a> {
    /// Whose end it looks at.
    pub control: &'a Control,
    /// Whose frontier it follows.
    pub gauges: &'a Gauges,
    /// The newest event time that the run has read, once it has read what its topic had at start.
    pub caught_up: &'a (dyn Fn() -> Option<EventTime> + Send + Sync),
    /// Whether the brokers answer, so that whoever has something to say is heard.
    pub is_heard: &'a (dyn Fn() -> bool + Send + Sync),
    /// Set when the workers have ended.
    pub has_ended: &'a AtomicBool,
    /// Set when nobody waits for the service any more: it has taken too long over its end.
    pub is_left: &'a AtomicBool,
}

/// What a service needs of the sink: the documents, and what is remembered of the alerts about them.
pub struct SinkConnection {
    feed: Feed,
    store: Box<dyn AlertStore>,
    /// The newest alerts, newest first.
    before: Vec<AlertEntry>,
    cooldown: Cooldown,
    /// The names of the rules.
    rules: Vec<String>,
    max_age_ms: i64,
}

/// The position from which windows are evaluated. One beyond `latest`, which no honest event has come to, is of a
/// promise that was wrong and may have been put back since: all windows are looked at again then. What is recorded is
/// not sent again.
fn reached(position: Option<EventTime>, latest: EventTime) -> Option<EventTime> {
    position.filter(|position| *position <= latest)
}

impl SinkConnection {
    /// Opens a connection to the documents of `plan`, and what is remembered of its alerts, which is made if it is
    /// absent; `None` if there are no rules. A run that begins with other documents than those before (`anew`)
    /// evaluates all of them.
    ///
    /// # Errors
    /// As for [`Writer::write`](mare_sink::Writer::write).
    pub fn open(plan: &Plan, anew: bool) -> Result<Option<SinkConnection>, SinkError> {
        let Some(alerts) = &plan.alerts else { return Ok(None) };
        let (Some(reader), Some(mut store)) = (plan.reader()?, store(plan)?) else { return Ok(None) };
        if anew {
            store.move_to(None)?;
        }
        let evaluator = Evaluator::new(plan, alerts, &plan.sink().describe().documents);
        let latest = EventTime(Timestamp::now().as_millisecond().saturating_add(plan.event.max_ahead_ms));
        let position = reached(store.position()?, latest);
        let mut cooldown = Cooldown::new(&alerts.rules);
        if let Some(ms) = cooldown.longest_ms() {
            // Alerts are found by when their windows start, and those of cumulative windows start together.
            let since = |position| plan.view().windows.of_slot(earlier(position, ms)).start;
            cooldown.remember(store.fired(position.map(since))?);
        }
        let feed = Feed::new(reader, evaluator, plan.view().windows, position);
        let before = store.newest(RECENT_MAX, false)?;
        let rules = alerts.rules.iter().map(|rule| rule.name.clone()).collect();
        Ok(Some(SinkConnection { feed, store, before, cooldown, rules, max_age_ms: alerts.max_age_ms }))
    }

    /// The service over it. The couriers report to `outcomes`.
    #[must_use]
    pub fn serve(self, couriers: Vec<Box<dyn Courier>>, outcomes: Receiver<DeliveryReport>) -> AlertService {
        let desk = Desk::new(self.store, self.before, couriers, outcomes);
        AlertsBegin { rules: &self.rules, targets: &desk.targets() }.emit();
        AlertService::new(self.feed, desk, self.cooldown, self.max_age_ms)
    }
}

impl AlertService {
    /// A service over a feed and a desk.
    #[must_use]
    pub(super) fn new(feed: Feed, desk: Desk, cooldown: Cooldown, max_age_ms: i64) -> AlertService {
        AlertService {
            feed,
            desk,
            cooldown,
            max_age_ms,
            horizon: None,
            unrecorded: None,
            open: HashSet::new(),
            looked_at_open: Instant::now(),
            open_rest: LOOK_AT_OPEN,
            quiet: Quiet::default(),
            found_quiet: HashSet::new(),
            look_at_clock_at: None,
            outage: Outage::default(),
        }
    }

    /// The newest alerts, those of earlier runs included.
    #[must_use]
    pub fn recent(&self) -> Arc<Recent> {
        Arc::clone(self.desk.recent())
    }

    /// Finds and sends alerts until the run has ended. What is final then is evaluated, unless the run failed.
    pub fn run(mut self, signs: &Signs<'_>) {
        while !signs.has_ended.load(Ordering::Acquire) {
            let is_busy = self.look(signs);
            self.desk.settle(if is_busy { Duration::ZERO } else { LOOK });
        }
        if signs.control.is_aborted() {
            return;
        }
        let end = Instant::now() + PATIENCE.saturating_sub(LAST_WORDS);
        let is_left = || signs.is_left.load(Ordering::Acquire);
        let mut has_more = true;
        while has_more && Instant::now() < end && !is_left() {
            has_more = self.look(signs);
        }
        if is_left() {
            return;
        }
        if has_more {
            warn!("not all final windows have been judged: the next run judges the rest, and sends what it finds");
        }
        self.desk.drain(end);
    }

    /// Takes one step, and returns whether there is another one to be taken at once.
    fn look(&mut self, signs: &Signs<'_>) -> bool {
        if self.horizon.is_none() {
            let ended = || signs.has_ended.load(Ordering::Acquire).then_some(EventTime::MIN);
            let newest = (signs.caught_up)().or_else(ended).map(|newest| newest.max(signs.gauges.certain()));
            self.horizon = newest.map(|newest| earlier(newest, self.max_age_ms));
        }
        if !self.outage.is_over() {
            return false;
        }
        let (now, certain) = (Instant::now(), signs.gauges.certain());
        if !(signs.is_heard)() {
            self.quiet.restart(now);
        }
        let stepped = self.step(certain).and_then(|is_busy| {
            if !is_busy && !signs.has_ended.load(Ordering::Acquire) {
                self.look_at_clock(certain, now)?;
            }
            Ok(is_busy)
        });
        match stepped {
            Ok(is_busy) => {
                self.outage.end();
                is_busy
            }
            Err(error) => {
                self.quiet.restart(now);
                self.outage.note(&error);
                false
            }
        }
    }

    /// Records and sends what the next final windows came to.
    pub(super) fn step(&mut self, certain: EventTime) -> Result<bool, SinkError> {
        self.desk.catch_up()?;
        let Some(horizon) = self.horizon else { return Ok(false) };
        if self.unrecorded.is_none()
            && let Some(Evaluated { alerts, pending, next }) = self.feed.step(certain)?
        {
            let entries = alerts.into_iter().map(|(alert, certain)| self.entry(alert, certain < horizon));
            self.unrecorded = Some((entries.collect(), next));
            WindowsJudged { through: next.min(certain), pending: &pending }.emit();
        }
        if let Some((entries, next)) = &self.unrecorded {
            self.desk.take(entries, Some(*next))?;
            self.cooldown.forget_before(*next);
            self.unrecorded = None;
            return Ok(true);
        }
        WindowsJudged { through: certain, pending: &[] }.emit();
        // What an old topic has behind the horizon is not looked at as if it came in now.
        self.look_at_open(certain.max(horizon))?;
        Ok(false)
    }

    /// Looks at windows that are not final now and then, if a rule does.
    fn look_at_open(&mut self, certain: EventTime) -> Result<(), SinkError> {
        if !self.feed.looks_at_open() || self.looked_at_open.elapsed() < self.open_rest {
            return Ok(());
        }
        let asked = Instant::now();
        self.look_at_open_now(certain)?;
        self.looked_at_open = Instant::now();
        self.open_rest = LOOK_AT_OPEN.max(asked.elapsed() * REST);
        Ok(())
    }

    /// Records and sends what rules find in windows that are not final.
    pub(super) fn look_at_open_now(&mut self, certain: EventTime) -> Result<(), SinkError> {
        let found = self.feed.look_at_open(certain)?;
        let ids = found.iter().map(|alert| alert.id.clone()).collect();
        let mut new: Vec<_> = found.into_iter().filter(|alert| !self.open.contains(&alert.id)).collect();
        new.sort_by(|one, other| one.window_end.cmp(&other.window_end)); // the oldest holds back the others
        let new: Vec<_> = new.into_iter().map(|alert| self.entry(alert, false)).collect();
        self.desk.take(&new, None)?;
        self.open = ids;
        Ok(())
    }

    /// Records and sends what rules find by the clock, now and then, if a rule looks at it and the run has caught up.
    pub(super) fn look_at_clock(&mut self, certain: EventTime, now: Instant) -> Result<(), SinkError> {
        let Some((back, longest_ms)) = self.feed.evaluator().clock() else { return Ok(()) };
        if self.horizon.is_none() || self.look_at_clock_at.is_some_and(|at| now < at) {
            return Ok(());
        }
        let asked = Instant::now();
        self.quiet.look(self.feed.sights(certain, back)?, now);
        self.look_at_clock_at = Some(now + LOOK_AT_OPEN.max(asked.elapsed() * REST));
        let rules = self.feed.evaluator();
        let found = self.quiet.groups(now).flat_map(|(group, last, quiet_ms)| {
            rules.evaluate_quiet((last.start, group, &last.values), quiet_ms, certain)
        });
        let mut found: Vec<_> = found.collect();
        found.sort_by(|one, other| one.id.cmp(&other.id));
        let ids = found.iter().map(|alert| alert.id.clone()).collect();
        found.retain(|alert| !self.found_quiet.contains(&alert.id));
        let entries: Vec<_> = found.into_iter().map(|alert| self.entry(alert, false)).collect();
        self.desk.take(&entries, None)?;
        self.found_quiet = ids;
        self.quiet.forget(now, longest_ms);
        Ok(())
    }

    /// An alert on its way to the targets, unless it is old or its rule has fired for the group not long ago.
    fn entry(&mut self, alert: Alert, is_old: bool) -> AlertEntry {
        if is_old {
            return AlertEntry::new(alert, &[]);
        }
        let until = self.cooldown.judge(&alert);
        let entry = AlertEntry::new(alert, &self.desk.targets());
        match until {
            Some(until) => entry.held_back(until),
            None => entry,
        }
    }

    /// Sets the horizon, as [`Service::run`] does when the run has read what its topic had.
    #[cfg(test)]
    pub(super) fn caught_up(&mut self, newest: EventTime) {
        self.horizon = Some(earlier(newest, self.max_age_ms));
    }

    /// Has nobody been heard until `now`, as when the brokers or the sink are away.
    #[cfg(test)]
    pub(super) fn unheard(&mut self, now: Instant) {
        self.quiet.restart(now);
    }

    /// Makes the next step look at windows that are not final.
    #[cfg(test)]
    pub(super) fn open_now(&mut self) {
        self.looked_at_open -= LOOK_AT_OPEN;
    }

    /// Waits for targets, as [`Service::run`] does at the end.
    #[cfg(test)]
    pub(super) fn drain(&mut self) {
        self.desk.drain(Instant::now() + PATIENCE);
    }
}

/// A time in which the sink does not answer.
#[derive(Default)]
struct Outage {
    /// Until when nothing is tried, with the pauses after that.
    pauses: Option<(Instant, ExponentialBackoff)>,
}

impl Outage {
    /// Whether it is time to try again.
    fn is_over(&self) -> bool {
        self.pauses.as_ref().is_none_or(|(until, _)| *until <= Instant::now())
    }

    /// Notes that the sink has not answered; says so the first time.
    fn note(&mut self, error: &SinkError) {
        let mut pauses = self.pauses.take().map_or_else(
            || {
                warn!("alerts wait until their documents can be read: {error}");
                ExponentialBuilder::new().with_max_delay(Duration::from_secs(10)).without_max_times().build()
            },
            |(_, pauses)| pauses,
        );
        let pause = pauses.next().unwrap_or(Duration::from_secs(10));
        self.pauses = Some((Instant::now() + pause, pauses));
    }

    /// Notes that it has answered.
    fn end(&mut self) {
        if self.pauses.take().is_some() {
            info!("alerts go on");
        }
    }
}

/// An instant so much earlier, as far as there is one.
fn earlier(time: EventTime, ms: i64) -> EventTime {
    EventTime(time.0.saturating_sub(ms))
}

/// What a person is told of where alerts go: `log, webhook https://host, topic black-friday-alerts`.
#[must_use]
pub fn describe(plan: &Plan) -> Option<String> {
    let alerts = plan.alerts.as_ref()?;
    let mut parts = vec![Target::Log.name().to_owned()];
    parts.extend(alerts.webhook.as_ref().map(|webhook| match webhook.format {
        WebhookFormat::Json => format!("webhook {}", webhook.redacted()),
        _ => format!("webhook {} as {}", webhook.redacted(), webhook.format.word()),
    }));
    parts.extend(alerts.topic.as_ref().map(|to| format!("topic {}", to.topic)));
    let rules = if alerts.rules.len() == 1 { "1 rule".to_owned() } else { format!("{} rules", alerts.rules.len()) };
    Some(format!("{rules}, to {}", parts.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A promise of the year 2100 makes every window final, and moves the position there; when it has been put back,
    /// alerts must go on.
    #[test]
    fn a_position_that_the_clock_has_not_come_to_is_none() {
        let latest = EventTime(1_764_334_800_000);
        assert_eq!(reached(Some(latest), latest), Some(latest));
        assert_eq!((reached(Some(EventTime(4_102_444_800_000)), latest), reached(None, latest)), (None, None));
    }
}
