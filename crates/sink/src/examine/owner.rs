//! Whether the checkpoint that a run would go on from and what stands in the sink belong together. Pure.

use crate::{Claim, SinkError};
use mare_checks::{Finding, checks};

checks! {
    /// The checkpoint that a run would go on from and the sink belong together.
    CHECK: "sink.checkpoint", Refuses;
}

/// What it means for a run that would say `claim` that the sink answers this; `if_away` is the remedy where nobody
/// answers.
#[must_use]
pub fn judge(belongs: Result<(), SinkError>, claim: &Claim, if_away: &str) -> Finding {
    match (belongs, &claim.expects) {
        (Ok(()), None) => Finding::ok(CHECK, "there is no checkpoint, and the sink has what it speaks of"),
        (Ok(()), Some(_)) => {
            Finding::ok(CHECK, "what the newest checkpoint has counted is in the sink, as far as it says")
        }
        (Err(SinkError::Away(fault)), _) => Finding::unknown(CHECK, fault.to_string()),
        (Err(error), _) => Finding::of(CHECK, error, if_away),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_checks::Verdict;

    #[test]
    fn what_is_missing_is_a_failure_with_the_remedy() {
        let claim = Claim::default();
        assert_eq!(judge(Ok(()), &claim, "").verdict, Verdict::Ok);
        assert_eq!(judge(Err(SinkError::away("no")), &claim, "").verdict, Verdict::Unknown);
        let missing = judge(Err(SinkError::refused("30 records are missing", "use --fresh")), &claim, "");
        assert_eq!((missing.verdict, missing.remedy.as_deref()), (Verdict::Failed, Some("use --fresh")));
    }
}
