//! The consumer group that shows how far the dataflow is: whether this user may commit positions to it. The judging is
//! pure.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::error::RDKafkaErrorCode as Code;

use super::contact::{BrokerContact, REQUEST};
use crate::Finding;
use crate::list::GROUP;
use mare_raw::rights::{self, Right};

/// How long the brokers may take to find out which of them keeps the group.
const PATIENCE: Duration = Duration::from_secs(4);
/// Time between two questions.
const PAUSE: Duration = Duration::from_millis(100);

/// Checks the group of the dataflow `name`.
#[must_use]
pub fn check(contact: &BrokerContact<'_>, name: &str) -> Finding {
    let group = format!("mare-{name}");
    let begin = Instant::now();
    loop {
        match rights::of_group(contact.client(), &group, REQUEST) {
            Err(Code::NotCoordinator | Code::CoordinatorNotAvailable | Code::CoordinatorLoadInProgress)
                if begin.elapsed() < PATIENCE =>
            {
                thread::sleep(PAUSE); // the first group of a cluster waits for a topic of the brokers' own
            }
            told => return judge(&group, told),
        }
    }
}

/// What it means that this user may do what is `told` with `group`. Showing positions is information: no run needs it.
fn judge(group: &str, told: Result<Option<Vec<Right>>, Code>) -> Finding {
    match told {
        Ok(Some(rights)) if rights.contains(&Right::Read) => {
            Finding::ok(GROUP, format!("{group} shows the lag to the tools of Kafka"))
        }
        Ok(Some(_)) | Err(Code::GroupAuthorizationFailed) => {
            let finding =
                format!("this user may not commit to the group {group}: tools that show the lag of groups see none");
            let remedy = format!("grant this user Read on the group {group}; a run counts as well without it");
            Finding::warning(GROUP, finding, remedy)
        }
        Ok(None) => Finding::unknown(GROUP, "the brokers do not tell what this user may do"),
        Err(code) => Finding::unknown(GROUP, format!("the brokers do not tell what this user may do: {code}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn positions_that_cannot_be_shown_are_a_warning_and_no_failure() {
        let of = |told| judge("mare-sales", told).verdict;
        assert_eq!(of(Ok(Some(vec![Right::Read, Right::Describe]))), Verdict::Ok);
        assert_eq!(of(Ok(Some(vec![Right::Describe]))), Verdict::Warning);
        assert_eq!(of(Err(Code::GroupAuthorizationFailed)), Verdict::Warning);
        assert_eq!(of(Ok(None)), Verdict::Unknown);
        assert_eq!(of(Err(Code::CoordinatorNotAvailable)), Verdict::Unknown);
        let found = judge("mare-sales", Ok(Some(vec![])));
        assert!(found.remedy.unwrap().contains("Read on the group mare-sales"));
    }
}
