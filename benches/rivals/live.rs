//! Freshness: how long after it was handed to the producer a sale stands in a line of a contestant.
//!
//! Sales come at a steady rate, with the wall clock as event time. Now and then one has a category of its own, so the
//! first line of that category is the one that this sale has made visible. All contestants write lines to files, which
//! are looked at each millisecond. The clock begins when the contestant has shown its first sales and has had a time to
//! warm up in.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};

use crate::broker;
use crate::job::Job;
use crate::judge::statistics::quantile;
use crate::options::Options;
use crate::process::Group;
use crate::run::{Desk, Runner, Task, files};
use crate::support::{PARTITIONS, empty};

/// Sales with a category of their own, a second: so few that they do not change what is measured.
const PROBES_A_SECOND: u64 = 25;
/// How long a contestant runs on when it has shown its first sale, before the clock begins.
const WARM_UP: Duration = Duration::from_secs(10);
/// A sale that is not visible so long after the last that is timed counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// Time between two looks into the files.
const INTERVAL: Duration = Duration::from_millis(1);
/// The categories of the other sales.
const CATEGORIES: [&str; 4] = ["Gamer", "Moda", "Casa", "Livros"];

/// What a live run came to.
struct Fresh {
    /// From produced to visible, in milliseconds, shortest first.
    delays: Vec<f64>,
    /// Share of one processor that it used.
    processor: f64,
    /// What its processes have had resident at most, in MiB.
    resident: f64,
    /// Sales that were not visible in time.
    lost: usize,
}

/// Runs all contestants, and prints the table.
pub fn report(options: &Options, brokers: &str, runners: &[&Runner]) {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header([
        "who",
        "sales timed",
        "p50 ms",
        "p90 ms",
        "p99 ms",
        "max ms",
        "processor",
        "resident MiB",
        "lost",
    ]);
    for runner in runners {
        match measure(options, brokers, runner) {
            Ok(fresh) => {
                let delay = |share| format!("{:.1}", quantile(&fresh.delays, share));
                table.add_row([
                    runner.title.clone(),
                    fresh.delays.len().to_string(),
                    delay(0.5),
                    delay(0.9),
                    delay(0.99),
                    delay(1.0),
                    format!("{:.0} %", 100.0 * fresh.processor),
                    format!("{:.0}", fresh.resident),
                    fresh.lost.to_string(),
                ]);
            }
            Err(why) => {
                println!("{} has failed: {why}", runner.title);
                table.add_row([&*runner.title, why.lines().next().unwrap_or("failed")]);
            }
        }
    }
    println!("\n{}: {} sales/s for {} s\n{table}\n", Job::Freshness.title(), options.rate, options.seconds);
}

/// A timed sale under way: its category, and when it was produced.
type Probes = Mutex<BTreeMap<String, Instant>>;

fn measure(options: &Options, brokers: &str, runner: &Runner) -> Result<Fresh, String> {
    let desk = Desk::new().map_err(|e| e.to_string())?;
    let topic = format!("{}-sales", desk.name());
    empty(&topic);
    let task = Task { brokers, topic: &topic, job: Job::Freshness, workers: options.workers };
    let mut group = runner.start(task, &desk).map_err(|e| e.to_string())?;
    let (probes, end) = (Probes::default(), AtomicBool::new(false));
    let fresh = std::thread::scope(|scope| {
        scope.spawn(|| produce(brokers, &topic, options.rate, &probes, &end));
        let fresh = watch(options, &desk, &mut group, &probes);
        end.store(true, Ordering::Relaxed);
        fresh
    });
    group.stop();
    drop(group);
    broker::forget(brokers, &desk.name());
    fresh.map_err(|e| format!("{e}\n{}", desk.tail()))
}

