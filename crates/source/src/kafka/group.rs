//! The consumer group that shows how far a dataflow is, for the tools that show the lag of groups.
//!
//! Positions there are information: nothing begins from them, so nothing waits for them. They are sent by a thread of
//! their own, and by a client that is no member of the group: a member would wait for the group's coordinator when it
//! closes, for as long as a session lasts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rdkafka::error::RDKafkaErrorCode;
use tracing::{debug, info};

use super::client::{self, Consumer};
use super::config::KafkaSource;
use super::health::Health;
use mare_model::position::Positions;
use mare_raw::admin::Inquiry;

/// How long the brokers may take for what nobody waits for: as long as librdkafka allows. It ends the process by an
/// assertion (2.12: `eonce->refcnt > 0`) where a question for a group's coordinator has timed out when the brokers come
/// back: its `rd_kafka_admin_coord_request` refuses to send it, and then the answer to that is counted once more.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// How long the last positions are waited for when a run has ended, if brokers answer at all.
const LAST: Duration = Duration::from_secs(3);
/// Time between two looks for an answer, and before positions that were not taken are sent again.
const LOOK: Duration = Duration::from_millis(50);
const AGAIN: Duration = Duration::from_secs(1);

/// Commits positions to the group `mare-<dataflow>`.
pub struct ConsumerGroup {
    source: KafkaSource,
    /// The dataflow's name.
    name: String,
    health: Arc<Health>,
    /// Set when the run has ended.
    is_over: Arc<AtomicBool>,
    /// Where positions are sent from; begun with the first.
    showing: Mutex<Option<(Sender<Positions>, JoinHandle<()>)>>,
}

/// What sends positions.
struct Showing {
    consumer: Arc<Consumer>,
    health: Arc<Health>,
    topic: String,
    group: String,
    is_over: Arc<AtomicBool>,
}

impl ConsumerGroup {
    /// The group of the dataflow `name`. Nothing is connected yet.
    #[must_use]
    pub fn new(source: &KafkaSource, name: &str, health: Arc<Health>) -> Self {
        let (source, name) = (source.clone(), name.to_owned());
        ConsumerGroup { source, name, health, is_over: Arc::default(), showing: Mutex::default() }
    }

    /// Shows these positions, and waits for nothing. That it cannot harms nobody, and is said once.
    pub fn show(&self, positions: Positions) {
        let mut showing = self.showing.lock().unwrap_or_else(PoisonError::into_inner);
        if showing.is_none() {
            *showing = self.begin();
        }
        if let Some((to, _)) = &*showing {
            let _ = to.send(positions); // its thread may not have come to be
        }
    }

    fn begin(&self) -> Option<(Sender<Positions>, JoinHandle<()>)> {
        let (to, positions) = mpsc::channel();
        let showing = Showing {
            consumer: self.consumer()?,
            health: Arc::clone(&self.health),
            topic: self.source.topic.clone(),
            group: group(&self.name),
            is_over: Arc::clone(&self.is_over),
        };
        let thread = thread::Builder::new().name("mare-group".to_owned());
        Some((to, thread.spawn(move || showing.run(&positions)).ok()?))
    }

    fn consumer(&self) -> Option<Arc<Consumer>> {
        client::inquirer(&self.source, &self.name, Arc::clone(&self.health)).ok().map(Arc::new)
    }
}

impl Drop for ConsumerGroup {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let showing = self.showing.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((to, thread)) = showing {
            drop(to);
            let _ = thread.join(); // a panic there has been reported by the hook
        }
    }
}

impl Showing {
    /// Sends the newest of `positions` until the brokers have taken them, or never will.
    fn run(self, positions: &Receiver<Positions>) {
        let (mut wanted, mut is_said) = (None, false);
        loop {
            let next = match wanted.take() {
                None => positions.recv().ok(),
                Some(same) => match positions.recv_timeout(AGAIN) {
                    Err(RecvTimeoutError::Timeout) => Some(same),
                    newer => newer.ok(),
                },
            };
            let Some(next) = next.map(|next| positions.try_iter().last().unwrap_or(next)) else { return };
            // Nothing is asked of brokers that are away: a question that waits for them is the one that may time out.
            if self.health.is_away() {
                wanted = Some(next);
                continue;
            }
            let Err(code) = self.send(&next) else { continue };
            debug!("the group {} does not show how far the dataflow is: {code}", self.group);
            if code != RDKafkaErrorCode::GroupAuthorizationFailed {
                wanted = Some(next);
            } else if !std::mem::replace(&mut is_said, true) {
                info!("{}", remedy(&self.group));
            }
        }
    }

    /// Sends `positions`, and hears whether they were taken. When the run has ended, that is not waited for at length.
    fn send(&self, positions: &Positions) -> Result<(), RDKafkaErrorCode> {
        let inquiry = Inquiry::positions(&self.consumer, (&self.group, &self.topic), positions, PATIENCE);
        let Some(inquiry) = inquiry else { return Ok(()) };
        let (mut over, begin) = (None, Instant::now());
        while begin.elapsed() < PATIENCE {
            if let Some(answer) = inquiry.answer(LOOK) {
                return answer.positioned();
            }
            if self.is_over.load(Ordering::Relaxed) {
                let over = over.get_or_insert_with(Instant::now);
                if self.health.is_away() || over.elapsed() >= LAST {
                    break;
                }
            }
        }
        Err(RDKafkaErrorCode::OperationTimedOut)
    }
}

fn group(name: &str) -> String {
    format!("mare-{name}")
}

fn remedy(group: &str) -> String {
    format!(
        "this user may not use the group {group}, so tools that show the lag of groups do not see the dataflow; its totals do not \
         need it. Grant Read on the group to have it shown"
    )
}

#[cfg(test)]
mod tests {
    use rdkafka::mocking::MockCluster;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

    use super::*;
    use crate::{OnDataLoss, StartAt};
    use mare_model::position::{Offset, Partition};

    #[test]
    fn a_group_that_may_not_be_used_holds_up_nobody() {
        let cluster = MockCluster::new(1).expect("a broker");
        cluster.create_topic("sales", 1, 1).expect("a topic");
        let refused = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED; 1_000];
        cluster.request_errors(RDKafkaApiKey::FindCoordinator, &refused);
        let (start, on_data_loss) = (StartAt::Earliest, OnDataLoss::Fail);
        let (brokers, topic) = (cluster.bootstrap_servers(), "sales".to_owned());
        let source = KafkaSource { brokers, topic, start, on_data_loss, properties: Vec::new() };
        let (group, begin) = (ConsumerGroup::new(&source, "test", Arc::default()), Instant::now());
        group.show(Positions::from([(Partition(0), Offset(7))]));
        drop(group);
        assert!(begin.elapsed() < Duration::from_secs(10), "it was waited for: {:?}", begin.elapsed());
    }
}
