//! What a client has received, by its own statistics. They count from the client's beginning, the metrics from the
//! process's.

use std::collections::HashMap;
use std::time::Duration;

use rdkafka::Statistics;
use rdkafka::statistics::Partition as Fetched;

use crate::kafka::events::{Answered, Received};
use mare_metrics::events::InternalEvent;
use mare_model::position::Partition;

/// What a client had received when it last said so; it lives as long as the client.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    /// Records and bytes, by partition.
    received: HashMap<Partition, (u64, u64)>,
}

impl Traffic {
    /// Tells of what has come since the last time.
    pub(super) fn take(&mut self, statistics: &Statistics) {
        let partitions = statistics.topics.values().flat_map(|topic| topic.partitions.values());
        partitions.filter_map(|fetched| self.received(fetched)).for_each(InternalEvent::emit);
        answered(statistics).for_each(InternalEvent::emit);
    }

    /// What has come of a partition; nothing if it is none that the client reads.
    fn received(&mut self, fetched: &Fetched) -> Option<Received> {
        if fetched.partition < 0 || !fetched.desired {
            return None;
        }
        let partition = Partition(fetched.partition);
        let (records, bytes) = self.received.insert(partition, (fetched.rxmsgs, fetched.rxbytes)).unwrap_or_default();
        Some(Received {
            partition,
            records: fetched.rxmsgs.saturating_sub(records),
            bytes: fetched.rxbytes.saturating_sub(bytes),
            queue: u64::try_from(fetched.fetchq_cnt).unwrap_or(0),
            queue_bytes: fetched.fetchq_size,
        })
    }
}

/// How fast each broker has answered that was asked anything.
fn answered(statistics: &Statistics) -> impl Iterator<Item = Answered> + '_ {
    statistics.brokers.values().filter(|broker| broker.nodeid >= 0).filter_map(|broker| {
        let rtt = broker.rtt.as_ref().filter(|rtt| rtt.cnt > 0)?;
        Some(Answered { broker: broker.nodeid, round_trip: Duration::from_micros(u64::try_from(rtt.avg).ok()?) })
    })
}

#[cfg(test)]
mod tests {
    use rdkafka::statistics::{Broker, Window};

    use super::*;

    fn fetched(partition: i32, rxmsgs: u64, rxbytes: u64) -> Fetched {
        Fetched { partition, desired: true, rxmsgs, rxbytes, fetchq_cnt: 2, fetchq_size: 20, ..Fetched::default() }
    }

    #[test]
    fn what_was_told_of_is_not_told_of_again() {
        let mut traffic = Traffic::default();
        let received =
            |records, bytes| Some(Received { partition: Partition(1), records, bytes, queue: 2, queue_bytes: 20 });
        assert_eq!(traffic.received(&fetched(1, 5, 500)), received(5, 500));
        assert_eq!(traffic.received(&fetched(1, 7, 700)), received(2, 200));
        assert_eq!(traffic.received(&fetched(1, 7, 700)), received(0, 0));
        assert_eq!(traffic.received(&fetched(-1, 7, 700)), None, "librdkafka's own");
        assert_eq!(traffic.received(&Fetched { desired: false, ..fetched(2, 7, 700) }), None, "another's");
    }

    #[test]
    fn a_broker_that_was_asked_nothing_is_not_told_of() {
        let rtt = |cnt| Some(Window { cnt, avg: 1_500, ..Window::default() });
        let broker = |nodeid: i32, cnt| (nodeid.to_string(), Broker { nodeid, rtt: rtt(cnt), ..Broker::default() });
        let statistics =
            Statistics { brokers: HashMap::from([broker(1, 3), broker(2, 0), broker(-1, 3)]), ..Statistics::default() };
        let expected = Answered { broker: 1, round_trip: Duration::from_micros(1_500) };
        assert_eq!(answered(&statistics).collect::<Vec<_>>(), [expected]);
    }
}
