//! `[window]` of a dataflow without windows: what it is read as, what is refused, and what of it is part of a shape.

use super::refusals::check;
use super::{GOOD, edited, parsed};
use mare_model::time::Windows;

#[test]
fn there_may_be_no_windows() {
    let plan = parsed(&edited("tumbling = \"1m\"", "none = true"), &[]).unwrap_or_else(|invalid| panic!("{invalid}"));
    assert_eq!(plan.view().windows, Windows::global());
    let layout = plan.layout();
    let names: Vec<_> = layout.fields().iter().map(|field| &*field.name).collect();
    assert!(
        layout.order().is_none() && !names.contains(&"window_start") && !names.contains(&"window_end"),
        "{names:?}"
    );
}

#[test]
fn what_says_something_of_windows_is_refused() {
    let rule = "none = true\n[alerts]\n[[alerts.rules]]\nname = \"r\"\ntotal = \"revenue\"\nabove = 1";
    check(&[
        ("tumbling = \"1m\"", "none = false", 12, "`window.none` is false", "`none = true`"),
        ("tumbling = \"1m\"", "none = \"yes\"", 12, "must be a boolean", "none = true"),
        ("\"1m\"", "\"1m\"\nnone = true", 12, "unknown key `window.tumbling`", "the only one here is `none`"),
        ("tumbling = \"1m\"", "none = true\nlateness = \"1m\"", 13, "unknown key `window.lateness`", "`none`"),
        ("tumbling = \"1m\"", "none = true\nfinal = \"done\"", 13, "unknown key `window.final`", "`none`"),
        ("tumbling = \"1m\"", rule, 14, "without windows nothing does", "`tumbling = \"1h\"`"),
    ]);
}

#[test]
fn an_override_of_another_kind_replaces_the_files_windows() {
    let windows = |set: &[&str]| parsed(GOOD, set).unwrap_or_else(|invalid| panic!("{invalid}")).view().windows;
    assert_eq!(windows(&["window.none=true"]), Windows::global());
    assert_eq!(windows(&["window.lateness=2m", "window.none=true"]), Windows::global());
    assert_eq!(windows(&["window.none=true", "window.tumbling=5m"]), Windows::tumbling(300_000, 0));
}

/// These stand in checkpoints and databases: what is written here must not change.
#[test]
fn the_shape_says_that_there_are_none() {
    let plan = parsed(GOOD, &["window.none=true"]).unwrap_or_else(|invalid| panic!("{invalid}"));
    let shape = plan.shape();
    let of_windows = shape.0.iter().filter(|(key, _)| key.starts_with("window."));
    let lines: Vec<_> = of_windows.map(|(key, value)| format!("{key} {value}")).collect();
    assert_eq!(lines, ["window.lateness 0s", "window.none true"]);
    assert_eq!(plan.fingerprint(), "d1dbb6a04eba7566");
}
