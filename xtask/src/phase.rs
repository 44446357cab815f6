//! One step under a heading, with its seconds.

use std::time::Instant;

/// How a step ended that did not fail.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All of it was done.
    Done,
    /// Some of it could not be done here, and why.
    Unchecked(String),
}

/// What a step ends with; an error stops everything.
pub type Verdict = Result<Outcome, String>;

/// Steps, in order; remembers what was not checked, and says it again at the end.
pub struct Phases {
    begin: Instant,
    unchecked: Vec<String>,
}

impl Phases {
    /// None yet.
    pub fn begin() -> Phases {
        Phases { begin: Instant::now(), unchecked: Vec::new() }
    }

    /// Takes one step.
    ///
    /// # Errors
    /// What `work` says, under the step's name.
    pub fn run(&mut self, name: &str, work: impl FnOnce() -> Verdict) -> Result<(), String> {
        let begin = Instant::now();
        println!("\n=== {name}");
        if let Outcome::Unchecked(why) = work().map_err(|why| format!("=== {name} FAILED: {why}"))? {
            println!("{why}");
            self.unchecked.push(why);
        }
        println!("=== {name}: {} s", begin.elapsed().as_secs());
        Ok(())
    }

    /// Says that all is well, and what nobody has looked at.
    pub fn end(self) {
        println!("\n{}", self.closing(self.begin.elapsed().as_secs()));
    }

    fn closing(&self, seconds: u64) -> String {
        let good = format!("all good after {seconds} s");
        [good].into_iter().chain(self.unchecked.iter().map(|why| format!("but {why}"))).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_checked_is_said_again_at_the_end() {
        let mut phases = Phases::begin();
        assert_eq!(phases.run("one", || Ok(Outcome::Done)), Ok(()));
        assert_eq!(phases.run("other", || Ok(Outcome::Unchecked("moon NOT checked".to_owned()))), Ok(()));
        assert_eq!(phases.closing(7), "all good after 7 s\nbut moon NOT checked");
    }

    #[test]
    fn a_failure_names_its_step() {
        let failed = Phases::begin().run("lints", || Err("why".to_owned()));
        assert_eq!(failed, Err("=== lints FAILED: why".to_owned()));
    }
}
