//! What a check has found.

use serde::Serialize;

use super::check::{Check, Consequence};
use mare_model::fault::Fault;

/// How a check came out. The order is that of how bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing is wrong.
    Ok,
    /// It could not be looked at, because of what another check says or because the server does not tell.
    Unknown,
    /// A run goes on, and somebody should know.
    Warning,
    /// A run ends, waits for ever, or loses what it should keep.
    Failed,
}

/// What one check has found, for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// How it came out.
    pub verdict: Verdict,
    /// What was found, one line, without secrets.
    pub finding: String,
    /// What to do about it, if there is something to do.
    pub remedy: Option<String>,
}

impl Finding {
    /// Nothing is wrong.
    #[must_use]
    pub fn ok(check: Check, finding: impl Into<String>) -> Finding {
        Finding::new(check, Verdict::Ok, finding, None)
    }

    /// It could not be looked at.
    #[must_use]
    pub fn unknown(check: Check, why: impl Into<String>) -> Finding {
        Finding::new(check, Verdict::Unknown, why, None)
    }

    /// Somebody should know.
    #[must_use]
    pub fn warning(check: Check, finding: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding::new(check, Verdict::Warning, finding, Some(remedy.into()))
    }

    /// A run would not do.
    #[must_use]
    pub fn failed(check: Check, finding: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding::new(check, Verdict::Failed, finding, Some(remedy.into()))
    }

    /// A failure because of `fault`; `otherwise` is the remedy where it knows none.
    #[must_use]
    pub fn of(check: Check, fault: impl Into<Fault>, otherwise: &str) -> Finding {
        let Fault { what, remedy, .. } = fault.into();
        Finding::failed(check, what, remedy.unwrap_or_else(|| otherwise.to_owned()))
    }

    /// What a run does about it.
    #[must_use]
    pub fn consequence(&self) -> Consequence {
        if self.verdict == Verdict::Failed { self.check.failed() } else { Consequence::None }
    }

    fn new(check: Check, verdict: Verdict, finding: impl Into<String>, remedy: Option<String>) -> Finding {
        Finding { check, verdict, finding: one_line(&finding.into()), remedy: remedy.map(|text| one_line(&text)) }
    }
}

/// A number with its noun: `1 worker`, `3 workers`.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// A text without line breaks.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_model::fault::Domain;

    const CHECK: Check = Check::new("x", Consequence::Says);

    #[test]
    fn a_fault_has_its_remedy_in_the_column_of_remedies() {
        let gone = |what: &str| Fault::new(Domain::Log, what);
        let both = Finding::of(CHECK, gone("it is gone; or so").remedy("make it; again"), "?");
        assert_eq!((&*both.finding, both.remedy.as_deref()), ("it is gone; or so", Some("make it; again")));
        let plain = Finding::of(CHECK, gone("it is\ngone"), "look");
        assert_eq!((&*plain.finding, plain.remedy.as_deref()), ("it is gone", Some("look")));
    }

    #[test]
    fn only_a_failure_has_a_consequence() {
        assert_eq!(Finding::failed(CHECK, "y", "z").consequence(), Consequence::Says);
        let others = [Finding::ok(CHECK, "y"), Finding::warning(CHECK, "y", "z"), Finding::unknown(CHECK, "y")];
        assert_eq!(others.map(|found| found.consequence()), [Consequence::None; 3]);
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "worker")), ["0 workers", "1 worker", "2 workers"]);
    }

    #[test]
    fn the_worst_verdict_is_the_largest() {
        assert!(Verdict::Failed > Verdict::Warning && Verdict::Warning > Verdict::Unknown);
        assert!(Verdict::Unknown > Verdict::Ok);
    }
}
