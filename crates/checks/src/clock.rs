//! Whether two clocks agree. Pure.

use jiff::SignedDuration;

use super::{Check, Finding};

/// Clocks that differ by no more agree: times are kept to the millisecond, and an answer is on its way for a while.
const CLOSE_MS: i64 = 1_000;
/// Clocks that differ by more make windows close at the wrong time.
const FAR_MS: i64 = 60_000;

/// What to do about clocks that are apart.
const REMEDY: &str =
    "let every machine keep time by NTP (`timedatectl` shows whether this one does; chrony, systemd-timesyncd)";

/// The two clocks of a question: when it was asked and answered here, and the time in the answer; milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// This host's clock before the question.
    pub asked_ms: i64,
    /// This host's clock after the answer.
    pub answered_ms: i64,
    /// The other clock, at some moment between.
    pub there_ms: i64,
}

impl ClockReading {
    /// By how much the other clock is certainly ahead (positive) or behind (negative), at least.
    #[must_use]
    pub fn apart_ms(self) -> i64 {
        if self.there_ms > self.answered_ms {
            self.there_ms - self.answered_ms
        } else {
            (self.there_ms - self.asked_ms).min(0)
        }
    }
}

/// What a `reading` of the clock of `whose` means, for a dataflow that takes events up to `max_ahead_ms` from the
/// future.
#[must_use]
pub fn judge(check: Check, whose: &str, reading: ClockReading, max_ahead_ms: i64) -> Finding {
    let apart = reading.apart_ms();
    if apart.abs() <= CLOSE_MS {
        return Finding::ok(check, format!("{whose} and this host agree to the second"));
    }
    let side = if apart > 0 { "ahead of" } else { "behind" };
    let finding = format!("{whose} is {} {side} this host", span(apart));
    by_size(check, finding, apart.abs(), max_ahead_ms)
}

/// What it means that the newest record of the topic has the timestamp `newest_ms` while this host has `now_ms`. An old
/// record says nothing; one of the future was stamped by a clock that is ahead, or here is one that is behind.
#[must_use]
pub fn judge_newest(check: Check, newest_ms: Option<i64>, now_ms: i64, max_ahead_ms: i64) -> Finding {
    let Some(newest) = newest_ms else { return Finding::unknown(check, "no record tells the time") };
    let ahead = newest.saturating_sub(now_ms);
    if ahead <= CLOSE_MS {
        return Finding::ok(check, "no record of the newest is stamped in the future of this host");
    }
    let finding = format!(
        "the newest record is stamped {} in the future of this host, by its producer's clock (or the broker's, if \
         message.timestamp.type=LogAppendTime)",
        span(ahead)
    );
    by_size(check, finding, ahead, max_ahead_ms)
}

fn by_size(check: Check, finding: String, apart_ms: i64, max_ahead_ms: i64) -> Finding {
    if apart_ms > max_ahead_ms.min(FAR_MS) {
        Finding::failed(check, finding, REMEDY)
    } else {
        Finding::warning(check, finding, REMEDY)
    }
}

/// A span for a person, to the tenth of a second.
fn span(milliseconds: i64) -> String {
    let tenths = SignedDuration::from_millis(milliseconds.saturating_abs() / 100 * 100);
    format!("{tenths:#}")
}

#[cfg(test)]
mod tests {
    use super::super::{Consequence, Verdict};
    use super::*;

    const CHECK: Check = Check::new("x", Consequence::None);

    const HOUR: i64 = 3_600_000;

    fn at(there_ms: i64) -> Finding {
        judge(CHECK, "MongoDB", ClockReading { asked_ms: 10_000, answered_ms: 14_000, there_ms }, HOUR)
    }

    #[test]
    fn a_slow_answer_is_no_difference() {
        for there in [9_000, 10_000, 12_000, 14_000, 15_000] {
            assert_eq!(at(there).verdict, Verdict::Ok, "{there}");
        }
        assert_eq!((at(8_999).verdict, at(15_001).verdict), (Verdict::Warning, Verdict::Warning));
    }

    #[test]
    fn clocks_far_apart_are_a_failure_either_way() {
        assert_eq!((at(10_000 - 60_000).verdict, at(10_000 - 60_001).verdict), (Verdict::Warning, Verdict::Failed));
        assert_eq!((at(14_000 + 60_000).verdict, at(14_000 + 60_001).verdict), (Verdict::Warning, Verdict::Failed));
        assert!(at(14_000 + 61_500).finding.contains("1m 1s 500ms ahead"), "{:?}", at(14_000 + 61_500));
        assert!(at(0).finding.contains("10s behind"), "{:?}", at(0));
    }

    #[test]
    fn a_dataflow_may_bear_less() {
        let reading = ClockReading { asked_ms: 0, answered_ms: 0, there_ms: 6_000 };
        assert_eq!(judge(CHECK, "y", reading, 5_000).verdict, Verdict::Failed);
        assert_eq!(judge(CHECK, "y", reading, 6_000).verdict, Verdict::Warning);
    }

    #[test]
    fn old_records_say_nothing_and_those_of_the_future_do() {
        let verdict = |newest| judge_newest(CHECK, newest, 100_000, HOUR).verdict;
        assert_eq!(
            (verdict(None), verdict(Some(-1)), verdict(Some(101_000))),
            (Verdict::Unknown, Verdict::Ok, Verdict::Ok)
        );
        assert_eq!((verdict(Some(101_001)), verdict(Some(160_001))), (Verdict::Warning, Verdict::Failed));
        assert_eq!(verdict(Some(i64::MAX)), Verdict::Failed);
    }
}
