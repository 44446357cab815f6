//! The alerts of a run: connected before it begins, found and sent beside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use tracing::{info, warn};

use super::begin::patiently;
use crate::failure::Failure;
use mare_alerts::service::{PATIENCE, Signs, SinkConnection, describe};
use mare_alerts::target::{Courier, log::LogTarget, shape::PayloadShape, topic::TopicTarget, webhook::WebhookTarget};
use mare_alerts::{AlertService, Recent};
use mare_dataflow::Plan;
use mare_engine::{Control, Ledger, Run};
use mare_model::extent::Span;
use mare_model::position::{Offset, Partition};
use mare_model::time::EventTime;
use mare_source::Health;

/// The alerts of a run about one view, if the dataflow has rules for it and this process is the one that looks at them.
pub struct Alerting {
    service: Option<AlertService>,
    recent: Arc<Recent>,
    /// How far each partition of this process reached at start.
    ends: Vec<(Partition, Offset)>,
}

impl Alerting {
    /// The alerts of each view of `plan`, as [`Alerting::connect`] has them.
    ///
    /// # Errors
    /// As there.
    pub fn all(
        plan: &Plan,
        spans: &[Span],
        anew: bool,
        control: &Arc<Control>,
    ) -> Result<Option<Vec<Alerting>>, Failure> {
        plan.views()
            .iter()
            .map(|view| Alerting::connect(view, spans, anew, control).transpose())
            .collect::<Option<_>>()
            .transpose()
    }

    /// Asks whether the topic of alerts is there, for whose brokers nothing waits, and opens what is remembered of
    /// them; waits for the sink if it is away. The process reads `spans`; its run begins with other documents if
    /// `anew`. `None` if the run is asked to stop meanwhile.
    ///
    /// # Errors
    /// If the topic is missing, or the sink refuses to keep alerts.
    fn connect(plan: &Plan, spans: &[Span], anew: bool, control: &Arc<Control>) -> Result<Option<Alerting>, Failure> {
        let Some(alerts) = &plan.alerts else { return Ok(Some(Alerting::none())) };
        let (report, outcomes) = mpsc::channel();
        let mut couriers: Vec<Box<dyn Courier>> = vec![Box::new(LogTarget(report.clone()))];
        if let Some(to) = &alerts.topic {
            let topic = TopicTarget::new(to, &plan.name, report.clone())?;
            topic.check()?;
            couriers.push(Box::new(topic));
        }
        if let Some(webhook) = &alerts.webhook {
            let (name, shape) = (webhook.redacted(), PayloadShape::of(plan, webhook));
            let webhook = WebhookTarget::start(&webhook.url, &name, shape, report).map_err(Failure::new)?;
            couriers.push(Box::new(webhook));
        }
        let Some(connection) = patiently(control, || SinkConnection::open(plan, anew))? else { return Ok(None) };
        let service = connection.map(|connection| connection.serve(couriers, outcomes));
        let recent = service.as_ref().map(AlertService::recent).unwrap_or_default();
        describe(plan).into_iter().for_each(|words| info!("alerts: {words}"));
        let ends = spans.iter().map(|span| (span.partition, span.until.unwrap_or(span.start))).collect();
        Ok(Some(Alerting { service, recent, ends }))
    }

    /// For a process that looks at no rules.
    #[must_use]
    pub fn none() -> Alerting {
        Alerting { service: None, recent: Arc::default(), ends: Vec::new() }
    }

    /// The newest alerts.
    #[must_use]
    pub fn recent(&self) -> &Arc<Recent> {
        &self.recent
    }

