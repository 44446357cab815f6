//! `docs/troubleshooting.md`: what it says is printed, against what is.

use std::fs;
use std::path::Path;

/// The page.
pub const PAGE: &str = "docs/troubleshooting.md";
/// Stands for whatever differs from one time to the next.
const GAP: char = '…';

/// Words that are printed somewhere, as the page has them.
#[derive(Debug)]
pub struct Row {
    /// Where in the page, from 1 on.
    pub line: usize,
    /// The words, with gaps.
    pub text: String,
}

impl Row {
    /// What stands between its gaps.
    pub fn pieces(&self) -> impl Iterator<Item = &str> {
        self.text.split(GAP).filter(|piece| !piece.trim().is_empty())
    }

    /// Whether these words are its own.
    fn is_in(&self, printed: &str) -> bool {
        let rest = self.pieces().try_fold(printed, |rest, piece| Some(&rest[rest.find(piece)? + piece.len()..]));
        rest.is_some()
    }
}

/// The text of a page.
pub fn page(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a page")
}

/// All of them: the first cells of tables of what is `printed`, and whatever else the page has in code with a gap in
/// it.
pub fn rows() -> Vec<Row> {
    let (mut rows, mut is_printed) = (Vec::new(), false);
    for (at, line) in page(PAGE).lines().enumerate() {
        is_printed = line.starts_with("| printed ") || is_printed && line.starts_with('|');
        let first = code(line.split(" | ").next().unwrap_or_default()).filter(|text| is_printed && text.contains(' '));
        let with_gap = code(line).filter(|text| {
            text.contains(GAP) && text.contains(' ') && !["mare ", "--"].iter().any(|start| text.starts_with(start))
        });
        let mut texts: Vec<&str> = first.chain(with_gap).collect();
        texts.dedup();
        rows.extend(texts.into_iter().map(|text| Row { line: at + 1, text: text.to_owned() }));
    }
    rows
}

/// What stands in code.
pub fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// # Panics
/// Unless a row explains a line of this, which is one of its failures if it has any.
pub fn assert_explained(output: &str) {
    let all: Vec<&str> = output.lines().filter(|line| !line.trim().is_empty()).collect();
    // A failure, and the remedy in the next line.
    let failures: Vec<&str> = all
        .iter()
        .zip(all.iter().skip(1).chain([&""]))
        .filter(|(line, _)| line.contains("error: "))
        .flat_map(|(line, next)| [*line, *next])
        .collect();
    let lines = if failures.is_empty() { all } else { failures };
    let rows = rows();
    let explained = lines.iter().any(|line| rows.iter().any(|row| row.is_in(line)));
    assert!(explained, "{PAGE} explains none of:\n{}", lines.join("\n"));
}
