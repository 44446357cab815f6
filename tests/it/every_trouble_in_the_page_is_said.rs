//! `docs/troubleshooting.md` quotes what is printed: words that nothing prints any more fail here, and so does a check
//! of the doctor that it does not name. That what is printed stands in the page is looked at where it is brought about,
//! by [`assert_explained`](crate::support::troubles::assert_explained).

use std::fs;
use std::path::Path;

use crate::support::troubles::{PAGE, assert_explained, code, page, rows};

/// The text of all files below a folder that end so.
fn texts(folder: &Path, ending: &str) -> String {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let text = |path: std::path::PathBuf| match path.is_dir() {
        true => texts(&path, ending),
        false if path.to_string_lossy().ends_with(ending) => fs::read_to_string(&path).expect("a file"),
        false => String::new(),
    };
    entries.map(text).collect()
}

/// Texts in the source as they are printed: in one line, and without what escapes them.
fn printed(source: &str) -> String {
    let mut lines = source.split("\\\n");
    let first = lines.next().unwrap_or_default().to_owned();
    let joined = lines.fold(first, |text, line| text + line.trim_start());
    joined.replace("\\\"", "\"").replace("{{", "{").replace("}}", "}")
}

#[test]
fn by_the_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = printed(&["src", "crates"].map(|folder| texts(&root.join(folder), ".rs")).concat());
    let rows = rows();
    assert!(rows.len() > 70, "{} rows", rows.len());
    for row in rows {
        let missing: Vec<&str> = row.pieces().filter(|piece| !source.contains(piece)).collect();
        assert!(missing.is_empty(), "line {}: nothing prints {missing:?} of `{}`", row.line, row.text);
        assert!(row.pieces().any(|piece| piece.len() >= 8), "line {}: `{}` may be anything", row.line, row.text);
    }
}

/// Which process of a cluster tells of it, and in which words, is a matter of moments: neither may be unexplained.
#[test]
fn and_a_takeover_is_explained_whoever_tells_it() {
    assert_explained("error: another run (generation 2, x, since y) has taken over; this one (generation 1) stops.");
    assert_explained("process 1 | error: another run has taken over, as another process of this cluster has heard");
}

#[test]
fn and_every_check_of_the_doctor_stands_there() {
    let (doctor, troubles) = (page("docs/doctor.md"), page(PAGE));
    let first_cells = doctor.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let checks: Vec<&str> = first_cells.flat_map(code).filter(|text| text.contains('.') || *text == "ports").collect();
    assert!(checks.len() > 40, "{checks:?}");
    let missing: Vec<&&str> = checks.iter().filter(|check| !troubles.contains(&format!("`{check}`"))).collect();
    assert!(missing.is_empty(), "{PAGE} does not name {missing:?}");
}
