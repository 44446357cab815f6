//! What rdkafka's safe interface does not ask the brokers: the id of a topic, positions of a group, the rights to it.

use std::ffi::{CStr, CString, c_char, c_int};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use mare_model::position::Positions;
use rdkafka::bindings as sys;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::RDKafkaErrorCode;

/// A question on its way to the brokers. Nobody has to wait for its answer: a client that closes drops it.
///
/// # Safety of the inside
/// * `queue` is ours, from `rd_kafka_queue_new` until `rd_kafka_queue_destroy` in `drop`; librdkafka holds a reference
///   of its own for as long as it may put the answer there. `_consumer` keeps the client alive for longer, being a
///   field that drops after `drop` has run.
/// * librdkafka locks a queue whenever it uses it, so the pointer may go to another thread.
pub struct Inquiry<C: ConsumerContext + 'static> {
    queue: *mut sys::rd_kafka_queue_t,
    /// Keeps the client alive.
    _consumer: Arc<BaseConsumer<C>>,
}

// SAFETY: see above; the consumer is `Send` by itself.
unsafe impl<C: ConsumerContext + 'static> Send for Inquiry<C> {}

/// What the brokers say.
///
/// # Safety of the inside
/// The event is ours until `drop`, and whatever is borrowed of it is borrowed for no longer than the answer is.
pub struct AdminReply(*mut sys::rd_kafka_event_t);

impl<C: ConsumerContext + 'static> Inquiry<C> {
    /// Asks `broker`, by its number, what `topic` is: left to itself, librdkafka would wait for the controller. `None`
    /// if the name is none.
    #[must_use]
    pub fn topic(consumer: &Arc<BaseConsumer<C>>, topic: &str, broker: i32, patience: Duration) -> Option<Self> {
        let topic = CString::new(topic).ok()?;
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
        // SAFETY: the collection copies the one name, is destroyed once, and librdkafka copies it before it returns.
        Some(Self::ask(consumer, operation, patience, |client, options, queue| unsafe {
            let topics = sys::rd_kafka_TopicCollection_of_topic_names([topic.as_ptr()].as_mut_ptr(), 1);
            sys::rd_kafka_AdminOptions_set_broker(options, broker, std::ptr::null_mut(), 0);
            sys::rd_kafka_DescribeTopics(client, topics, options, queue);
            sys::rd_kafka_TopicCollection_destroy(topics);
        }))
    }

    /// Has `group` be at `positions` of `topic`. `None` if there are none, or a name is none.
    #[must_use]
    pub fn positions(
        consumer: &Arc<BaseConsumer<C>>,
        (group, topic): (&str, &str),
        positions: &Positions,
        patience: Duration,
    ) -> Option<Self> {
        let (group, topic) = (CString::new(group).ok()?, CString::new(topic).ok()?);
        if positions.is_empty() {
            return None; // librdkafka refuses that with a crash
        }
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS;
        // SAFETY: `add` returns a place in the list that is valid until the next call; list and wish are copied by
        // librdkafka, and destroyed once.
        Some(Self::ask(consumer, operation, patience, |client, options, queue| unsafe {
            let list = sys::rd_kafka_topic_partition_list_new(c_int::try_from(positions.len()).unwrap_or(0));
            for (partition, offset) in positions {
                (*sys::rd_kafka_topic_partition_list_add(list, topic.as_ptr(), partition.0)).offset = offset.0;
            }
            let wish = sys::rd_kafka_AlterConsumerGroupOffsets_new(group.as_ptr(), list);
            sys::rd_kafka_AlterConsumerGroupOffsets(client, [wish].as_mut_ptr(), 1, options, queue);
            sys::rd_kafka_AlterConsumerGroupOffsets_destroy(wish);
            sys::rd_kafka_topic_partition_list_destroy(list);
        }))
    }

    /// Asks by `ask`, which is given the client, the options and where the answer goes.
    fn ask(
        consumer: &Arc<BaseConsumer<C>>,
        operation: sys::rd_kafka_admin_op_t,
        patience: Duration,
        ask: impl FnOnce(*mut sys::rd_kafka_t, *mut sys::rd_kafka_AdminOptions_t, *mut sys::rd_kafka_queue_t),
    ) -> Self {
        let client = consumer.client().native_ptr();
        // SAFETY: the client pointer is valid while `consumer` lives; librdkafka copies the options, which are
        // destroyed once. A message about a timeout out of range would go nowhere: then the default holds.
        let queue = unsafe {
            let queue = sys::rd_kafka_queue_new(client);
            let options = sys::rd_kafka_AdminOptions_new(client, operation);
            sys::rd_kafka_AdminOptions_set_request_timeout(options, milliseconds(patience), std::ptr::null_mut(), 0);
            ask(client, options, queue);
            sys::rd_kafka_AdminOptions_destroy(options);
            queue
        };
        Inquiry { queue, _consumer: Arc::clone(consumer) }
    }

    /// The answer, if it comes within `wait`.
    #[must_use]
    pub fn answer(&self, wait: Duration) -> Option<AdminReply> {
        // SAFETY: the queue is ours and valid; an event is ours from here on.
        let event = unsafe { sys::rd_kafka_queue_poll(self.queue, milliseconds(wait)) };
        (!event.is_null()).then_some(AdminReply(event))
    }
}

