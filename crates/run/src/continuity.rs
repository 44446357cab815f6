//! Whether the log stays the same while a run reads it. Pure, but for the question.
//!
//! A broker that is stopped, put back from a copy and started again gives other records the offsets of those that were
//! read. Readers connect again and go on, and where its leader epochs repeat no client of it notices. So:
//!
//! 1. A log cannot change under a connection that holds: whoever replaces it stops the broker. Before any record of the
//!    new log is read, a connection has failed, and that was counted.
//! 2. What was read is noted before the count is looked at, and replaces the older note only while nothing has failed
//!    since. So the note is of the log from before the failure, and is held against the log that is there now.
//! 3. A partition that ends before where it was read to has lost records. A leader that was just elected may not know
//!    for a moment how far its log goes, so it has to be so for several looks in a row.

use mare_checkpoint::Partitions;
use mare_checkpoint::positions::{self, GonePartition, LogState};
use mare_model::extent::{Cuts, Span};
use mare_model::fault::Fault;
use mare_model::position::{LogId, Partition};
use mare_model::record::LastRead;

/// For how many looks in a row a partition may end too early.
const LOOKS: u32 = 3;

/// What is known of the log that is read.
#[derive(Default)]
pub struct Continuity {
    /// What was read when connections were last known to hold.
    kept: Partitions,
    /// How many had failed by then.
    failures: u64,
    /// For how many looks in a row a partition has ended too early.
    short: u32,
}

/// What is seen at one look at the log, in the order in which it has to be asked.
pub struct LogLook<'a> {
    /// What was read, noted first.
    pub read: Partitions,
    /// How many connections have failed, counted next.
    pub failures: u64,
    /// What the log holds, asked last.
    pub spans: &'a [Span],
}

impl Continuity {
    /// Looks at the log, and returns what is gone of it; `ask` says whether it still has these last records read.
    ///
    /// # Errors
    /// Those of `ask`: the same question is asked again at the next look.
    pub fn look(
        &mut self,
        LogLook { read, failures, spans }: LogLook<'_>,
        ask: impl FnOnce(&[(Partition, LastRead)]) -> Result<Cuts, Fault>,
    ) -> Result<Vec<GonePartition>, Fault> {
        let ends_early = |span: &&Span| {
            let position = read.get(&span.partition).map(|state| state.position);
            position.zip(span.until).is_some_and(|(position, end)| position > end)
        };
        let short: Vec<Span> = spans.iter().filter(ends_early).copied().collect();
        if !short.is_empty() {
            self.short += 1;
            let is_sure = self.short >= LOOKS;
            return Ok(if is_sure { gone(short, Cuts::new(), &read) } else { Vec::new() });
        }
        self.short = 0;
        if failures != self.failures {
            let cut = ask(&positions::read(spans, &self.kept))?;
            if !cut.is_empty() {
                let spans = spans.iter().filter(|span| cut.contains_key(&span.partition)).copied().collect();
                return Ok(gone(spans, cut, &self.kept));
            }
        }
        (self.kept, self.failures) = (read, failures);
        Ok(Vec::new())
    }
}

/// What is gone of these partitions, of which it is known that something is.
fn gone(spans: Vec<Span>, cut: Cuts, read: &Partitions) -> Vec<GonePartition> {
    positions::gone_of_checkpoint(&LogState { id: LogId::default(), spans, cut }, &LogId::default(), read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_checkpoint::PartitionState;
    use mare_model::extent::Cut;
    use mare_model::fault::Domain;
    use mare_model::position::Offset;

    const PARTITION: Partition = Partition(0);

    /// What is gone at a look, when so much was read, so many connections had failed, and the log ended there;
    /// `is_other` says whether another one stands up to offset 100.
    fn look(continuity: &mut Continuity, read: i64, failures: u64, end: i64, is_other: bool) -> Vec<GonePartition> {
        let last = LastRead { before: Offset(read), epoch: Some(1), checksum: Some(7) };
        let state = PartitionState { last: Some(last), ..PartitionState::unread(Offset(read)) };
        let spans = [Span { partition: PARTITION, first: Offset(0), start: Offset(0), until: Some(Offset(end)) }];
        let cut = |asked: &[(Partition, LastRead)]| {
            let cut = asked.iter().filter(|(_, last)| is_other && last.before <= Offset(100));
            Ok(cut.map(|(partition, last)| (*partition, Cut::Before(last.before))).collect())
        };
        continuity.look(LogLook { read: [(PARTITION, state)].into(), failures, spans: &spans }, cut).unwrap()
    }

    #[test]
    fn another_log_is_known_behind_a_failure() {
        let mut continuity = Continuity::default();
        assert!(look(&mut continuity, 100, 0, 100, false).is_empty());
        assert!(look(&mut continuity, 100, 1, 120, false).is_empty(), "the same log, behind a failure");
        assert!(look(&mut continuity, 100, 1, 120, true).is_empty(), "nobody asks while connections hold");
        // Records of the new log were read by the time of the look: what was read before tells all the same.
        let gone = look(&mut continuity, 150, 2, 150, true);
        assert!(gone.len() == 1 && gone[0].what.contains("another record"), "{gone:?}");
    }

    #[test]
    fn what_could_not_be_asked_is_asked_again() {
        let mut continuity = Continuity::default();
        look(&mut continuity, 100, 0, 100, false);
        let spans = [Span { partition: PARTITION, first: Offset(0), start: Offset(0), until: Some(Offset(200)) }];
        let seen = LogLook { read: Partitions::new(), failures: 1, spans: &spans };
        assert!(continuity.look(seen, |_| Err(Fault::new(Domain::Log, "gone again").later())).is_err());
        assert_eq!(look(&mut continuity, 150, 1, 150, true).len(), 1);
    }

    #[test]
    fn a_log_that_stays_too_short_is_told() {
        let mut continuity = Continuity::default();
        look(&mut continuity, 100, 0, 100, false);
        for _ in 1..LOOKS {
            assert!(look(&mut continuity, 100, 1, 60, false).is_empty());
        }
        let gone = look(&mut continuity, 100, 1, 60, false);
        assert!(gone[0].what.contains("ends at offset 60, and was read to 100"), "{gone:?}");
    }

    #[test]
    fn a_leader_that_lags_for_a_moment_is_no_loss() {
        let mut continuity = Continuity::default();
        for end in [60, 60, 100, 60, 60, 100] {
            assert!(look(&mut continuity, 100, 1, end, false).is_empty(), "{end}");
        }
    }
}
