//! What is asked for, from the command line.

use crate::benches::{self, Bench};

/// What `cargo xtask help` says.
pub const HELP: &str = "\
Set-up, tests, benches and the gate of this checkout:

  cargo xtask test                  says what is missing, installs it where it may, and runs every test
  cargo xtask test --quick          the tests that need no servers: nothing but Rust, a C and a C++ compiler, make and perl
  cargo xtask test [--quick] -- …   passes the rest on to the test binaries: a filter, --nocapture
  cargo xtask ci                    everything that a commit must pass, the tests among it
  cargo xtask tools                 the set-up alone, for all of this
  cargo xtask bench                 lists the benches
  cargo xtask bench NAME            runs one, on servers that it starts, or on those of MARE_BENCH_KAFKA=host:port and
                                    MARE_BENCH_MONGODB=uri
      --save NAME                   keeps its figures, in target/bench
      --against NAME                compares with figures that were kept
      --profile NAME                the build that is measured: release, or dist; MARE_BENCH_BINARY=file is one that is
                                    there

Root on Debian gets Debian's packages. Everybody else gets what the package registries carry, in .cache/tools of the
checkout; what they do not carry is named, with the remedy, before anything runs.";

/// How a bench is run.
#[derive(Debug, PartialEq, Eq)]
pub struct BenchJob {
    /// The profile of the build that is measured.
    pub profile: String,
    /// The name that its figures are kept under.
    pub save: Option<String>,
    /// The name of those that they are compared with.
    pub against: Option<String>,
}

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
    /// Say which benches there are.
    Benches,
    /// Run one.
    Bench(&'static Bench, BenchJob),
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
            Some("bench") => return Job::bench(words),
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

    fn bench(mut words: impl Iterator<Item = String>) -> Result<Job, String> {
        let (mut name, mut job) = (None, BenchJob { profile: "release".to_owned(), save: None, against: None });
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("`{word}` wants a name behind it"));
            match word.as_str() {
                "--save" => job.save = Some(value()?),
                "--against" => job.against = Some(value()?),
                "--profile" => job.profile = value()?,
                _ if name.is_none() && !word.starts_with('-') => name = Some(benches::named(&word)?),
                _ => return Err(format!("`cargo xtask bench` takes no `{word}`")),
            }
        }
        Ok(name.map_or(Job::Benches, |bench| Job::Bench(bench, job)))
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
    fn a_bench_is_named_before_or_behind_its_flags() {
        assert_eq!(of("bench"), Ok(Job::Benches));
        let backfill = benches::named("backfill").expect("there is one");
        let job = |profile: &str, save: Option<&str>, against: Option<&str>| BenchJob {
            profile: profile.to_owned(),
            save: save.map(str::to_owned),
            against: against.map(str::to_owned),
        };
        assert_eq!(of("bench backfill"), Ok(Job::Bench(backfill, job("release", None, None))));
        let all = Job::Bench(backfill, job("dist", Some("here"), Some("main")));
        assert_eq!(of("bench --against main backfill --profile dist --save here"), Ok(all));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let lines = [
            ("tets", "tets"),
            ("ci --quick", "--quick"),
            ("test windows", "windows"),
            ("bench nothing", "nothing"),
            ("bench backfill decode", "decode"),
            ("bench backfill --save", "--save"),
            ("bench --fast", "--fast"),
        ];
        for (line, word) in lines {
            assert!(of(line).is_err_and(|why| why.contains(word)), "{line}");
        }
    }
}
