//! Saying again that somebody is still away.
//!
//! The first time is said where it is found out. Whoever comes later to the log of a run that waits must not have to
//! look for that line, and a cause that changes (a name that resolves by now, and a port that nobody listens on) is
//! news.

use std::time::{Duration, Instant};

use tracing::warn;

use mare_metrics::Absence;

/// Time between two reminders.
const EVERY: Duration = Duration::from_secs(60);
/// The same if the cause has changed: of several brokers, now one and now another may be the last that was tried.
const CHANGED: Duration = Duration::from_secs(15);

/// Knows what was said last.
#[derive(Debug, Default)]
pub struct Reminder {
    /// When, and which cause.
    said: Option<(Instant, String)>,
}

impl Reminder {
    /// Says that `who` is still away if it is time for that, or the cause has changed.
    pub fn remind(&mut self, who: &str, absence: &Absence) {
        if self.is_due(&absence.why, Instant::now()) {
            warn!(away_s = absence.lasts().as_secs_f64(), cause = absence.why, "{who} is still {absence}");
        }
    }

    /// Whether to say so now. The first time nothing is: somebody else has just said it.
    fn is_due(&mut self, why: &str, now: Instant) -> bool {
        let pause = |cause: &str| if cause == why { EVERY } else { CHANGED };
        let is_due = self.said.as_ref().is_some_and(|(then, cause)| now.duration_since(*then) >= pause(cause));
        if is_due || self.said.is_none() {
            self.said = Some((now, why.to_owned()));
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absence_is_said_again_every_minute_and_when_its_cause_changes() {
        let (mut still, start) = (Reminder::default(), Instant::now());
        let mut due = |seconds, why| still.is_due(why, start + Duration::from_secs(seconds));
        assert!(!due(0, "refused") && !due(59, "refused"), "it was said a moment ago");
        assert!(due(60, "refused") && !due(61, "refused"));
        assert!(!due(62, "silent") && due(75, "silent") && !due(134, "silent") && due(135, "silent"));
    }
}
