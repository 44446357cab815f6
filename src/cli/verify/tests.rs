//! What a verdict says beside its numbers.

use std::collections::BTreeMap;

use super::json::json;
use super::report::sentences;
use crate::dataflow::fixture::documents as fixture;
use crate::extent::Ends;
use crate::position::{Offset, Partition};
use crate::time::EventTime;
use crate::verify::audit::Audited;
use crate::verify::recount::Counts;
use crate::verify::topic::RawSpan;

/// One document that is exact, of a partition of ten offsets.
fn verdict() -> Audited {
    let span = RawSpan { start: 0, end: 10, is_cut: false };
    let counts = Counts { read: 10, counted: 10, ..Counts::default() };
    Audited {
        partitions: BTreeMap::from([(11, (span, counts))]),
        equal: 1,
        open: 0,
        unknown: 0,
        findings: Vec::new(),
        live: None,
        cut: None,
        gone: Vec::new(),
        held: Vec::new(),
        certain: EventTime::MIN,
        warnings: Vec::new(),
    }
}

#[test]
fn what_an_open_transaction_holds_back_is_not_passed_over() {
    let plan = fixture::sales();
    let told = |verdict: &Audited| serde_json::from_str::<serde_json::Value>(&json(&plan, verdict, 1)).expect("JSON");
    assert_eq!(told(&verdict())["partitions"][0]["held_back"], 0);
    let ends = Ends { first: Offset(0), stable: Offset(10), log: Offset(18) };
    let held = Audited { held: ends.held_back(Partition(11)).into_iter().collect(), ..verdict() };
    let said = sentences(&plan, &held);
    assert!(said[0].starts_with("not read: ") && said[0].contains("holds back 8 offsets, from 10 "), "{said:?}");
    assert_eq!(told(&held)["partitions"][0]["held_back"], 8);
    assert!(held.is_exact(), "what nobody can read is no difference");
}
