//! What the end of a run waits for: letters are in their topics before its last checkpoint says that they need not be
//! sent again.

use mare_letters::Pending;

/// What was seen at the last look, so that it is said what an end waits for, once.
#[derive(Debug, Default)]
pub struct Leaving {
    /// How many letters were pending.
    pending: usize,
    is_said: bool,
}

impl Leaving {
    /// Looks at the letters that are `pending` of a run that may be ending, and returns what there is to say: of those
    /// that no broker has taken since the last look.
    pub fn look(&mut self, is_ending: bool, pending: &[Pending<'_>]) -> Vec<String> {
        let letters = pending.iter().map(|pending| pending.letters).sum();
        let before = std::mem::replace(&mut self.pending, letters);
        let is_stuck = is_ending && letters > 0 && before == letters;
        if !is_stuck || std::mem::replace(&mut self.is_said, true) {
            return Vec::new();
        }
        pending.iter().map(describe).collect()
    }
}

fn describe(Pending { brokers, kinds, letters }: &Pending<'_>) -> String {
    format!(
        "the end waits for Kafka at {brokers}, which has not taken {letters} letters ({kinds}) yet: whoever stops the run at once leaves \
         them to the next one, which sends them again"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_that_waits_says_for_whom_and_what_for_once() {
        let mut leaving = Leaving::default();
        let pending = |letters| [Pending { brokers: "b:1", kinds: "late events", letters }];
        assert!(leaving.look(false, &pending(3)).is_empty() && leaving.look(false, &pending(3)).is_empty());
        assert!(leaving.look(true, &pending(2)).is_empty(), "they are being taken");
        let said = leaving.look(true, &pending(2));
        assert!(
            said.len() == 1
                && said[0].contains("waits for Kafka at b:1")
                && said[0].contains("2 letters (late events)")
        );
        assert!(leaving.look(true, &pending(2)).is_empty(), "it was said");
        assert!(Leaving::default().look(true, &[]).is_empty());
    }
}
