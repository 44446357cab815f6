//! `[window]` of windows that overlap: what it is read as, what is refused, and what of it is part of a shape.

use super::super::Plan;
use super::super::alerts::Condition;
use super::refusals::check;
use super::{GOOD, edited, parsed};
use mare_model::time::{Assigner, Windows};

/// The plan of the good file with windows of ten minutes, and more.
fn plan(rest: &str) -> Plan {
    let window = format!("hopping = \"10m\"\n{rest}");
    parsed(&edited("tumbling = \"1m\"", &window), &[]).unwrap_or_else(|invalid| panic!("{invalid}"))
}

#[test]
fn a_length_and_a_step_are_read() {
    assert_eq!(plan("every = \"1m\"").view().windows, Windows::hopping(600_000, 60_000, 0));
    let windows = plan("every = \"4m\"\noffset = \"3m\"\nlateness = \"1s\"").view().windows;
    let assigner = Assigner::Hopping { size_ms: 600_000, step_ms: 240_000, offset_ms: 180_000 };
    assert_eq!(windows, Windows { assigner, lateness_ms: 1_000 });
    let most = plan("every = \"600ms\"").view().windows;
    assert_eq!(most, Windows::hopping(600_000, 600, 0), "an event is in a thousand of them");
}

#[test]
fn what_does_not_overlap_or_overlaps_too_often_is_refused() {
    check(&[
        ("tumbling = \"1m\"", "hopping = \"1m\"", 11, "`window.every` is missing", "`every = \"1m\"`"),
        (
            "tumbling = \"1m\"",
            "every = \"1m\"",
            11,
            "`window.tumbling` is missing",
            "or `hopping = \"10m\"` and `every",
        ),
        ("\"1m\"", "\"1m\"\nevery = \"1m\"", 13, "begin where the one before ends", "write `hopping` instead"),
        ("\"1m\"", "\"1m\"\nhopping = \"9m\"", 13, "both `tumbling` and `hopping`", "`hopping` with `every`"),
        (
            "tumbling = \"1m\"",
            "hopping = \"9m\"\nevery = \"540s\"",
            13,
            "as long as a window",
            "write `tumbling` instead",
        ),
        (
            "tumbling = \"1m\"",
            "hopping = \"9m\"\nevery = \"10m\"",
            13,
            "times lie between",
            "less than `window.hopping`",
        ),
        (
            "tumbling = \"1m\"",
            "hopping = \"10m\"\nevery = \"599ms\"",
            13,
            "in 1002 windows: 600000 ms long, every 599 ms",
            "at most 1000",
        ),
        ("tumbling = \"1m\"", "hopping = \"week\"\nevery = \"1d\"", 12, "a week of the calendar", "for `tumbling`"),
        ("tumbling = \"1m\"", "hopping = \"10d\"\nevery = \"day\"", 13, "a day of the calendar", "for `tumbling`"),
        (
            "tumbling = \"1m\"",
            "hopping = \"2d\"\nevery = \"1d\"\nzone = \"UTC\"",
            14,
            "belong to no zone",
            "remove `zone`, or write `tumbling`",
        ),
        (
            "tumbling = \"1m\"",
            "hopping = \"9m\"\nevery = \"1m\"\noffset = \"1m\"",
            14,
            "as long as a step or longer",
            "less than `window.every`",
        ),
    ]);
}

#[test]
fn an_override_of_another_kind_replaces_the_files_windows() {
    let windows = |set: &[&str]| parsed(GOOD, set).unwrap_or_else(|invalid| panic!("{invalid}")).view().windows;
    let hops = ["window.hopping=2m", "window.every=1m"];
    assert_eq!(windows(&hops), Windows::hopping(120_000, 60_000, 0));
    assert_eq!(windows(&[hops[1], hops[0]]), windows(&hops));
    assert_eq!(windows(&[hops[0], hops[1], "window.tumbling=5m"]), Windows::tumbling(300_000, 0));
}

#[test]
fn rules_count_in_steps() {
    let rule = |condition: &str| {
        let rule = format!("[alerts]\n[[alerts.rules]]\nname = \"r\"\ntotal = \"revenue\"\n{condition}");
        let rule = plan(&format!("every = \"1m\"\n{rule}")).alerts.expect("alerts").rules.remove(0);
        (rule.condition, rule.windows_held)
    };
    assert_eq!(rule("below = 1\nfor = \"5m\"\ncooldown = \"2m\"").1, 5);
    let against = |text: &str| match rule(&format!("change = {{ against = \"{text}\", above = \"1%\" }}")).0 {
        Condition::Change { against, .. } => against,
        other => panic!("{other:?}"),
    };
    assert_eq!([against("previous"), against("10m")], [1, 10]);
}

/// These stand in checkpoints and databases: what is written here must not change.
#[test]
fn the_shape_names_the_length_and_the_step() {
    let plan = plan("every = \"90s\"\noffset = \"30s\"");
    let shape = plan.shape();
    let of_windows = shape.0.iter().filter(|(key, _)| key.starts_with("window."));
    let lines: Vec<_> = of_windows.map(|(key, value)| format!("{key} {value}")).collect();
    assert_eq!(lines, ["window.every 1m 30s", "window.hopping 10m", "window.lateness 0s", "window.offset 30s"]);
    assert_eq!(plan.fingerprint(), "f56460f41f153833");
}
