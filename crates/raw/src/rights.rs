//! What this user may do with a topic or a consumer group, as the brokers tell it: rdkafka's safe interface does not
//! ask.

use std::ffi::{CString, c_int};
use std::ptr;
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::bindings as sys;
use rdkafka::client::Client;
use rdkafka::error::RDKafkaErrorCode;

use sys::rd_kafka_AclOperation_t as Operation;
use sys::rd_kafka_admin_op_t as Api;

/// Something that a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Reading records of a topic, committing positions of a group.
    Read,
    /// Writing records to a topic.
    Write,
    /// Asking about it.
    Describe,
}

/// What this user may do with `topic`; nothing if the brokers do not tell.
///
/// # Errors
/// What the brokers say instead, such as that this user may not even ask, or that the topic is not there.
pub fn of_topic<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
    patience: Duration,
) -> Result<Option<Vec<Right>>, RDKafkaErrorCode> {
    ask(client, Api::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, topic, patience)
}

/// What this user may do with the consumer group `group`, be it there or not; nothing if the brokers do not tell.
///
/// # Errors
/// As for a topic.
pub fn of_group<C: ClientContext>(
    client: &Client<C>,
    group: &str,
    patience: Duration,
) -> Result<Option<Vec<Right>>, RDKafkaErrorCode> {
    ask(client, Api::RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, group, patience)
}

/// Something of librdkafka's that is ours to destroy.
struct Owned<T> {
    it: *mut T,
    destroy: unsafe extern "C" fn(*mut T),
}

impl<T> Owned<T> {
    /// Nothing if `it` is null.
    fn new(it: *mut T, destroy: unsafe extern "C" fn(*mut T)) -> Option<Self> {
        (!it.is_null()).then_some(Owned { it, destroy })
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: `it` is valid and ours, and this is the only place that destroys it.
        unsafe { (self.destroy)(self.it) };
    }
}

/// Asks for one thing by its name, and waits for the answer.
fn ask<C: ClientContext>(
    client: &Client<C>,
    api: Api,
    name: &str,
    patience: Duration,
) -> Result<Option<Vec<Right>>, RDKafkaErrorCode> {
    let silent = RDKafkaErrorCode::OperationTimedOut;
    let (client, name) = (client.native_ptr(), CString::new(name).map_err(|_| RDKafkaErrorCode::InvalidArgument)?);
    let patience_ms = c_int::try_from(patience.as_millis()).unwrap_or(c_int::MAX);
    // SAFETY: the client lives for the whole call; whatever is made here is destroyed once, in the reverse order. The
    // request copies options and names, and keeps a reference of its own to the queue for as long as it is on its way.
    unsafe {
        let queue = Owned::new(sys::rd_kafka_queue_new(client), sys::rd_kafka_queue_destroy).ok_or(silent)?;
        let options = sys::rd_kafka_AdminOptions_new(client, api);
        let options = Owned::new(options, sys::rd_kafka_AdminOptions_destroy).ok_or(silent)?;
        // A value out of range is refused, and the default is as good.
        let _default = sys::rd_kafka_AdminOptions_set_request_timeout(options.it, patience_ms, ptr::null_mut(), 0);
        let unasked = sys::rd_kafka_AdminOptions_set_include_authorized_operations(options.it, 1);
        if Owned::new(unasked, sys::rd_kafka_error_destroy).is_some() {
            return Ok(None);
        }
        let mut names = [name.as_ptr()];
        if api == Api::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS {
            let topics = sys::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), names.len());
            let topics = Owned::new(topics, sys::rd_kafka_TopicCollection_destroy).ok_or(silent)?;
            sys::rd_kafka_DescribeTopics(client, topics.it, options.it, queue.it);
        } else {
            sys::rd_kafka_DescribeConsumerGroups(client, names.as_mut_ptr(), names.len(), options.it, queue.it);
        }
        let event = sys::rd_kafka_queue_poll(queue.it, patience_ms.saturating_add(1_000));
        let event = Owned::new(event, sys::rd_kafka_event_destroy).ok_or(silent)?;
        told(sys::rd_kafka_event_error(event.it))?;
        let (error, operations, count) = described(event.it, api).ok_or(silent)?;
        told(sys::rd_kafka_error_code(error))?;
        // As numbers: brokers may know operations that these bindings do not.
        Ok((!operations.is_null()).then(|| rights(std::slice::from_raw_parts(operations.cast::<u32>(), count))))
    }
}

/// What is said of the one thing that was asked for: an error or null, and the operations or null, with how many.
///
/// # Safety
/// `event` is the answer to a request of `api`; what is returned lives as long as it does.
unsafe fn described(
    event: *mut sys::rd_kafka_event_t,
    api: Api,
) -> Option<(*const sys::rd_kafka_error_t, *const Operation, usize)> {
    let (mut found, mut count) = (0, 0);
    // SAFETY: the results are read while the event lives, each as what `api` answers with, and the first only if there
    // is one.
    unsafe {
        if api == Api::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS {
            let result = sys::rd_kafka_event_DescribeTopics_result(event);
            if result.is_null() {
                return None;
            }
            let topics = sys::rd_kafka_DescribeTopics_result_topics(result, &raw mut found);
            let topic = (found > 0).then(|| *topics)?;
            let operations = sys::rd_kafka_TopicDescription_authorized_operations(topic, &raw mut count);
            Some((sys::rd_kafka_TopicDescription_error(topic), operations, count))
        } else {
            let result = sys::rd_kafka_event_DescribeConsumerGroups_result(event);
            if result.is_null() {
                return None;
            }
            let groups = sys::rd_kafka_DescribeConsumerGroups_result_groups(result, &raw mut found);
            let group = (found > 0).then(|| *groups)?;
            let operations = sys::rd_kafka_ConsumerGroupDescription_authorized_operations(group, &raw mut count);
            Some((sys::rd_kafka_ConsumerGroupDescription_error(group), operations, count))
        }
    }
}

/// An error, if `code` is one.
fn told(code: sys::rd_kafka_resp_err_t) -> Result<(), RDKafkaErrorCode> {
    if code == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR { Ok(()) } else { Err(code.into()) }
}

/// Those of the operations that matter here.
fn rights(operations: &[u32]) -> Vec<Right> {
    let known = [
        (Operation::RD_KAFKA_ACL_OPERATION_READ, Right::Read),
        (Operation::RD_KAFKA_ACL_OPERATION_WRITE, Right::Write),
        (Operation::RD_KAFKA_ACL_OPERATION_DESCRIBE, Right::Describe),
    ];
    known
        .into_iter()
        .filter(|(operation, _)| operations.contains(&(*operation as u32)))
        .map(|(_, right)| right)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_that_nobody_asks_for_are_left_out() {
        assert_eq!(rights(&[3, 8, 10, 15]), [Right::Read, Right::Describe]);
        assert_eq!(rights(&[4]), [Right::Write]);
        assert!(rights(&[]).is_empty());
    }
}
