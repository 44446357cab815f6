//! What a check has found.

use serde::Serialize;

use crate::fault::Fault;

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
    /// What was looked at: `kafka.topic`, `disk.checkpoints`. Scripts may rely on it.
    pub check: &'static str,
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
    pub fn ok(check: &'static str, finding: impl Into<String>) -> Finding {
        Finding::new(check, Verdict::Ok, finding, None)
    }

    /// It could not be looked at.
    #[must_use]
    pub fn unknown(check: &'static str, why: impl Into<String>) -> Finding {
        Finding::new(check, Verdict::Unknown, why, None)
    }

    /// Somebody should know.
    #[must_use]
    pub fn warning(check: &'static str, finding: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding::new(check, Verdict::Warning, finding, Some(remedy.into()))
    }

    /// A run would not do.
    #[must_use]
    pub fn failed(check: &'static str, finding: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding::new(check, Verdict::Failed, finding, Some(remedy.into()))
    }

    /// A failure because of `fault`; `otherwise` is the remedy where it knows none.
    #[must_use]
    pub fn of(check: &'static str, fault: impl Into<Fault>, otherwise: &str) -> Finding {
        let Fault { what, remedy, .. } = fault.into();
        Finding::failed(check, what, remedy.unwrap_or_else(|| otherwise.to_owned()))
    }

    fn new(check: &'static str, verdict: Verdict, finding: impl Into<String>, remedy: Option<String>) -> Finding {
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
    use crate::fault::Domain;

    #[test]
    fn a_fault_has_its_remedy_in_the_column_of_remedies() {
        let gone = |what: &str| Fault::new(Domain::Log, what);
        let both = Finding::of("x", gone("it is gone; or so").remedy("make it; again"), "?");
        assert_eq!((&*both.finding, both.remedy.as_deref()), ("it is gone; or so", Some("make it; again")));
        let plain = Finding::of("x", gone("it is\ngone"), "look");
        assert_eq!((&*plain.finding, plain.remedy.as_deref()), ("it is gone", Some("look")));
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
