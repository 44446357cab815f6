//! Plans for the tests of checks.

use mare_dataflow::fixture::parse;
use mare_dataflow::{Overrides, Plan};

/// The flagship, whose checkpoints are where nobody has put any.
pub(super) fn plan() -> Plan {
    plan_at(".no-checkpoints-here")
}

/// The flagship with its checkpoints at `path`.
pub(super) fn plan_at(path: &str) -> Plan {
    let text = include_str!("../../../dataflows/black_friday.toml");
    let set = format!("checkpoint.path={path}");
    parse(text, "black_friday.toml", &Overrides::new([&set]), &|_| None).expect("a good dataflow")
}
