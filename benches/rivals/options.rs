//! What is said on the command line.

use std::time::Duration;

use clap::Parser;

use crate::job::Job;

/// Other engines beside Maré: the same topic, the same totals, in turn on one machine, each judged by an oracle
#[derive(Parser)]
#[command(name = "cargo bench --bench rivals --")]
pub struct Options {
    /// Whom to run, such as flink,streams; all that there are if it is not given
    #[arg(long, value_name = "WHO,WHO,…", value_delimiter = ',')]
    pub only: Vec<String>,
    /// What to do: flagship, groups, hopping or freshness; all of it if it is not given
    #[arg(long, value_name = "JOB,JOB,…", value_delimiter = ',')]
    pub job: Vec<Job>,
    /// Sales in the topic; if it is not given, 2000000 for the flagship and hopping windows, 1000000 for groups
    #[arg(long, value_name = "SALES")]
    pub count: Option<u64>,
    /// How often each contestant runs
    #[arg(long, default_value = "3", value_name = "TIMES", value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// How many workers, threads, slots or processes each has
    #[arg(long, default_value = "3", value_name = "NUMBER")]
    pub workers: usize,
    /// Sales a second while freshness is measured
    #[arg(long, default_value = "1000", value_name = "PER SECOND")]
    pub rate: u64,
    /// How many seconds freshness is measured for
    #[arg(long, default_value = "30", value_name = "SECONDS")]
    pub seconds: u64,
    /// How many seconds a run may take before it is given up
    #[arg(long, default_value = "300", value_name = "SECONDS")]
    patience: u64,
    /// What `cargo bench` says; it changes nothing
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    /// What to do, in order.
    pub fn jobs(&self) -> &[Job] {
        if self.job.is_empty() { &Job::ALL } else { &self.job }
    }

    /// Whether a contestant is asked for.
    pub fn asks_for(&self, who: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == who)
    }

    /// How long a run may take.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.patience)
    }
}
