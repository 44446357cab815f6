//! A log that is there already, read to its end by each contestant in turn.
//!
//! Each round runs each contestant twice: over a quarter of the log, and over all of it. What the two differ by is what
//! each further sale costs; what a start costs is in neither. Each of the two is judged and printed; the table has the
//! verdict on all of the log.

use std::collections::BTreeMap;

use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;

use crate::broker;
use crate::contestant::Program;
use crate::job::Job;
use crate::judge::oracle::{Exact, Key, Oracle};
use crate::judge::statistics::{Spread, each_further};
use crate::judge::verdict::Verdict;
use crate::options::Options;
use crate::process::Spent;
use crate::run::{Runner, Task};
use crate::support::sales;

/// Over how many minutes the event times of all of a log are spread.
const MINUTES: u64 = 60;
/// How many times longer a log is than the part of it that is read, too.
const PARTS: u64 = 4;

/// A log, and what must come of it.
struct Log {
    topic: String,
    count: u64,
    exact: BTreeMap<Key, Exact>,
}

impl Log {
    /// Sees to it that it is there, and reads it.
    fn of(brokers: &str, job: Job, count: u64, minutes: u64) -> Log {
        let topic = sales(count, minutes);
        let mut oracle = Oracle::new(job.rules(), job.grouping());
        broker::read(brokers, &topic, |partition, payload| oracle.take(partition, payload));
        let counts = oracle.counts();
        println!("{topic}: {counts:?}");
        assert_eq!(counts.counted, count, "each sale of {topic} is on time");
        Log { topic, count, exact: oracle.totals() }
    }
}

/// What one contestant has done in one round.
struct Turn {
    /// Over the part.
    part: Spent,
    /// Over all of it.
    whole: Spent,
    /// On what it said of all of it.
    verdict: Verdict,
}

/// Runs all contestants, and prints the table of the job.
pub fn report(options: &Options, brokers: &str, runners: &[&Runner], job: Job) {
    let count = options.count.unwrap_or(job.count());
    let logs = [(count / PARTS, MINUTES / PARTS), (count, MINUTES)];
    let logs = logs.map(|(count, minutes)| Log::of(brokers, job, count, minutes));
    let mut turns: Vec<Vec<Turn>> = runners.iter().map(|_| Vec::new()).collect();
    let mut failed = BTreeMap::new();
    for round in 0..options.rounds as usize {
        for turn in 0..runners.len() {
            let at = (round + turn) % runners.len();
            if failed.contains_key(&at) {
                continue;
            }
            match take_turn(options, brokers, runners[at], job, &logs) {
                Ok(turn) => turns[at].push(turn),
                Err(why) => {
                    println!("{} has failed: {why}", runners[at].title);
                    failed.insert(at, why);
                }
            }
        }
    }
    let mut table = table();
    for (at, runner) in runners.iter().enumerate() {
        table.add_row(match failed.get(&at) {
            Some(why) => vec![runner.title.clone(), why.lines().next().unwrap_or("failed").to_owned()],
            None => row(runner, &turns[at], &logs),
        });
    }
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let (rounds, workers) = (options.rounds, options.workers);
    println!("\n{}: {count} sales, {rounds} rounds, {workers} ways parallel, {cores} cores", job.title());
    println!("{} totals of {count} sales; the part has {}\n{table}\n", logs[1].exact.len(), logs[0].count);
}

fn take_turn(
    options: &Options,
    brokers: &str,
    runner: &Runner,
    job: Job,
    [part, whole]: &[Log; 2],
) -> Result<Turn, String> {
    let replay = |log: &Log| {
        let task = Task { brokers, topic: &log.topic, job, workers: options.workers };
        let (spent, said) = runner.replay(task, options.patience())?;
        let is_judged = runner.contestant.program != Program::Bare;
        let verdict = if is_judged { Verdict::of(&log.exact, &said) } else { Verdict::default() };
        assert!(
            runner.contestant.program != Program::Mare || verdict == Verdict::default(),
            "we are exact, and not so: {verdict:?}"
        );
        println!("{}: {} sales, {spent:.2?}, {verdict:?}", runner.title, log.count);
        Ok::<_, String>((spent, verdict))
    };
    let ((part, _), (whole, verdict)) = (replay(part)?, replay(whole)?);
    Ok(Turn { part, whole, verdict })
}

fn table() -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header([
        "who",
        "seconds (min / median / max)",
        "sales/s, steady",
        "processor s",
        "us a sale, steady",
        "resident MiB",
        "on time and lost",
        "counted beyond",
        "totals wrong",
        "sums inexact",
    ]);
    table
}

fn row(runner: &Runner, turns: &[Turn], [part, whole]: &[Log; 2]) -> Vec<String> {
    let spread = |what: fn(&Turn) -> f64| Spread::of(turns.iter().map(what));
    let steady = |short: fn(&Turn) -> f64, long: fn(&Turn) -> f64| {
        each_further((part.count, spread(short).median), (whole.count, spread(long).median))
    };
    let wall = spread(|turn| turn.whole.wall);
    let each = steady(|turn| turn.part.wall, |turn| turn.whole.wall);
    let processor = steady(|turn| turn.part.processor, |turn| turn.whole.processor);
    let mut cells = vec![
        runner.title.clone(),
        format!("{:.2} / {:.2} / {:.2}", wall.least, wall.median, wall.greatest),
        each.map_or("–".to_owned(), |each| format!("{:.0}", 1.0 / each)),
        format!("{:.2}", spread(|turn| turn.whole.processor).median),
        processor.map_or("–".to_owned(), |each| format!("{:.2}", each * 1e6)),
        format!("{:.0}", spread(|turn| turn.whole.resident).median),
    ];
    if runner.contestant.program != Program::Bare {
        let told = |what: fn(&Verdict) -> u64| range(turns.iter().map(|turn| what(&turn.verdict)));
        cells.extend([
            told(|verdict| verdict.lost),
            told(|verdict| verdict.beyond),
            told(|verdict| verdict.wrong),
            told(|verdict| verdict.inexact),
        ]);
    }
    cells
}

/// Some numbers by their ends; one alone if they are the same.
fn range(numbers: impl Iterator<Item = u64> + Clone) -> String {
    let (least, greatest) = (numbers.clone().min().unwrap_or(0), numbers.max().unwrap_or(0));
    if least == greatest { least.to_string() } else { format!("{least} to {greatest}") }
}
