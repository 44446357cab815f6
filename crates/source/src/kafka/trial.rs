//! Whether a log still has what was read of it, found out before a run goes on there, or behind a connection that was
//! lost.
//!
//! A log that was cut short and filled again has other records at the same offsets, so an offset tells nothing. The
//! last record read does, in two ways. Its leader epoch: the leader of a partition knows where its log ends for each
//! epoch; librdkafka asks it when it is sent to an offset of a known epoch, and, if the log ends before, goes on where
//! it does. And what it was: where epochs repeat, as those of a broker that was brought back from a copy, another
//! record stands at its offset. So the first thing that comes from there tells, by where it is and by its checksum.
//!
//! Where nothing comes from that very offset, the record was compacted away, or a mark of a transaction stands there:
//! the checksum tells nothing then.

use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use super::config::KafkaSource;
use super::health::Health;
use super::reader::KafkaLog;
use super::{client, topic};
use crate::Log as _;
use mare_model::extent::{Cut, Cuts, Span};
use mare_model::fault::Fault;
use mare_model::position::{Offset, Partition};
use mare_model::record::{LastRead, Waker};
use mare_raw::epochs::{self, SeekPosition};

/// How long all of it may take before it is asked again.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often what has come is looked at, should a wake-up be lost.
const LOOK: Duration = Duration::from_millis(100);

/// The first thing that came of a partition: where, and the checksum if it is a record.
type First = (Offset, Option<u32>);

/// Of the partitions of `source` of which these records were the last `read`, those whose log no longer has them.
///
/// # Errors
/// The fault says whether to ask again.
pub fn cut_short(
    source: &KafkaSource,
    name: &str,
    health: &Arc<Health>,
    read: &[(Partition, LastRead)],
) -> Result<Cuts, Fault> {
    if read.is_empty() {
        return Ok(Cuts::new());
    }
    let (wake, woken) = mpsc::channel();
    let waker: Waker = Arc::new(move || {
        let _ = wake.send(()); // nobody listens any more
    });
    let mut log = open(source, name, health, read, &waker)?;
    let (mut first, deadline) = (BTreeMap::<Partition, First>::new(), Instant::now() + PATIENCE);
    while first.len() < read.len() {
        if Instant::now() > deadline {
            return Err(away(&"no answer"));
        }
        let _ = woken.recv_timeout(LOOK); // late or not, what has come is looked at
        log.poll(&mut |record| {
            first.entry(record.partition).or_insert_with(|| (record.offset, Some(record.checksum())));
        })?;
        log.reached(&mut |reached| {
            first.entry(reached.partition).or_insert((reached.next, None));
        });
    }
    let cut = read.iter().filter_map(|(partition, last)| Some((*partition, judge(last, *first.get(partition)?)?)));
    Ok(cut.collect())
}

/// A log that begins where the last records `read` should tell.
fn open(
    source: &KafkaSource,
    name: &str,
    health: &Arc<Health>,
    read: &[(Partition, LastRead)],
    waker: &Waker,
) -> Result<KafkaLog, Fault> {
    let place = |(partition, last): &(Partition, LastRead)| SeekPosition {
        partition: *partition,
        offset: place(last),
        epoch: last.epoch,
    };
    let places: Vec<SeekPosition> = read.iter().map(place).collect();
    let span = |place: &SeekPosition| Span {
        partition: place.partition,
        first: place.offset,
        start: place.offset,
        until: None,
    };
    let spans: Vec<Span> = places.iter().map(span).collect();
    let consumer = client::prober(source, name, Arc::clone(health))?;
    let log = KafkaLog::of(consumer, &source.topic, &spans, Arc::clone(health), waker)?;
    let consumer = log.consumer().ok_or_else(|| away(&"the client is closed"))?;
    epochs::seek(&consumer, &source.topic, &places, PATIENCE).map_err(|code| away(&code))?;
    Ok(log)
}

fn away(error: &dyn std::fmt::Display) -> Fault {
    topic::away(format_args!("whether the log was cut short: {error}"))
}

/// Where it shows whether the log is the same: at the record itself if it is known what it was, else behind it.
fn place(last: &LastRead) -> Offset {
    Offset(last.before.0 - i64::from(last.checksum.is_some()))
}

/// What it means that this came `first` from the place of the `last` record read.
fn judge(last: &LastRead, (offset, checksum): First) -> Option<Cut> {
    let place = place(last);
    let is_other = || last.checksum.zip(checksum).is_some_and(|(was, is)| was != is);
    if offset < place {
        return Some(Cut::At(offset));
    }
    (offset == place && is_other()).then_some(Cut::Before(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn came(epoch: Option<i32>, checksum: Option<u32>, offset: i64, is: Option<u32>) -> Option<Cut> {
        judge(&LastRead { before: Offset(10), epoch, checksum }, (Offset(offset), is))
    }

    #[test]
    fn the_record_itself_tells() {
        assert_eq!(came(Some(3), Some(7), 9, Some(7)), None);
        assert_eq!(came(Some(3), Some(7), 9, Some(8)), Some(Cut::Before(Offset(9))), "the epochs repeat");
        assert_eq!(came(None, Some(7), 9, Some(8)), Some(Cut::Before(Offset(9))));
        assert_eq!(came(Some(3), Some(7), 4, Some(8)), Some(Cut::At(Offset(4))));
        assert_eq!(came(Some(3), Some(7), 4, None), Some(Cut::At(Offset(4))), "nothing was written there yet");
    }

    #[test]
    fn where_the_record_is_not_there_it_is_not_known() {
        assert_eq!(came(Some(3), Some(7), 12, Some(8)), None, "compacted away, as far as anybody can say");
        assert_eq!(came(Some(3), Some(7), 10, None), None);
    }

    /// Checkpoints of the builds before have the epoch alone.
    #[test]
    fn without_a_checksum_the_epoch_tells() {
        assert_eq!(came(Some(3), None, 10, Some(8)), None);
        assert_eq!(came(Some(3), None, 10, None), None);
        assert_eq!(came(Some(3), None, 9, Some(8)), Some(Cut::At(Offset(9))));
    }
}
