//! SIGKILL for a run at random moments while sales come in, also while it recovers, and each time it goes on with
//! another number of workers: nobody ever sees a document go back, and in the end everything is exact.
//!
//! `MARE_SOAK_MINUTES=30 cargo test --test it soak` kills for so long; `MARE_TEST_SEED` repeats the choices of an
//! earlier one.

use std::env;

use nix::sys::signal::Signal;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use crate::support::checkpoints::{OFTEN, assert_accounts, folders};
use crate::support::flagship::{Flagship, produce_flood_of};
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::{BOUND, Mare};
use crate::support::mongodb::MongoDb;
use crate::support::observer::Observer;
use crate::support::wait;

/// Sales a second.
const RATE: u32 = 3_000;
/// How many sales an hour of event time has, if nobody wants to wait for more.
const SHORT: u32 = 25_000;
/// As many kills of runs at work as say something.
const ENOUGH: usize = 2;

fn number(variable: &str) -> Option<u32> {
    env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

/// What has happened so far.
struct Soak {
    flagship: Flagship,
    random: Xoshiro256PlusPlus,
    /// How many sales were visible at the last kill.
    seen: i64,
    /// Kills of runs at work, and of runs that had just said from what they go on.
    kills: [usize; 2],
}

impl Soak {
    /// A run of so many workers, killed at a random moment; `false` if `sales` ended first.
    fn life(&mut self, workers: usize, sales: &mut Mare) -> bool {
        let has_checkpoint = !folders(&self.flagship).is_empty();
        let mut run = self.flagship.spawn(&[&["-w", &workers.to_string()][..], &OFTEN].concat());
        let while_recovering = has_checkpoint && self.random.random_ratio(1, 2);
        if has_checkpoint {
            run.wait_for_lines(1, "going on from the checkpoint");
        }
        if !while_recovering && !self.wait_for_more(&mut run, sales) {
            return false;
        }
        run.end_by(Signal::SIGKILL);
        self.kills[usize::from(while_recovering)] += 1;
        true
    }

    /// Waits until a random number of sales more can be seen.
    fn wait_for_more(&mut self, run: &mut Mare, sales: &mut Mare) -> bool {
        let more = self.random.random_range(1..3_000);
        self.seen = wait::until(BOUND, "more sales in the database", || {
            assert!(run.is_running(), "the run ended:\n{}", run.output());
            let now = self.flagship.visible();
            let is_time = now > self.seen + more || !sales.is_running();
            if is_time { Ok(now) } else { Err(format!("{now} sales\n{}", run.output())) }
        });
        sales.is_running()
    }
}

#[test]
fn with_one_three_and_two_workers_in_turn() {
    let seed = mare_random::seed() as u32;
    let count = number("MARE_SOAK_MINUTES").map_or(SHORT, |minutes| minutes * 60 * RATE);
    let server = MongoDb::start_to_be_killed();
    let topic = Topic::create(kafka(), "soak", 3);
    let flagship = Flagship::between(kafka(), &topic.name, &server.uri());
    let observer = Observer::watch(&flagship);
    let random = Xoshiro256PlusPlus::seed_from_u64(seed.into());
    let mut soak = Soak { flagship, random, seen: 0, kills: [0, 0] };
    let mut lives = [1, 3, 2].into_iter().cycle();
    // On a busy machine the sales of an hour have come before runs enough could be killed.
    for hour in 12..23 {
        let mut sales = produce_flood_of(hour, kafka(), &topic.name, seed, RATE, count);
        while soak.life(lives.next().expect("endless"), &mut sales) {}
        sales.wait().success();
        if soak.kills[0] >= ENOUGH {
            break;
        }
    }
    let Soak { flagship, kills, .. } = soak;
    println!("{kills:?} kills");
    assert!(kills[0] >= ENOUGH, "too few kills to say anything: {kills:?}, seed {seed}");
    let mut run = flagship.spawn(&[&["-w", "3"][..], &OFTEN].concat());
    flagship.wait_until_exact(&mut run);
    run.end_by(Signal::SIGTERM).success();
    flagship.assert_exact(&format!("seed {seed}"));
    flagship.assert_positive();
    assert_accounts(&flagship);
    observer.end();
}
