//! The benches: one table, a row for each; and how one is run.

use std::env;
use std::fmt::Write;

use crate::checkout::{cargo, command, root, run, target};
use crate::install;
use crate::job::BenchJob;
use crate::tool::Use;

/// Name the servers that are there already.
const KAFKA: &str = "MARE_BENCH_KAFKA";
const MONGODB: &str = "MARE_BENCH_MONGODB";
/// Names a binary that is there already; else the one of this checkout is built.
const BINARY: &str = "MARE_BENCH_BINARY";

/// A bench.
#[derive(Debug, PartialEq, Eq)]
pub struct Bench {
    /// What it is called.
    pub name: &'static str,
    /// What it measures.
    measures: &'static str,
    /// The program that it is in.
    program: Program,
}

/// A program of benches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Program {
    /// `mare-bench`, with all benches that start the built binary: on servers, with baselines.
    Suite,
    /// A `[[bench]]` of the manifest, by criterion, which has baselines, too.
    Criterion,
    /// Another one, built with these features, and with options of its own behind `cargo bench --bench NAME --`.
    Other(&'static [&'static str]),
}

/// Every bench.
pub const BENCHES: &[Bench] = &[
    Bench::new("backfill", Program::Suite, "processor time, rate and memory of a backfill, beside the bare client"),
    Bench::new("freshness", Program::Suite, "how soon a sale is visible in MongoDB, beside a bare consumer and upsert"),
    Bench::new("live", Program::Suite, "what a live run costs at several rates and numbers of workers, and its p99"),
    Bench::new("idle", Program::Suite, "what a run costs to which nothing comes"),
    Bench::new("memory", Program::Suite, "what a backfill keeps in memory, with few windows and with many"),
    Bench::new("groups", Program::Suite, "processor time and memory of a million groups, beside a thousand"),
    Bench::new("verify", Program::Suite, "what an audit costs, and whether its memory grows with the topic"),
    Bench::new("instructions", Program::Suite, "what an event executes, counted by callgrind"),
    Bench::new("flames", Program::Suite, "where the processor's time goes: a flame graph of each job, by perf"),
    Bench::new("size", Program::Suite, "how large the binary is that is handed out"),
    Bench::new("scale", Program::Suite, "what an event costs as groups, windows, partitions, workers, processes grow"),
    Bench::new("decode", Program::Criterion, "one record decoded, beside serde_json"),
    Bench::new("rivals", Program::Other(&[]), "other engines over the same topic, and what comes of it: two hours"),
    Bench::new("wire", Program::Other(&["abomonation"]), "partials sent to another process, in two formats"),
];

impl Bench {
    const fn new(name: &'static str, program: Program, measures: &'static str) -> Bench {
        Bench { name, measures, program }
    }

    /// The arguments of the program that is run in the end, behind those of `cargo` if that runs it.
    ///
    /// # Errors
    /// If it keeps no baselines, and shall.
    fn arguments(&self, job: &BenchJob) -> Result<Vec<String>, String> {
        let by_cargo = ["bench", "--locked", "--profile", &job.profile, "--bench", self.name];
        let (mut arguments, save, against) = match self.program {
            Program::Suite => (vec![self.name], "--save", "--against"),
            Program::Criterion => ([&by_cargo[..], &["--"]].concat(), "--save-baseline", "--baseline"),
            Program::Other(_) if job.save.is_some() || job.against.is_some() => {
                return Err(format!("the bench {} keeps no baselines", self.name));
            }
            Program::Other(features) => {
                let features = features.iter().flat_map(|feature| ["--features", feature]);
                (by_cargo.into_iter().chain(features).collect(), "", "")
            }
        };
        for (flag, name) in [(save, &job.save), (against, &job.against)] {
            arguments.extend(name.iter().flat_map(|name| [flag, name.as_str()]));
        }
        Ok(arguments.into_iter().map(str::to_owned).collect())
    }
}

