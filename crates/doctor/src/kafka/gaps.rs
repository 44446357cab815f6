//! Offsets that hold no record, inside a log. Pure.
//!
//! A transaction leaves one at its end, and one for each record of it if it is aborted. Whatever else is missing has
//! been removed from the middle, by compaction or by hand, and no total has it.

use super::sample::{NewestRecords, RecordHead};
use crate::list::GAPS;
use crate::{Finding, counted};
use mare_model::extent::Span;

/// Offsets of one partition that follow each other and hold no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Gap {
    span: Span,
    from: i64,
    to: i64,
}

impl Gap {
    fn length(self) -> i64 {
        self.to - self.from + 1
    }

    fn words(self) -> String {
        if self.length() == 1 { self.from.to_string() } else { format!("{} to {}", self.from, self.to) }
    }
}

/// What is missing between the records of `sample`.
#[must_use]
pub fn judge(sample: &NewestRecords) -> Finding {
    let gaps: Vec<Gap> = sample.spans.iter().flat_map(|span| gaps(*span, sample)).collect();
    let Some(longest) = gaps.iter().rev().max_by_key(|gap| gap.length()) else {
        return match sample.read {
            0 => Finding::unknown(GAPS, "there are no records to look at"),
            read => Finding::ok(GAPS, format!("no offset is missing among the newest {read} records")),
        };
    };
    let missing: i64 = gaps.iter().map(|gap| gap.length()).sum();
    let finding = format!(
        "{} of the newest hold no record, such as {} of partition {}",
        counted(usize::try_from(missing).unwrap_or(usize::MAX), "offset"),
        longest.words(),
        longest.span.partition
    );
    if longest.length() == 1 {
        return Finding::ok(GAPS, format!("{finding}; one at a time, as transactions leave at their end"));
    }
    let remedy = "if the producers use transactions, those that they aborted are missing, and nothing is lost; else records were \
                  removed from the middle of the log (cleanup.policy=compact, a broker restored from a copy), and totals are \
                  without them: let the topic have cleanup.policy=delete, and send them again";
    Finding::warning(GAPS, finding, remedy)
}

/// The gaps of one partition. One that was not read to its end tells nothing of what comes then.
fn gaps(span: Span, sample: &NewestRecords) -> Vec<Gap> {
    let end = span.until.filter(|_| !sample.is_cut_short);
    let offsets = sample.of(span.partition).map(|look: &RecordHead| look.offset.0).chain(end.map(|end| end.0));
    let mut next = span.start.0;
    let gap = |offset: i64| {
        let from = std::mem::replace(&mut next, offset + 1);
        (offset > from).then_some(Gap { span, from, to: offset - 1 })
    };
    offsets.filter_map(gap).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{look, sample, span};
    use super::*;
    use crate::Verdict;

    fn of(offsets: &[i64], is_cut_short: bool) -> Finding {
        let looks = offsets.iter().map(|offset| look(1, *offset, None, None)).collect();
        judge(&NewestRecords { is_cut_short, ..sample(vec![span(1, 5, 10)], looks) })
    }

    #[test]
    fn a_log_without_gaps_is_good() {
        assert_eq!(of(&[5, 6, 7, 8, 9], false).verdict, Verdict::Ok);
        assert_eq!(of(&[5, 6], true).verdict, Verdict::Ok, "what was not read is not missing");
        assert_eq!(judge(&sample(vec![], vec![])).verdict, Verdict::Unknown);
    }

    #[test]
    fn what_transactions_leave_at_their_end_is_no_loss() {
        let found = of(&[5, 6, 8], false);
        assert_eq!(found.verdict, Verdict::Ok);
        assert!(found.finding.contains("2 offsets") && found.finding.contains("such as 7 of partition 1"), "{found:?}");
    }

    #[test]
    fn records_that_are_missing_are_named_wherever_they_were() {
        for (offsets, words) in [(&[5, 8, 9][..], "6 to 7"), (&[7, 8, 9][..], "5 to 6"), (&[5, 6][..], "7 to 9")] {
            let found = of(offsets, false);
            assert!(found.verdict == Verdict::Warning && found.finding.contains(words), "{found:?}");
            assert!(found.finding.contains("partition 1") && found.remedy.unwrap().contains("compact"));
        }
        assert_eq!(of(&[], false).verdict, Verdict::Warning, "offsets, and no record at all");
    }
}
