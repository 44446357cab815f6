//! Whether a log still has what was read of it, found out before a run goes on there.
//!
//! A log that was cut short and filled again has other records at the same offsets, so an offset tells nothing. The leader epoch
//! of the last record read does: the leader of a partition knows where its log ends for each epoch. librdkafka asks it when it is
//! sent to an offset of a known epoch, and, if the log ends before, goes on where it does. So the first thing that comes tells.
//!
//! A broker that was brought back from a copy, and whose epochs repeat, is not told from the one before by this.

use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use super::client::{self, Health};
use super::reader::{KafkaLog, Span};
use super::topic::Unanswered;
use crate::dataflow::KafkaSource;
use crate::raw::epochs;
use crate::source::{LeaderEpoch, Log as _, Offset, Partition, Positions, Waker};

/// How long all of it may take before it is asked again.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often what has come is looked at, should a wake-up be lost.
const LOOK: Duration = Duration::from_millis(100);

/// Of the partitions of `source` of which the record before an offset was `read`, those whose log no longer has it, and where it
/// was cut: what lies behind that was written later.
///
/// # Errors
/// [`Unanswered`] says whether to ask again.
pub fn cut_short(
    source: &KafkaSource,
    name: &str,
    health: &Arc<Health>,
    read: &[(Partition, LeaderEpoch)],
) -> Result<Positions, Unanswered> {
    if read.is_empty() {
        return Ok(Positions::new());
    }
    let away = |error: &dyn std::fmt::Display| Unanswered::Away(format!("whether the log was cut short: {error}"));
    let (wake, woken) = mpsc::channel();
    let waker: Waker = Arc::new(move || {
        let _ = wake.send(()); // nobody listens any more
    });
    let consumer = client::prober(source, name, Arc::clone(health)).map_err(Unanswered::Refused)?;
    let span = |(partition, known): &(Partition, LeaderEpoch)| Span {
        partition: *partition,
        first: known.before,
        start: known.before,
        until: None,
    };
    let spans: Vec<Span> = read.iter().map(span).collect();
    let mut log =
        KafkaLog::of(consumer, &source.topic, &spans, Arc::clone(health), &waker).map_err(Unanswered::Refused)?;
    let consumer = log.consumer().ok_or_else(|| away(&"the client is closed"))?;
    epochs::seek(&consumer, &source.topic, read, PATIENCE).map_err(|code| away(&code))?;
    let (mut first, deadline) = (BTreeMap::<Partition, Offset>::new(), Instant::now() + PATIENCE);
    while first.len() < read.len() {
        if Instant::now() > deadline {
            return Err(away(&"no answer"));
        }
        let _ = woken.recv_timeout(LOOK); // late or not, what has come is looked at
        log.poll(&mut |record| {
            first.entry(record.partition).or_insert(record.offset);
        })
        .map_err(Unanswered::Refused)?;
        log.reached(&mut |reached| {
            first.entry(reached.partition).or_insert(reached.next);
        });
    }
    let cut = read.iter().filter_map(|(partition, known)| {
        let first = first.get(partition)?;
        (*first < known.before).then_some((*partition, *first))
    });
    Ok(cut.collect())
}
