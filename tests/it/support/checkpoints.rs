//! The checkpoints of a run: what they say of themselves, and their files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::flagship::Flagship;
use super::mare::Mare;
use super::oracle::Counts;

/// So many come that a kill at any moment finds some.
pub const OFTEN: [&str; 2] = ["--set", "checkpoint.every=100ms"];

/// What `mare checkpoint show` says of a partition: the next offset, and what the records before it came to.
pub type Accounts = BTreeMap<i32, (i64, Counts)>;

/// The accounts of the newest checkpoint.
///
/// # Panics
/// If there is none, or `mare checkpoint show` does not say them.
pub fn accounts(flagship: &Flagship) -> Accounts {
    let arguments = flagship.arguments(&[]).into_iter().skip(1);
    let shown = Mare::run(["checkpoint", "show"].map(str::to_owned).into_iter().chain(arguments)).success();
    let lines = shown.stdout.lines().skip_while(|line| !line.trim_start().starts_with("partition "));
    let rows = lines.skip(1).take_while(|line| !line.trim().is_empty());
    let accounts: Accounts = rows.map(row).collect();
    assert!(!accounts.is_empty(), "no partitions in\n{}", shown.output());
    accounts
}

/// `0  1,234  2025-11-28T12:00:00Z  1,234  1,000  0  200  0  34`.
fn row(line: &str) -> (i32, (i64, Counts)) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let number = |index: usize| words[index].replace(',', "").parse::<u64>().expect(line);
    let [read, counted, filtered, late, duplicate, dead] = [3, 4, 5, 6, 7, 8].map(number);
    let counts = Counts { read, counted, filtered, late, duplicate, dead };
    (words[0].parse().expect(line), (number(1) as i64, counts))
}

/// # Panics
/// If the newest checkpoint does not account for each record of the topic as the oracle does.
pub fn assert_accounts(flagship: &Flagship) {
    let oracle = flagship.oracle().partitions();
    let accounts: BTreeMap<i32, Counts> = accounts(flagship).into_iter().map(|(p, (_, counts))| (p, counts)).collect();
    assert_eq!(accounts, oracle, "the accounts of the newest checkpoint are the oracle's");
    for (partition, Counts { read, counted, filtered, late, duplicate, dead }) in accounts {
        assert_eq!(read, counted + filtered + late + duplicate + dead, "partition {partition}");
    }
}

/// The folders of the checkpoints that have a manifest, newest first.
pub fn folders(flagship: &Flagship) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(flagship.checkpoints.path().join("black-friday")) else { return Vec::new() };
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder").path()).collect();
    folders.retain(|folder| folder.join("manifest.json").exists());
    folders.sort_unstable_by(|one, other| other.cmp(one));
    folders
}

/// The largest part in the folder of a checkpoint.
pub fn largest_part(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder).expect("a checkpoint").map(|entry| entry.expect("a file").path());
    let parts = files.filter(|file| !file.ends_with("manifest.json"));
    parts.max_by_key(|part| part.metadata().expect("a file").len()).expect("a part")
}
