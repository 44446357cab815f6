//! What the user sees.

use super::{GOOD, edited, parsed};

#[test]
fn a_diagnostic_marks_the_line_and_gives_the_remedy() {
    let invalid = parsed(&edited("sum(price)", "sum(prise)"), &["window.latness=2m"]).unwrap_err();
    let expected = r#"error: `prise` is not declared in `[event.fields]`
  --> test.toml:15:11
   |
15 | revenue = "sum(prise)"
   |           ^^^^^^^^^^^^
   |
   = help: did you mean `price`?

error: unknown key `window.latness`
 --> command line:1:14
  |
1 | --set window.latness=2m
  |              ^^^^^^^
  |
  = help: did you mean `lateness`?"#;
    assert_eq!(invalid.render(false), expected);
    assert_eq!(invalid.to_string(), expected);
    assert!(invalid.render(true).contains("\u{1b}["));
}

#[test]
fn a_marked_line_shows_no_password() {
    for text in [edited("\"mongodb://root", "\"mongo://root"), edited("\"mongodb://root", "mongodb://root")] {
        let shown = parsed(&text, &[]).unwrap_err().to_string();
        assert!(shown.contains("://root:*******@localhost") && !shown.contains("hunter2"), "{shown}");
    }
    let shown = format!("{:?}", parsed(GOOD, &["sink.mongodb.uri=http://u:hunter2@h"]).unwrap_err());
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn all_problems_are_reported_in_the_order_of_the_file() {
    let text =
        "nme = \"x\"\n[source.kafka]\ntopic = 7\n[event]\ntime = \"\"\n[window]\ntumbling = \"0s\"\n[totals]\n[sink]\n";
    let invalid = parsed(text, &[]).unwrap_err();
    let lines: Vec<_> = invalid.problems().iter().map(|problem| problem.line()).collect();
    assert_eq!(lines, [1, 1, 2, 3, 5, 7, 8, 9], "{invalid}");
}
