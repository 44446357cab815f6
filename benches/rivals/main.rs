//! Other engines beside Maré: the same topic, the same totals, in turn on one machine in one run, each judged by an
//! oracle. `benches/rivals/README.md` says what each is given, and what it does with it.
//!
//! # Layout
//! * [`options`], [`job`], [`contestant`]: what is to be done, and by whom
//! * [`install`]: what a contestant needs, in `.cache/rivals`
//! * [`support`]: what tests and benches have for this one
//! * [`broker`]: what is in topics
//! * [`run`]: one run of one contestant
//! * [`process`]: its processes, and what they cost
//! * [`replay`]: a log that is there, read to its end
//! * [`live`]: sales that come in
//! * [`judge`]: what must come of a topic, and how far off a contestant is
//!
//! and a folder for each contestant with its program.

mod broker;
mod contestant;
mod install;
mod job;
mod judge;
mod live;
mod options;
mod process;
mod replay;
mod run;
mod support;

use clap::Parser;

use contestant::CONTESTANTS;
use job::Job;
use options::Options;
use run::Runner;

fn main() {
    if support::was_bare_client() {
        std::process::exit(0);
    }
    let options = Options::parse();
    nix::sys::prctl::set_child_subreaper(true).expect("Linux");
    let brokers = support::brokers();
    let runners = runners(&options);
    for job in options.jobs() {
        let runners: Vec<&Runner> = runners.iter().filter(|runner| runner.contestant.jobs.contains(job)).collect();
        match job {
            _ if runners.is_empty() => println!("{}: nobody does that", job.title()),
            Job::Freshness => live::report(&options, brokers, &runners),
            _ => replay::report(&options, brokers, &runners, *job),
        }
    }
}

/// Whom to run: those that are asked for, have something to do, and can be installed here. Others are named with why.
fn runners(options: &Options) -> Vec<Runner> {
    let unknown = options.only.iter().find(|only| !CONTESTANTS.iter().any(|each| each.who == only.as_str()));
    assert!(unknown.is_none(), "there is no contestant {unknown:?}");
    let mut runners = Vec::new();
    for contestant in CONTESTANTS {
        let has_to_do = contestant.jobs.iter().any(|job| options.jobs().contains(job));
        if !options.asks_for(contestant.who) || !has_to_do {
            continue;
        }
        match Runner::of(contestant) {
            Ok(runner) => runners.push(runner),
            Err(why) => println!("{} {} is left out: {why}", contestant.who, contestant.variant),
        }
    }
    runners
}
