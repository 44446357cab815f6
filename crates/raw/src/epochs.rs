//! Going to where a record of a known leader epoch was: librdkafka asks the leader then whether its log still has it.

use std::ffi::{CString, c_int};
use std::time::Duration;

use mare_model::position::{Offset, Partition};
use rdkafka::bindings as sys;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::RDKafkaErrorCode;

/// Where to go: an offset, and the leader epoch of what was read there, if it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeekPosition {
    /// The partition.
    pub partition: Partition,
    /// The offset.
    pub offset: Offset,
    /// The leader epoch.
    pub epoch: Option<i32>,
}

/// Has `consumer`, to which these partitions of `topic` are assigned, go on at a place of each. What it had fetched
/// elsewhere is dropped. Of a log that was cut short, as far as epochs tell, it goes on where that was done.
///
/// # Errors
/// If it does not go there within `patience`, or a partition is not assigned.
pub fn seek<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    places: &[SeekPosition],
    patience: Duration,
) -> Result<(), RDKafkaErrorCode> {
    let topic = CString::new(topic).map_err(|_| RDKafkaErrorCode::InvalidTopic)?;
    // SAFETY: `add` returns a place in the list that is valid until the next call; the list has as many elements as
    // were added, and list and error are destroyed once, behind their last use.
    unsafe {
        let list = sys::rd_kafka_topic_partition_list_new(c_int::try_from(places.len()).unwrap_or(0));
        for SeekPosition { partition, offset, epoch } in places {
            let place = sys::rd_kafka_topic_partition_list_add(list, topic.as_ptr(), partition.0);
            (*place).offset = offset.0;
            sys::rd_kafka_topic_partition_set_leader_epoch(place, epoch.unwrap_or(UNKNOWN));
        }
        let patience = c_int::try_from(patience.as_millis()).unwrap_or(c_int::MAX);
        let error = sys::rd_kafka_seek_partitions(consumer.client().native_ptr(), list, patience);
        let code = if error.is_null() { NONE } else { sys::rd_kafka_error_code(error) };
        let mut partitions = (0..places.len()).map(|at| (*(*list).elems.add(at)).err);
        let code = if code == NONE { partitions.find(|code| *code != NONE).unwrap_or(NONE) } else { code };
        sys::rd_kafka_error_destroy(error);
        sys::rd_kafka_topic_partition_list_destroy(list);
        if code == NONE { Ok(()) } else { Err(code.into()) }
    }
}

/// An epoch that is not known; librdkafka does not ask for it.
const UNKNOWN: i32 = -1;

/// No error.
const NONE: sys::rd_kafka_resp_err_t = sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;