/// The bench of a name.
///
/// # Errors
/// If there is none, with those that there are.
pub fn named(name: &str) -> Result<&'static Bench, String> {
    BENCHES.iter().find(|bench| bench.name == name).ok_or_else(|| format!("there is no bench {name}\n\n{}", list()))
}

/// All of them, a line each.
pub fn list() -> String {
    let mut text = "The benches, for `cargo xtask bench NAME`:\n".to_owned();
    for Bench { name, measures, .. } in BENCHES {
        let _ = write!(text, "\n  {name:<14} {measures}");
    }
    text
}

/// Sees to it that the servers can be started which a bench wants, and runs it.
///
/// # Errors
/// What cannot be installed, or fails.
pub fn measure(bench: &Bench, job: &BenchJob) -> Result<(), String> {
    let arguments = bench.arguments(job)?;
    if bench.program != Program::Suite {
        return run(cargo().args(arguments));
    }
    let has_servers = [KAFKA, MONGODB].iter().all(|name| env::var_os(name).is_some());
    install::tools(if has_servers { Use::Quick } else { Use::Servers })?;
    let binary = env::var_os(BINARY).map(|binary| root().join(binary));
    let binaries: &[&str] = if binary.is_some() { &["mare-bench"] } else { &["mare", "mare-bench"] };
    // Both packages are named in any case: what they have in common is then built alike.
    let mut build = cargo();
    build.args(["build", "--locked", "--profile", &job.profile, "-p", "mare", "-p", "mare-bench"]);
    run(build.args(binaries.iter().flat_map(|name| ["--bin", name])))?;
    let built = target().join(if job.profile == "dev" { "debug" } else { &job.profile });
    run(command(built.join("mare-bench")).args(arguments).env(BINARY, binary.unwrap_or(built.join("mare"))))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn job(save: Option<&str>, against: Option<&str>) -> BenchJob {
        let [save, against] = [save, against].map(|name| name.map(str::to_owned));
        BenchJob { profile: "release".to_owned(), save, against }
    }

    fn arguments(name: &str, job: &BenchJob) -> Result<String, String> {
        named(name)?.arguments(job).map(|arguments| arguments.join(" "))
    }

    #[test]
    fn each_bench_is_run_by_the_program_that_it_is_in() {
        let plain = job(None, None);
        assert_eq!(arguments("backfill", &plain).as_deref(), Ok("backfill"));
        assert_eq!(arguments("decode", &plain).as_deref(), Ok("bench --locked --profile release --bench decode --"));
        let wire = "bench --locked --profile release --bench wire --features abomonation";
        assert_eq!(arguments("wire", &plain).as_deref(), Ok(wire));
        assert!(arguments("backfil", &plain).is_err_and(|why| why.contains("backfil\n") && why.contains("decode")));
    }

    #[test]
    fn baselines_are_those_of_the_program() {
        let both = job(Some("here"), Some("main"));
        let suite = "backfill --save here --against main";
        assert_eq!(arguments("backfill", &both).as_deref(), Ok(suite));
        let criterion = "decode -- --save-baseline here --baseline main";
        assert!(arguments("decode", &both).is_ok_and(|line| line.ends_with(criterion)));
        assert!(arguments("wire", &both).is_err_and(|why| why.contains("wire")));
    }

    /// The table here and the one in the program are the same list.
    #[test]
    fn the_suite_has_what_is_listed_and_nothing_else() {
        let code = fs::read_to_string(root().join("benches/suite/src/main.rs")).expect("code");
        let (_, table) = code.split_once("const BENCHES").expect("a table");
        let (table, _) = table.split_once(';').expect("its end");
        let there: Vec<&str> = table.split("(\"").skip(1).filter_map(|row| row.split('"').next()).collect();
        let listed: Vec<&str> =
            BENCHES.iter().filter(|bench| bench.program == Program::Suite).map(|bench| bench.name).collect();
        assert_eq!(there, listed);
        let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
        for bench in BENCHES.iter().filter(|bench| bench.program != Program::Suite) {
            assert!(manifest.contains(&format!("[[bench]]\nname = \"{}\"", bench.name)), "{}", bench.name);
        }
    }
}