/// Waits for the first sale, then for the warm-up, then measures the sales of a time, and waits for the last of them.
fn watch(options: &Options, desk: &Desk, group: &mut Group, probes: &Probes) -> Result<Fresh, String> {
    let mut tail = Tail(desk.results(), BTreeMap::new());
    let begin = Instant::now();
    while settle(&mut tail, probes, group)?.is_empty() {
        if begin.elapsed() > options.patience() {
            return Err("no sale was ever visible".to_owned());
        }
    }
    let warm = Instant::now();
    while warm.elapsed() < WARM_UP {
        settle(&mut tail, probes, group)?;
    }
    let (start, before) = (Instant::now(), group.usage());
    let end = start + Duration::from_secs(options.seconds);
    let is_timed = |sent: &Instant| (start..end).contains(sent);
    let mut delays = Vec::new();
    let mut look = |group: &mut Group| -> Result<(), String> {
        let settled = settle(&mut tail, probes, group)?.into_iter().filter(|(sent, _)| is_timed(sent));
        delays.extend(settled.map(|(_, delay)| delay.as_secs_f64() * 1e3));
        Ok(())
    };
    while Instant::now() < end {
        look(group)?;
    }
    let (elapsed, after) = (start.elapsed(), group.usage());
    let under_way = || probes.lock().expect("no panic").values().filter(|sent| is_timed(sent)).count();
    while under_way() > 0 && end.elapsed() < PATIENCE {
        look(group)?;
    }
    if delays.is_empty() {
        return Err("no sale was visible that was to be timed".to_owned());
    }
    delays.sort_by(f64::total_cmp);
    let processor = (after.processor - before.processor) / elapsed.as_secs_f64();
    Ok(Fresh { delays, processor, resident: after.resident, lost: under_way() })
}

/// The sales that have become visible since the last look: when each was produced, and how long it took.
fn settle(tail: &mut Tail, probes: &Probes, group: &mut Group) -> Result<Vec<(Instant, Duration)>, String> {
    std::thread::sleep(INTERVAL);
    let lines = tail.look().map_err(|e| e.to_string())?;
    let now = Instant::now();
    if lines.is_empty() && group.has_ended() {
        return Err("it has ended".to_owned());
    }
    let mut probes = probes.lock().expect("no panic");
    let names = lines.iter().filter_map(|line| line.split(['"', '|']).find(|text| text.starts_with("probe-")));
    Ok(names.filter_map(|name| probes.remove(name)).map(|sent| (sent, now - sent)).collect())
}

/// Reads on where files of a folder grow.
struct Tail(PathBuf, BTreeMap<PathBuf, (BufReader<File>, String)>);

impl Tail {
    /// The whole lines that are new.
    fn look(&mut self) -> std::io::Result<Vec<String>> {
        for path in files(&self.0)? {
            if !self.1.contains_key(&path) {
                self.1.insert(path.clone(), (BufReader::new(File::open(&path)?), String::new()));
            }
        }
        let mut lines = Vec::new();
        for (file, begun) in self.1.values_mut() {
            while file.read_line(begun)? > 0 && begun.ends_with('\n') {
                lines.push(std::mem::take(begun));
            }
        }
        Ok(lines)
    }
}

/// Produces until `end`; puts each probe into `probes` before it goes on its way.
fn produce(brokers: &str, topic: &str, rate: u64, probes: &Probes, end: &AtomicBool) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("linger.ms", "0");
    let producer: ThreadedProducer<DefaultProducerContext> = config.create().expect("a producer");
    let (start, step) = (Instant::now(), rate.div_ceil(PROBES_A_SECOND));
    for number in (0..).take_while(|_| !end.load(Ordering::Relaxed)) {
        let due = start + Duration::from_secs_f64(number as f64 / rate as f64);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let category = if number % step == 0 {
            let category = format!("probe-{number}");
            probes.lock().expect("no panic").insert(category.clone(), Instant::now());
            category
        } else {
            CATEGORIES[(number % CATEGORIES.len() as u64) as usize].to_owned()
        };
        let time = Timestamp::now().to_zoned(TimeZone::UTC).datetime();
        let (id, cents) = (uuid::Uuid::new_v4(), number % 100);
        let payload =
            format!(r#"{{"id_pedido":"{id}","categoria":"{category}","valor":19.{cents:02},"timestamp":"{time:.6}"}}"#);
        let partition = i32::try_from(number % PARTITIONS as u64).expect("a partition");
        producer.send(BaseRecord::<(), _>::to(topic).partition(partition).payload(&payload)).expect("room for a sale");
    }
    producer.flush(PATIENCE).expect("the brokers take the sales");
}
