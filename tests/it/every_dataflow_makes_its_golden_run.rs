//! Each file of `dataflows` makes a golden run: records like its own are made up from a seed, a run over the first of
//! them is killed at a checkpoint, and others go on over more with 1, 3 and 2 workers and as two processes. The
//! documents are those of the naive model, which reads the topic by itself, and the auditor agrees about all that they
//! say.
//!
//! # Layout
//! * [`run`]: the way that each goes
//! * [`golden`]: what the model is told of a dataflow; [`said`]: what a record says, naively
//! * `sales`, `energy`, `sensors`, `daily_sales`, `card_fraud`, `page_sessions`, `product_revenue`: the files, each
//!   once

mod card_fraud;
mod daily_sales;
mod energy;
mod golden;
mod page_sessions;
mod product_revenue;
mod run;
mod said;
mod sales;
mod sensors;

use std::collections::BTreeSet;
use std::path::Path;

use self::golden::Golden;

/// All of them.
const GOLDEN: [&Golden; 7] = [
    &sales::GOLDEN,
    &energy::GOLDEN,
    &sensors::GOLDEN,
    &daily_sales::GOLDEN,
    &card_fraud::GOLDEN,
    &page_sessions::GOLDEN,
    &product_revenue::GOLDEN,
];

#[test]
fn and_none_is_left_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("dataflows");
    let names = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    let there: BTreeSet<String> = names
        .filter(|name| name.ends_with(".toml"))
        .filter_map(|name| Some(name.strip_suffix(".toml")?.to_owned()))
        .collect();
    let files = there.iter().filter(|name| !name.ends_with(".test")).cloned();
    let known: BTreeSet<String> = GOLDEN.iter().map(|golden| golden.file.to_owned()).collect();
    assert_eq!(files.collect::<BTreeSet<_>>(), known, "each dataflow has a golden run");
    let untested = known.iter().filter(|name| !there.contains(&format!("{name}.test")));
    assert_eq!(untested.count(), 0, "each dataflow has tests of its own: {there:?}");
}
