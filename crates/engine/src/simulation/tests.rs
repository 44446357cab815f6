//! Thousands of seeds, and that the simulation would notice.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::ends::Ended;
use super::report::Report;
use super::run::run;
use mare_model::canary::Canary;

/// Seeds of a run of the tests, unless the environment sets another number.
const SEEDS: u64 = 2_000;
/// Seeds within which whatever is switched off must be noticed.
const FEW_SEEDS: u64 = 1_000;

/// Runs `seed`; a panic of the engine is an error like any other.
fn judge(seed: u64, tell: bool) -> Result<Report, String> {
    catch_unwind(AssertUnwindSafe(|| run(seed, tell))).unwrap_or_else(|_| Err("it panicked, see above".into()))
}

/// Runs the first `seeds` seeds on all cores.
///
/// # Errors
/// The first seed of those that failed, and why.
fn judge_all(seeds: u64) -> Result<Vec<Report>, (u64, String)> {
    let (next, reports, failures) = (AtomicU64::new(0), Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(seed) = Some(next.fetch_add(1, Relaxed)).filter(|seed| *seed < seeds) {
                    match judge(seed, false) {
                        Ok(report) => reports.lock().expect("not poisoned").push(report),
                        Err(why) => {
                            println!("seed {seed}: {why}");
                            failures.lock().expect("not poisoned").push((seed, why));
                        }
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("not poisoned");
    failures.sort();
    failures.into_iter().next().map_or_else(|| Ok(reports.into_inner().expect("not poisoned")), Err)
}

/// The first of few seeds that fails.
fn noticed() -> Option<(u64, String)> {
    (0..FEW_SEEDS).find_map(|seed| judge(seed, false).err().map(|why| (seed, why)))
}

#[test]
fn every_fate_of_every_cluster_leads_to_the_oracle() {
    if let Some(seed) = mare_random::asked() {
        let report = judge(seed, true);
        println!("{:#?}", report.unwrap_or_else(|why| panic!("seed {seed}: {why}")));
        return;
    }
    let reports = judge_all(mare_random::count(SEEDS));
    let reports =
        reports.unwrap_or_else(|(seed, why)| panic!("seed {seed}: {why}\nagain: {}", mare_random::again(seed)));
    for (least, what, has) in SHARES {
        let percent = 100 * reports.iter().filter(|report| has(report)).count() / reports.len();
        println!("{percent:3} % of {} seeds: {what}", reports.len());
        assert!(percent >= least, "{percent} % of the seeds have {what}: the simulation has lost its teeth");
    }
}

/// Something that occurs in this many of a hundred seeds, or more.
type Share = (usize, &'static str, fn(&Report) -> bool);

/// What occurs.
const SHARES: [Share; 42] = [
    (25, "a crash", |report| report.ends.contains(&Ended::Crashed)),
    (5, "two crashes in a row", |report| report.ends.windows(2).any(|pair| pair == [Ended::Crashed; 2])),
    (5, "a write that was refused", |report| report.ends.contains(&Ended::Refused)),
    (5, "an orderly stop before the end", |report| report.ends.contains(&Ended::Stopped)),
    (1, "a stop in the silence", |report| report.ends.contains(&Ended::Abandoned)),
    (20, "a zombie", |report| report.ends.contains(&Ended::Paused)),
    (5, "a zombie that was refused", |report| report.zombies > 0),
    (15, "events that are not wanted", |report| report.filtered > 0),
    (50, "late events", |report| report.late > 0),
    (20, "repeated events", |report| report.duplicates > 0),
    (30, "records that are no event", |report| report.dead > 0),
    (30, "promises that wait to be confirmed", |report| report.confirm > 1),
    (25, "offsets without records", |report| report.gaps),
    (25, "records of several events", |report| report.explodes),
    (5, "those of which ids are known", |report| report.explodes && report.duplicates > 0),
    (20, "windows that overlap", |report| report.overlaps),
    (10, "windows that grow", |report| report.grows),
    (4, "no windows", |report| report.global),
    (5, "sessions", |report| report.sessions),
    (8, "cancellations by ids", |report| report.cancels_by_id),
    (4, "cancellations by amounts", |report| report.cancels_by_amount),
    (40, "final documents", |report| report.finals),
    (20, "several views", |report| report.views > 1),
    (5, "a promise to one of them that differs from that to the other", |report| report.promises),
    (50, "documents in one command with the control document", |report| report.knows_bulk),
    (20, "documents in a command behind it", |report| !report.knows_bulk),
    (25, "a lost acknowledgement", |report| report.lost > 0),
    (25, "a request that was lost on the way", |report| report.away > 0),
    (70, "several workers", |report| report.workers.iter().any(|workers| *workers > 1)),
    (90, "checkpoints", |report| report.checkpoints > 0),
    (1, "one with promises that differ", |report| report.parted > 0),
    (27, "a life that went on from a checkpoint with rows", |report| report.restores > 0),
    (5, "one with several views", |report| report.restored_views > 0),
    (20, "one of another number of workers", |report| report.rescaled > 0),
    (2, "one with new partitions", |report| report.grown > 0),
    (2, "one from an older checkpoint", |report| report.fallbacks > 0),
    (1, "one that found all of them damaged", |report| report.anew > 0),
    (30, "one that had to be silent at first", |report| report.silences > 0),
    (2, "a database that was lost or put back", |report| report.mishaps > 0),
    (1, "one that was refused for that", |report| report.disowned > 0),
    (8, "partitions that fell silent", |report| report.heartbeats > 0),
    (2, "events that are late by that alone", |report| report.late_by_silence),
];

#[test]
fn a_seed_is_one_run() {
    let mut traces = Vec::new();
    for seed in 0..30 {
        let trace = || judge(seed, false).map(|report| report.trace);
        assert_eq!(trace(), trace(), "seed {seed}");
        traces.push(trace());
    }
    traces.sort();
    traces.dedup();
    assert_eq!(traces.len(), 30, "every seed is another run");
}

/// Whatever is switched off, and by what it may be noticed.
const CANARIES: [(Canary, &[&str]); 18] = [
    (Canary::Guard, &[" fell from ", " became "]),
    (Canary::Generation, &["zombie"]),
    (Canary::Barrier, &[" fell from ", "is shown", "are wrong"]),
    (Canary::Owner, &["was read, and n", "is final"]),
    (Canary::Retire, &["updates are held"]),
    (Canary::Silence, &[" fell from ", " in the silence"]),
    (Canary::Cut, &["it holds"]),
    (Canary::Hold, &["it holds"]),
    (Canary::Durable, &["was read, and n"]),
    (Canary::Letters, &["the letter of"]),
    (Canary::Promise, &["is final"]),
    (Canary::Passed, &[" read "]),
    (Canary::Confirm, &["instead of"]),
    (Canary::Heartbeats, &["instead of", "became", "panicked", "are wrong", "which come to", "is final"]),
    (Canary::Journal, &["instead of", "is final", "panicked"]),
    (Canary::Gap, &["is final", "panicked", "final change", "it holds"]),
    (Canary::Order, &["it holds", "panicked"]),
    (Canary::Unwritten, &["is shown"]),
];

#[test]
fn whatever_is_switched_off_is_noticed() {
    std::thread::scope(|scope| {
        for (canary, by) in CANARIES {
            scope.spawn(move || {
                let (seed, why) =
                    canary.off(noticed).unwrap_or_else(|| panic!("{canary:?} is off, and nobody notices"));
                println!("{canary:?} is noticed by seed {seed}: {why}");
                let is_by = by.iter().any(|by| why.contains(by));
                assert!(is_by, "{canary:?} is off, and this is noticed: {why}");
            });
        }
    });
}
