//! Memory of a backfill: with few windows, and with a great many that close while it reads.

use std::process::Child;
use std::time::Duration;

use crate::running::resident_mib;
use crate::support::mare;
use crate::support::topic::Sales;
use crate::{Setup, table};

/// Over how many minutes the event times are spread: an hour, and thirty days. There is a window each minute.
const MINUTES: [u64; 2] = [60, 30 * 24 * 60];
/// Time between two looks at the process.
const INTERVAL: Duration = Duration::from_millis(20);

/// Prints the resident memory of backfills of `count` sales in few and in many windows, in MiB.
pub fn report(setup: &Setup, count: u64) {
    let mut table = table(["backfill into", "after 1/4", "after 1/2", "after 3/4", "at the end", "largest"]);
    for minutes in MINUTES {
        let sales = Sales { count, minutes, compression: "gzip".to_owned() };
        sales.ensure(&setup.brokers);
        let mut command = mare::run(&setup.brokers, &sales.topic(), setup.workers, &["sink.stdout={}".to_owned()]);
        let seen = watch(command.arg("--until-end").spawn().expect("the run starts"));
        let at = |quarter: usize| format!("{:.0} MiB", seen[(seen.len() - 1) * quarter / 4]);
        let largest = format!("{:.0} MiB", seen.iter().copied().fold(0.0, f64::max));
        table.add_row([format!("{minutes} windows"), at(1), at(2), at(3), at(4), largest]);
    }
    println!("{table}");
}

/// The resident memory of a process in MiB, from time to time until it ends.
///
/// # Panics
/// If it fails.
fn watch(mut child: Child) -> Vec<f64> {
    let mut seen = Vec::new();
    let status = loop {
        seen.extend(resident_mib(&child));
        match child.try_wait().expect("the state of the process") {
            Some(status) => break status,
            None => std::thread::sleep(INTERVAL),
        }
    };
    assert!(status.success(), "the run failed: {status}");
    seen
}
