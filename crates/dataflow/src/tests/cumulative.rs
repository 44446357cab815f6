//! `[window]` of windows that grow: what it is read as, what is refused, and what of it is part of a shape.

use super::super::Plan;
use super::super::alerts::Condition;
use super::refusals::check;
use super::{GOOD, edited, parsed};
use mare_model::time::{Assigner, Windows};

/// The plan of the good file with windows that grow over a day, and more.
fn plan(rest: &str) -> Plan {
    let window = format!("cumulative = \"1d\"\n{rest}");
    parsed(&edited("tumbling = \"1m\"", &window), &[]).unwrap_or_else(|invalid| panic!("{invalid}"))
}

#[test]
fn a_period_and_a_step_are_read() {
    assert_eq!(plan("every = \"1h\"").view().windows, Windows::cumulative(86_400_000, 3_600_000, 0));
    let windows = plan("every = \"1h\"\noffset = \"3h\"\nlateness = \"1s\"").view().windows;
    let assigner = Assigner::Cumulative { size_ms: 86_400_000, step_ms: 3_600_000, offset_ms: 10_800_000 };
    assert_eq!(windows, Windows { assigner, lateness_ms: 1_000 });
    let most = plan("every = \"86400ms\"").view().windows;
    assert_eq!(most, Windows::cumulative(86_400_000, 86_400, 0), "an event is in a thousand of them");
}

#[test]
fn what_does_not_grow_or_grows_too_often_is_refused() {
    check(&[
        ("tumbling = \"1m\"", "cumulative = \"1d\"", 11, "`window.every` is missing", "`every = \"1h\"`"),
        ("\"1m\"", "\"1m\"\ncumulative = \"9m\"", 13, "both `tumbling` and `cumulative`", "`cumulative` with `every`"),
        (
            "tumbling = \"1m\"",
            "cumulative = \"1d\"\nevery = \"24h\"",
            13,
            "as long as a window",
            "write `tumbling` instead",
        ),
        (
            "tumbling = \"1m\"",
            "cumulative = \"1d\"\nevery = \"2d\"",
            13,
            "times lie between",
            "less than `window.cumulative`",
        ),
        (
            "tumbling = \"1m\"",
            "cumulative = \"1d\"\nevery = \"7h\"",
            13,
            "no multiple of `window.every`: of 86400000 ms, 10800000 are left behind the last whole 25200000 ms",
            "an `every` of which `1d` is a multiple",
        ),
        (
            "tumbling = \"1m\"",
            "cumulative = \"1d\"\nevery = \"1m\"",
            13,
            "in 1440 windows: each 86400000 ms have one that ends every 60000 ms",
            "at most 1000",
        ),
        ("tumbling = \"1m\"", "cumulative = \"1d\"\nevery = \"day\"", 13, "a day of the calendar", "for `tumbling`"),
        (
            "tumbling = \"1m\"",
            "cumulative = \"1d\"\nevery = \"1h\"\nzone = \"America/Sao_Paulo\"",
            14,
            "`cumulative` belong to no zone",
            "write an `offset`",
        ),
        (
            "tumbling = \"1m\"",
            "cumulative = \"1d\"\nevery = \"1h\"\noffset = \"24h\"",
            14,
            "as long as a window or longer",
            "less than `window.cumulative`",
        ),
    ]);
}

#[test]
fn an_override_of_another_kind_replaces_the_files_windows() {
    let windows = |set: &[&str]| parsed(GOOD, set).unwrap_or_else(|invalid| panic!("{invalid}")).view().windows;
    let grow = ["window.cumulative=2m", "window.every=1m"];
    assert_eq!(windows(&grow), Windows::cumulative(120_000, 60_000, 0));
    assert_eq!(windows(&[grow[0], grow[1], "window.hopping=3m"]), Windows::hopping(180_000, 60_000, 0));
    assert_eq!(windows(&[grow[0], grow[1], "window.tumbling=5m"]), Windows::tumbling(300_000, 0));
}

#[test]
fn rules_count_in_steps() {
    let rule = "[alerts]\n[[alerts.rules]]\nname = \"r\"\ntotal = \"revenue\"\n\
                change = { against = \"1d\", above = \"1%\" }";
    let rule = plan(&format!("every = \"1h\"\n{rule}")).alerts.expect("alerts").rules.remove(0);
    assert!(matches!(rule.condition, Condition::Change { against: 24, .. }), "{:?}", rule.condition);
}

/// These stand in checkpoints and databases: what is written here must not change.
#[test]
fn the_shape_names_the_period_and_the_step() {
    let plan = plan("every = \"90m\"\noffset = \"30s\"");
    let shape = plan.shape();
    let of_windows = shape.0.iter().filter(|(key, _)| key.starts_with("window."));
    let lines: Vec<_> = of_windows.map(|(key, value)| format!("{key} {value}")).collect();
    assert_eq!(lines, ["window.cumulative 24h", "window.every 1h 30m", "window.lateness 0s", "window.offset 30s"]);
    assert_eq!(plan.fingerprint(), "356583511c6df55a");
}
