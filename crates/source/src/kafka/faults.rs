//! Which errors of reading end a run, and what is said then. Pure.

use rdkafka::error::RDKafkaErrorCode;

use mare_model::fault::{Domain, Fault};

/// An error that librdkafka does not get over by itself, so that the run ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FatalError {
    /// What is wrong, and the remedy.
    pub(super) fault: Fault,
    /// Whether the log no longer holds what it held: somebody has to decide, and whoever starts next must be told.
    pub(super) is_loss: bool,
}

/// What is wrong with reading `place`, for which librdkafka gives `code` and says `why`; nothing if it gets over that
/// by itself.
pub(super) fn judge(place: &str, code: RDKafkaErrorCode, why: &str) -> Option<FatalError> {
    let ends = |remedy: &str| {
        let fault = Fault::new(Domain::Log, format!("{place} cannot be read on: {code}")).remedy(remedy);
        Some(FatalError { fault, is_loss: false })
    };
    match code {
        RDKafkaErrorCode::OffsetOutOfRange | RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::LogTruncation => {
            Some(FatalError { fault: lost(place, code, why), is_loss: true })
        }
        RDKafkaErrorCode::UnknownTopicOrPartition
        | RDKafkaErrorCode::UnknownTopic
        | RDKafkaErrorCode::UnknownPartition => {
            ends("the topic is not there any more; make it again with `mare topic create`")
        }
        RDKafkaErrorCode::TopicAuthorizationFailed => ends("grant this user Read and Describe on the topic"),
        RDKafkaErrorCode::Fatal => ends("restart; if it stays, its cause is in the broker's log"),
        _ => None, // the process's own client says when the brokers are away and back
    }
}

/// That a log no longer holds what it held.
fn lost(place: &str, code: RDKafkaErrorCode, why: &str) -> Fault {
    // librdkafka gives every reset of an offset the same code, and the reason as text only.
    let is_cut = code == RDKafkaErrorCode::LogTruncation || why.contains(&RDKafkaErrorCode::LogTruncation.to_string());
    let what = if is_cut {
        "its log was cut short behind records that were read, and written anew (an unclean election of a leader, a broker \
         restored from a copy)"
    } else {
        "records were deleted before they were read (retention), or its log was cut short or made anew"
    };
    let why = if why.is_empty() { code.to_string() } else { why.to_owned() };
    Fault::new(Domain::Log, format!("{place} cannot be read on: {what}")).remedy(format!(
        "source.kafka.on_data_loss = \"continue\" reads on from what is left, when the run is started again ({why})"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_is_told_apart_from_what_is_away() {
        use RDKafkaErrorCode as Code;
        let is_loss = |code| judge("sales[0]", code, "").map(|ending| ending.is_loss);
        for code in [Code::OffsetOutOfRange, Code::AutoOffsetReset, Code::LogTruncation] {
            assert_eq!(is_loss(code), Some(true), "{code}");
        }
        assert_eq!(is_loss(Code::TopicAuthorizationFailed), Some(false));
        assert_eq!(is_loss(Code::BrokerTransportFailure), None);
    }

    #[test]
    fn a_log_that_was_cut_short_is_said_to_be_so() {
        let why = format!("Partition log truncation detected at offset 9: {}", RDKafkaErrorCode::LogTruncation);
        let FatalError { fault, .. } = judge("sales[0]", RDKafkaErrorCode::AutoOffsetReset, &why).expect("a loss");
        assert!(fault.remedy.as_deref().is_some_and(|remedy| remedy.contains("on_data_loss")), "{fault}");
        for part in ["sales[0]", "cut short", "on_data_loss", "at offset 9"] {
            assert!(fault.to_string().contains(part), "{part}: {fault}");
        }
    }
}
