//! What `docs/expressions.md` says.

use std::path::Path;

use super::value;

/// Each line of a block of SQL comes to what stands behind it.
#[test]
fn the_examples_of_the_page_come_to_what_it_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/expressions.md");
    let page = std::fs::read_to_string(path).expect("a page");
    let (mut is_sql, mut count) = (false, 0);
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(language) => is_sql = language == "sql",
            None if is_sql => {
                let (text, expected) = line.split_once(" -- ").expect("an example and what it comes to");
                assert_eq!(value(text), expected, "{text}");
                count += 1;
            }
            None => {}
        }
    }
    assert!(count > 30, "{count} examples");
}
