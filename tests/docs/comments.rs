//! Comments are as wide as the code: the formatter wraps no comment, so it is looked at here.

use std::fs;
use std::path::Path;

use super::imports::files;

/// The comments of a text that are wider than `width` characters, by their line; examples of code are as wide as they
/// are.
fn wide(text: &str, width: usize) -> Vec<(usize, &str)> {
    let mut is_example = false;
    let is_wide = |(_, line): &(usize, &str)| {
        let Some(comment) = line.trim_start().strip_prefix("//") else {
            is_example = false;
            return false;
        };
        let is_fence = comment.trim_start_matches(['/', '!']).trim_start().starts_with("```");
        is_example ^= is_fence;
        !is_example && line.chars().count() > width
    };
    text.lines().enumerate().filter(is_wide).map(|(at, line)| (at + 1, line)).collect()
}

#[test]
fn no_comment_is_wider_than_the_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings = fs::read_to_string(root.join("rustfmt.toml")).expect("the formatter's settings");
    let width = settings.lines().find_map(|line| line.strip_prefix("max_width = ")?.parse().ok()).expect("a width");
    let mut found = Vec::new();
    for file in ["src", "crates", "tests", "benches", "xtask/src"].iter().flat_map(|folder| files(&root.join(folder))) {
        let text = fs::read_to_string(&file).expect("code");
        let place = file.strip_prefix(root).expect("below it").display().to_string();
        found.extend(wide(&text, width).into_iter().map(|(line, comment)| format!("{place}:{line}: {comment}")));
    }
    assert!(found.is_empty(), "wider than {width}:\n{}", found.join("\n"));
}

#[test]
fn a_wide_comment_is_found_and_an_example_is_not_one() {
    let text = "//! éééé\n//! ```\n//! let example = 1;\n//! ```\n/// too wide\nlet much_wider_than_that;\n    // four";
    assert_eq!(wide(text, 9), [(5, "/// too wide"), (7, "    // four")]);
}