impl<C: ConsumerContext + 'static> Drop for Inquiry<C> {
    fn drop(&mut self) {
        // SAFETY: the queue is ours, and this is the only place that destroys it.
        unsafe { sys::rd_kafka_queue_destroy(self.queue) };
    }
}

impl AdminReply {
    /// The id of the topic that was asked for; `None` if the brokers know of no ids.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn topic_id(&self) -> Result<Option<String>, RDKafkaErrorCode> {
        self.outcome()?;
        // SAFETY: the event is of the kind that this reads, or the result is null; what it points to lives as long as
        // the event.
        unsafe {
            let result = sys::rd_kafka_event_DescribeTopics_result(self.0);
            let topics = Items::new(result, |result, count| sys::rd_kafka_DescribeTopics_result_topics(result, count));
            let Some(topic) = topics.first() else { return Ok(None) };
            judge(sys::rd_kafka_TopicDescription_error(topic))?;
            let id = sys::rd_kafka_TopicDescription_topic_id(topic);
            let halves = [sys::rd_kafka_Uuid_most_significant_bits(id), sys::rd_kafka_Uuid_least_significant_bits(id)];
            Ok(Some(text(sys::rd_kafka_Uuid_base64str(id))).filter(|_| halves != [0, 0]))
        }
    }

    /// Whether the group is where it was to be.
    ///
    /// # Errors
    /// Why it is not.
    pub fn positioned(&self) -> Result<(), RDKafkaErrorCode> {
        self.outcome()?;
        // SAFETY: as above; a list has as many elements as it says.
        unsafe {
            let result = sys::rd_kafka_event_AlterConsumerGroupOffsets_result(self.0);
            let groups = Items::new(result, |result, count| {
                sys::rd_kafka_AlterConsumerGroupOffsets_result_groups(result, count)
            });
            let Some(group) = groups.first() else { return Ok(()) };
            judge(sys::rd_kafka_group_result_error(group))?;
            let list = sys::rd_kafka_group_result_partitions(group);
            if list.is_null() || (*list).elems.is_null() {
                return Ok(());
            }
            let partitions = std::slice::from_raw_parts((*list).elems, usize::try_from((*list).cnt).unwrap_or(0));
            partitions.iter().try_for_each(|partition| check(partition.err))
        }
    }

    /// Whether the question was answered at all.
    fn outcome(&self) -> Result<(), RDKafkaErrorCode> {
        // SAFETY: the event is ours.
        check(unsafe { sys::rd_kafka_event_error(self.0) })
    }
}

impl Drop for AdminReply {
    fn drop(&mut self) {
        // SAFETY: the event is ours, and this is the only place that destroys it.
        unsafe { sys::rd_kafka_event_destroy(self.0) };
    }
}

/// The items of a result, none if it is of another kind; they live as long as its event.
struct Items<'a, T>(&'a [*const T], PhantomData<&'a T>);

impl<T> Items<'_, T> {
    /// # Safety
    /// `items` returns as many pointers as it counts, which live as long as the result does, or null.
    unsafe fn new<R>(result: *const R, items: impl FnOnce(*const R, *mut usize) -> *mut *const T) -> Self {
        let mut count = 0;
        let items = if result.is_null() { std::ptr::null_mut() } else { items(result, &raw mut count) };
        // SAFETY: as the caller says.
        let items = if items.is_null() { &[][..] } else { unsafe { std::slice::from_raw_parts(items, count) } };
        Items(items, PhantomData)
    }

    fn first(&self) -> Option<*const T> {
        self.0.first().copied().filter(|item| !item.is_null())
    }
}

/// # Safety
/// `error` is null or valid.
unsafe fn judge(error: *const sys::rd_kafka_error_t) -> Result<(), RDKafkaErrorCode> {
    // SAFETY: as the caller says.
    if error.is_null() { Ok(()) } else { check(unsafe { sys::rd_kafka_error_code(error) }) }
}

fn check(code: sys::rd_kafka_resp_err_t) -> Result<(), RDKafkaErrorCode> {
    if code == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR { Ok(()) } else { Err(code.into()) }
}

/// # Safety
/// `text` is a C string, or null.
unsafe fn text(text: *const c_char) -> String {
    // SAFETY: as the caller says.
    if text.is_null() { String::new() } else { unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned() }
}

fn milliseconds(duration: Duration) -> c_int {
    c_int::try_from(duration.as_millis()).unwrap_or(c_int::MAX)
}

#[cfg(test)]
mod tests;
