//! `[window]` of sessions: what it is read as, what is refused, and what of it is part of a shape.

use super::super::Plan;
use super::refusals::check;
use super::{GOOD, edited, parsed};
use mare_model::time::Windows;

/// The plan of the good file with sessions, and more.
fn plan(rest: &str) -> Plan {
    let window = format!("session = \"30m\"\n{rest}");
    parsed(&edited("tumbling = \"1m\"", &window), &[]).unwrap_or_else(|invalid| panic!("{invalid}"))
}

#[test]
fn a_gap_is_read() {
    assert_eq!(plan("").view().windows, Windows::sessions(1_800_000, 0));
    let plan = plan("lateness = \"5m\"\nfinal = \"done\"");
    assert_eq!(plan.view().windows, Windows::sessions(1_800_000, 300_000));
    assert!(plan.view().has_finals() && plan.view().window_names.is_final.is_some());
}

#[test]
fn what_says_where_windows_begin_is_refused() {
    check(&[
        (
            "tumbling = \"1m\"",
            "session = \"9m\"\nevery = \"1m\"",
            13,
            "not `every` so often",
            "write `tumbling` instead",
        ),
        ("tumbling = \"1m\"", "session = \"9m\"\noffset = \"1m\"", 13, "no `offset` moves them", "remove `offset`"),
        ("tumbling = \"1m\"", "session = \"9m\"\nzone = \"UTC\"", 13, "belong to no zone", "remove `zone`"),
        ("tumbling = \"1m\"", "session = \"day\"", 12, "is no duration", "`1h`"),
        ("tumbling = \"1m\"", "session = \"0s\"", 12, "`window.session`", "1ms"),
        ("\"1m\"", "\"1m\"\nsession = \"9m\"", 13, "both `tumbling` and `session`", "`session` for"),
        ("tumbling = \"1m\"", "none = true\nsession = \"1m\"", 13, "unknown key `window.session`", "`none`"),
        (
            "tumbling = \"1m\"",
            "session = \"9m\"\n[alerts]\n[[alerts.rules]]\nname = \"r\"\ntotal = \"revenue\"\nabove = 1",
            14,
            "a session that began long ago becomes final behind later ones",
            "`tumbling = \"1h\"`",
        ),
    ]);
}

#[test]
fn an_override_of_another_kind_replaces_the_files_windows() {
    let windows = |set: &[&str]| parsed(GOOD, set).unwrap_or_else(|invalid| panic!("{invalid}")).view().windows;
    assert_eq!(windows(&["window.session=10m"]), Windows::sessions(600_000, 0));
    assert_eq!(windows(&["window.session=10m", "window.tumbling=5m"]), Windows::tumbling(300_000, 0));
    assert_eq!(windows(&["window.session=10m", "window.none=true"]), Windows::global());
    let grow = ["window.cumulative=2m", "window.every=1m", "window.session=10m"];
    assert_eq!(windows(&grow), Windows::sessions(600_000, 0));
}

/// These stand in checkpoints and databases: what is written here must not change.
#[test]
fn the_shape_names_the_gap() {
    let plan = plan("lateness = \"90s\"");
    let shape = plan.shape();
    let of_windows = shape.0.iter().filter(|(key, _)| key.starts_with("window."));
    let lines: Vec<_> = of_windows.map(|(key, value)| format!("{key} {value}")).collect();
    assert_eq!(lines, ["window.lateness 1m 30s", "window.session 30m"]);
    assert_eq!(plan.fingerprint(), "7ecd6d6bec51edab");
}
