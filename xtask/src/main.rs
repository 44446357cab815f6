//! What is done with a checkout of Maré: `cargo xtask test`, `ci` and `bench`. Set-up is part of each.
//!
//! # Layout
//! * [`job`]: what is asked for, from the command line (pure)
//! * [`tool`]: the one table of the programs that the tests and the gate need (pure)
//! * [`facts`]: which of them start on this machine, and what may be installed on it
//! * [`missing`]: facts in, what is missing and how each comes out (pure)
//! * [`install`]: brings what is missing
//! * [`carry`]: brings tools without root, from the registries whose packages carry them
//! * [`checkout`]: the folders of this checkout, and commands in it
//! * [`benches`]: the one table of benches, and how one is run
//! * [`phase`]: one step under a heading, with its seconds
//! * [`suite`]: the tests
//! * [`gate`]: the one table of what a commit must pass
//! * [`promtool`]: the metrics and the alert rules, looked at by Prometheus's own tool
//! * [`linters`]: the files that no compiler reads: compose file, image, manifest, workflows
//!
//! It depends on nothing but the standard library: it is built before anything else is there.

#![forbid(unsafe_code)]

mod benches;
mod carry;
mod checkout;
mod facts;
mod gate;
mod install;
mod job;
mod linters;
mod missing;
mod phase;
mod promtool;
mod suite;
mod tool;

use std::env;
use std::process::ExitCode;

use job::Job;

fn main() -> ExitCode {
    let job = match Job::of(env::args().skip(1)) {
        Ok(job) => job,
        Err(why) => {
            eprintln!("{why}\n\n{}", job::HELP);
            return ExitCode::from(2);
        }
    };
    match run(&job) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("\n{why}");
            ExitCode::FAILURE
        }
    }
}

/// Does the job.
fn run(job: &Job) -> Result<(), String> {
    match job {
        Job::Help => println!("{}", job::HELP),
        Job::Tools => install::tools(tool::Use::Gate)?,
        Job::Test { quick: true, filter } => suite::quick(filter)?,
        Job::Test { quick: false, filter } => suite::whole(filter)?,
        Job::Gate => gate::pass()?,
        Job::Benches => println!("{}", benches::list()),
        Job::Bench(bench, job) => benches::measure(bench, job)?,
    }
    Ok(())
}
