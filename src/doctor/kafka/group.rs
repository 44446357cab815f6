//! The consumer group that shows how far the dataflow is: whether this user may commit positions to it. The judging is pure.

use rdkafka::error::RDKafkaErrorCode;

use super::contact::{Contact, REQUEST};
use crate::doctor::Finding;
use crate::raw::rights::{self, Right};

const CHECK: &str = "kafka.group";

/// Checks the group of the dataflow `name`.
#[must_use]
pub fn check(contact: &Contact<'_>, name: &str) -> Finding {
    let group = format!("mare-{name}");
    judge(&group, rights::of_group(contact.client(), &group, REQUEST))
}

/// What it means that this user may do what is `told` with `group`. Showing positions is information: no run needs it.
fn judge(group: &str, told: Result<Option<Vec<Right>>, RDKafkaErrorCode>) -> Finding {
    match told {
        Ok(Some(rights)) if rights.contains(&Right::Read) => {
            Finding::ok(CHECK, format!("{group} shows the lag to the tools of Kafka"))
        }
        Ok(Some(_)) | Err(RDKafkaErrorCode::GroupAuthorizationFailed) => {
            let finding =
                format!("this user may not commit to the group {group}: tools that show the lag of groups see none");
            let remedy = format!("grant this user Read on the group {group}; a run counts as well without it");
            Finding::warning(CHECK, finding, remedy)
        }
        Ok(None) => Finding::unknown(CHECK, "the brokers do not tell what this user may do"),
        Err(code) => Finding::unknown(CHECK, format!("the brokers do not tell what this user may do: {code}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn positions_that_cannot_be_shown_are_a_warning_and_no_failure() {
        let of = |told| judge("mare-sales", told).verdict;
        assert_eq!(of(Ok(Some(vec![Right::Read, Right::Describe]))), Verdict::Ok);
        assert_eq!(of(Ok(Some(vec![Right::Describe]))), Verdict::Warning);
        assert_eq!(of(Err(RDKafkaErrorCode::GroupAuthorizationFailed)), Verdict::Warning);
        assert_eq!(of(Ok(None)), Verdict::Unknown);
        assert_eq!(of(Err(RDKafkaErrorCode::CoordinatorNotAvailable)), Verdict::Unknown);
        let found = judge("mare-sales", Ok(Some(vec![])));
        assert!(found.remedy.unwrap().contains("Read on the group mare-sales"));
    }
}