    /// Finds and sends alerts of `run` from now on, on a thread of its own; `ledger` is that of the view, and `health`
    /// says whether its events can be heard.
    ///
    /// # Errors
    /// If no thread can be had.
    pub fn start(self, run: &Run, ledger: Arc<Ledger>, health: &Arc<Health>) -> std::io::Result<Running> {
        let [has_ended, is_left] = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
        let (working, ended) = mpsc::channel();
        let running = Running { has_ended: Arc::clone(&has_ended), is_left: Arc::clone(&is_left), ended };
        let Some(service) = self.service else { return Ok(running) };
        let (control, gauges) = (Arc::clone(&run.control), Arc::clone(&run.gauges));
        let health = Arc::clone(health);
        let work = move || {
            let caught_up = || newest_of(&ledger, &self.ends);
            let is_heard = || !health.is_away();
            let (has_ended, is_left) = (&*has_ended, &*is_left);
            let (control, gauges, caught_up, is_heard) = (&control, &gauges, &caught_up, &is_heard);
            service.run(&Signs { control, gauges, caught_up, is_heard, has_ended, is_left });
            drop(working);
        };
        thread::Builder::new().name("mare-alerts".to_owned()).spawn(work)?;
        Ok(running)
    }
}

/// Alerts that are looked for beside a run, on a thread that a run's end waits for only so long: neither a target nor
/// the sink that it reads may hold the totals up.
pub struct Running {
    has_ended: Arc<AtomicBool>,
    is_left: Arc<AtomicBool>,
    /// Breaks when the thread has done its work.
    ended: Receiver<()>,
}

impl Running {
    /// Says that the workers have ended, and waits until what is final then has been judged and sent, at most for
    /// [`PATIENCE`].
    pub fn end(self) {
        self.end_within(PATIENCE);
    }

    fn end_within(self, patience: Duration) {
        self.has_ended.store(true, Ordering::Release);
        if self.ended.recv_timeout(patience) == Err(mpsc::RecvTimeoutError::Timeout) {
            self.is_left.store(true, Ordering::Release);
            warn!(
                "alerts are left as they are, since the sink does not answer in time: the next run goes on with them"
            );
        }
    }
}

/// The newest event time that this process has read, once each of its partitions is read to its end of `ends`.
fn newest_of(ledger: &Ledger, ends: &[(Partition, Offset)]) -> Option<EventTime> {
    let accounts = ends.iter().filter_map(|(partition, end)| Some((ledger.account(*partition)?, *end)));
    let promises = accounts.map(|(account, end)| (account.position() >= end).then(|| account.promise()));
    let promises: Option<Vec<EventTime>> = promises.collect();
    promises.map(|promises| promises.into_iter().max().unwrap_or(EventTime::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_checkpoint::Tally;

    #[test]
    fn an_end_does_not_wait_for_alerts_that_do_not_end() {
        let [has_ended, is_left] = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
        let (working, ended) = mpsc::channel::<()>(); // held by a thread that waits for a sink which does not answer
        let running = Running { has_ended: Arc::clone(&has_ended), is_left: Arc::clone(&is_left), ended };
        running.end_within(Duration::from_millis(10));
        assert!(has_ended.load(Ordering::Acquire) && is_left.load(Ordering::Acquire));
        drop(working);
    }

    #[test]
    fn a_run_has_caught_up_when_every_partition_has() {
        let (first, second) = (Partition(0), Partition(1));
        let ledger = Ledger::new([(first, Offset(0), Offset(5)), (second, Offset(2), Offset(2))]);
        let ends = [(first, Offset(5)), (second, Offset(2))];
        let post = |partition, position, promise| {
            let account = ledger.account(partition).expect("an account");
            account.post(&Tally::default(), Offset(position), EventTime(promise));
        };
        assert_eq!(newest_of(&ledger, &ends), None);
        post(first, 4, 100);
        assert_eq!(newest_of(&ledger, &ends), None);
        post(first, 7, 300);
        assert_eq!(newest_of(&ledger, &ends), Some(EventTime(300)), "an empty partition has no event time");
        post(second, 3, 200);
        assert_eq!(newest_of(&ledger, &ends), Some(EventTime(300)));
        assert_eq!(newest_of(&ledger, &[]), Some(EventTime::MIN));
    }
}
