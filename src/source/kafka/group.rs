//! The consumer group that shows how far a dataflow is, for the tools that show the lag of groups.
//!
//! Positions there are information: nothing begins from them, so nothing waits for them. They are sent by a client that is no
//! member of the group: a member would wait for the group's coordinator when it closes, for as long as a session lasts.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::error::RDKafkaErrorCode;
use tracing::{debug, info};

use super::client::{self, Consumer, Context, Health};
use super::topic::Unanswered;
use crate::checkpoint::Partitions;
use crate::dataflow::KafkaSource;
use crate::raw::admin::{Answer, Inquiry};

/// How long the brokers may take for what nobody waits for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the last positions are waited for when a run has ended, if brokers answer at all.
const LAST: Duration = Duration::from_secs(1);
/// How long the answer to a question may take.
const ANSWER: Duration = Duration::from_secs(5);

/// Commits positions to the group `mare-<dataflow>`.
pub struct Group {
    source: KafkaSource,
    /// The dataflow's name.
    name: String,
    health: Arc<Health>,
    shown: Mutex<Shown>,
}

/// What has been sent.
#[derive(Default)]
struct Shown {
    /// Made when it is first needed.
    consumer: Option<Arc<Consumer>>,
    /// The positions that were sent last, if nobody knows yet whether the brokers have taken them.
    pending: Option<Inquiry<Context>>,
    /// Whether it was said that they do not take them.
    is_said: bool,
}

impl Group {
    /// The group of the dataflow `name`. Nothing is connected yet.
    #[must_use]
    pub fn new(source: &KafkaSource, name: &str, health: Arc<Health>) -> Self {
        Group { source: source.clone(), name: name.to_owned(), health, shown: Mutex::default() }
    }

    /// Shows these positions, and waits for nothing. That it cannot harms nobody, and is said once.
    pub fn show(&self, partitions: &Partitions) {
        let positions = partitions.iter().map(|(partition, state)| (*partition, state.position)).collect();
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        self.look(&mut shown, Duration::ZERO);
        let Some(consumer) = self.consumer(&mut shown) else { return };
        let to = (&*self.group(), &*self.source.topic);
        shown.pending = Inquiry::positions(&consumer, to, &positions, PATIENCE);
    }

    /// What keeps this user from showing positions, if anything does.
    ///
    /// # Errors
    /// [`Unanswered`] says whether to ask again.
    pub fn refusal(&self) -> Result<Option<String>, Unanswered> {
        let consumer = self.consumer(&mut self.shown.lock().unwrap_or_else(PoisonError::into_inner));
        let inquiry = consumer.and_then(|consumer| Inquiry::rights(&consumer, &self.group(), ANSWER));
        let answer = inquiry.as_ref().and_then(|inquiry| inquiry.answer(ANSWER));
        match answer.as_ref().map(Answer::may_read_group) {
            None => Err(Unanswered::Away(format!("nothing is heard of the group {}", self.group()))),
            Some(Ok(Some(false)) | Err(RDKafkaErrorCode::GroupAuthorizationFailed)) => Ok(Some(self.remedy())),
            Some(Ok(_) | Err(RDKafkaErrorCode::GroupIdNotFound)) => Ok(None),
            Some(Err(code)) => Err(Unanswered::Away(code.to_string())),
        }
    }

    /// Takes note of what the brokers say to the positions sent last, if it comes within `wait`.
    fn look(&self, shown: &mut Shown, wait: Duration) {
        let answer = shown.pending.as_ref().and_then(|pending| pending.answer(wait));
        let Some(Err(code)) = answer.as_ref().map(Answer::positioned) else { return };
        if code == RDKafkaErrorCode::GroupAuthorizationFailed && !shown.is_said {
            shown.is_said = true;
            info!("{}", self.remedy());
        }
        debug!("the group {} does not show how far the dataflow is: {code}", self.group());
    }

    fn consumer(&self, shown: &mut Shown) -> Option<Arc<Consumer>> {
        if shown.consumer.is_none() {
            shown.consumer = client::inquirer(&self.source, &self.name, Arc::clone(&self.health)).ok().map(Arc::new);
        }
        shown.consumer.clone()
    }

    fn remedy(&self) -> String {
        let group = self.group();
        format!(
            "this user may not use the group {group}, so tools that show the lag of groups do not see the dataflow; its totals \
             do not need it. Grant Read on the group to have it shown"
        )
    }

    fn group(&self) -> String {
        format!("mare-{}", self.name)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let mut shown = std::mem::take(&mut *self.shown.lock().unwrap_or_else(PoisonError::into_inner));
        if shown.pending.is_some() && !self.health.is_away() {
            self.look(&mut shown, LAST);
        }
    }
}
