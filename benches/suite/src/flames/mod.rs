//! Where the processor's time goes, job by job: a flame graph of each, and a table of the functions that take most.
//!
//! A backfill into MongoDB, groups that are touched once, windows that overlap, sales that come in, and an audit, each
//! under `perf`, which looks a thousand times a second at what each thread does and whom it does it for. A binary
//! with line tables tells more: `CARGO_PROFILE_RELEASE_DEBUG=line-tables-only`.
//!
//! Settings: `MARE_BENCH_COUNT` (sales, 2,000,000), `MARE_BENCH_SECONDS` (20, of the sales that come in),
//! `MARE_BENCH_PICTURES` (the folder of the pictures, target/bench/flames).
//!
//! # Layout
//! * [`recorder`]: a run that is looked at
//! * [`stacks`]: what was seen, added up (pure)

mod recorder;
mod stacks;

use std::path::Path;
use std::time::Duration;

use mare_bench_support::figure::Figure;
use mare_bench_support::mare::{FlagshipRun, Mare};
use mare_bench_support::report::{Report, pictures};
use mare_bench_support::scratch;
use mare_bench_support::settings::setting;
use mare_bench_support::topic::{Grouped, Sales};
use mare_bench_support::usage::succeed;

use self::recorder::Recorder;
use crate::groups;
use crate::stream::observer::Place;
use crate::stream::{Stream, timed};

/// How many partitions and workers a run has where nothing else is said.
const WORKERS: usize = 3;
/// How many functions the table of a job has.
const FUNCTIONS: usize = 10;

/// Its name, and what is looked at.
type Job = (&'static str, fn(&Setup, &Recorder));

const JOBS: [Job; 5] = [
    ("backfill", Setup::backfill),
    ("groups", Setup::groups),
    ("hopping", Setup::hopping),
    ("live", Setup::live),
    ("audit", Setup::audit),
];

/// What the jobs have in common.
struct Setup {
    /// The binary as it is.
    plain: Mare,
    sales: Sales,
    /// How long sales come in.
    time: Duration,
}

/// Runs it.
///
/// # Errors
/// If `perf` is missing, or a picture cannot be drawn.
pub fn bench(binary: &Path, report: &mut Report) -> Result<(), String> {
    let count = setting("MARE_BENCH_COUNT", 2_000_000);
    let seconds = setting("MARE_BENCH_SECONDS", 20);
    let pictures = pictures("flames");
    report.set("sales", count);
    report.set("seconds", seconds);
    report.begin()?;
    recorder::is_there()?;
    let sales = Sales { count, minutes: 60, compression: "none".to_owned(), partitions: WORKERS };
    let setup = Setup { plain: Mare::new(binary), sales, time: Duration::from_secs(seconds) };
    setup.sales.ensure(&setup.plain);
    for (name, job) in JOBS {
        let recorder = Recorder::of(&setup.plain);
        job(&setup, &recorder);
        let stacks = recorder.stacks()?;
        let file = pictures.join(format!("{name}.svg"));
        stacks.draw(name, &file)?;
        println!("{name}: drawn in {}\n\n{}\n", file.display(), stacks.table(FUNCTIONS));
        report.add(Figure::new(format!("{name}: processor time, watched"), "s", [stacks.seconds()]));
    }
    Ok(())
}

impl Setup {
    /// A backfill of the flagship into MongoDB.
    fn backfill(&self, recorder: &Recorder) {
        let folder = scratch::folder();
        Place::MongoDb.clear();
        self.to_the_end(&recorder.mare, Place::MongoDb.sets(folder.path()));
        Place::MongoDb.clear();
    }

    /// As many groups as sales, to standard output.
    fn groups(&self, recorder: &Recorder) {
        let grouped = Grouped { count: self.sales.count / 2, groups: self.sales.count / 2 };
        grouped.ensure(&self.plain);
        groups::run(&recorder.mare, Grouped::PARTITIONS, grouped);
    }

    /// Windows of ten minutes, one each minute, to standard output.
    fn hopping(&self, recorder: &Recorder) {
        let window = r#"window={hopping="10m",every="1m",lateness="2m",start="janela_inicio",end="janela_fim"}"#;
        self.to_the_end(&recorder.mare, vec!["sink.stdout={}".to_owned(), window.to_owned()]);
    }

    /// Sales that come in, 1,000 a second, into MongoDB.
    fn live(&self, recorder: &Recorder) {
        let stream = Stream { mare: recorder.mare.clone(), workers: WORKERS, rate: 1_000, time: self.time };
        timed::run(&stream, Place::MongoDb);
    }

    /// An audit of a backfill in SQLite.
    fn audit(&self, recorder: &Recorder) {
        let folder = scratch::folder();
        let sets = Place::Sqlite.sets(folder.path());
        self.to_the_end(&self.plain, sets.clone());
        let topic = self.sales.topic();
        succeed(&mut recorder.mare.flagship("verify", &FlagshipRun { topic: &topic, workers: WORKERS, sets }));
    }

    /// Runs to the end of the topic.
    fn to_the_end(&self, mare: &Mare, sets: Vec<String>) {
        let run = FlagshipRun { topic: &self.sales.topic(), workers: WORKERS, sets };
        succeed(mare.run(&run).arg("--until-end"));
    }
}
