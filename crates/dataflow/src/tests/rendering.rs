//! What the user sees.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{GOOD, edited, parsed};

/// Signs that mean something somewhere in a file.
const SIGNS: [&str; 20] =
    ["\"", "'", "[", "]", "{", "}", "=", ".", ",", "\n", "\r\n", "$", "${", "#", "@", "://", ":", "ç", "\0", "\"\"\""];

/// The good file with a few signs put in or bytes taken out at random.
fn broken(random: &mut StdRng) -> String {
    let mut characters: Vec<String> = GOOD.chars().map(String::from).collect();
    for _ in 0..random.random_range(1..=4) {
        let at = random.random_range(0..characters.len());
        let sign = SIGNS[random.random_range(0..SIGNS.len())].to_owned();
        match random.random_range(0..3) {
            0 => characters[at] = sign,
            1 => characters.insert(at, sign),
            _ => drop(characters.remove(at)),
        }
    }
    characters.concat()
}

/// Whether `text` is a plan. If not, its problems have all that they should have.
fn is_plan(text: &str) -> bool {
    let Err(invalid) = parsed(text, &[]) else { return true };
    let lines = text.lines().count();
    assert!(!invalid.problems().is_empty(), "refused without a problem");
    for problem in invalid.problems() {
        assert!((1..=lines + 1).contains(&problem.line()), "line {} of {lines}", problem.line());
        assert!(!problem.remedy().is_empty(), "{}", problem.message());
    }
    let shown = invalid.render(false);
    assert_eq!(shown.matches("= help: ").count(), invalid.problems().len(), "{shown}");
    false
}

#[test]
fn whatever_the_text_every_problem_has_its_line_and_remedy() {
    for seed in mare_random::seeds(3_000) {
        is_plan(&broken(&mut StdRng::seed_from_u64(seed)));
    }
}

#[test]
fn any_bytes_are_a_plan_or_problems() {
    mare_random::fuzz("dataflows", 1_000, |input| is_plan(&String::from_utf8_lossy(input)));
}

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
