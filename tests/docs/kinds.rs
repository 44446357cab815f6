//! ARCHITECTURE.md says where a new kind goes, and which kinds there are: the files that it names are there, and its
//! kinds are those that are registered.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use clap::CommandFactory;
use mare::sink::registry::SINKS;
use mare::{checkpoint::store, cli::Cli, doctor, metrics};

/// A row of the table: what there are kinds of, and three cells of it.
struct Row<'a> {
    of: &'a str,
    place: &'a str,
    registered: &'a str,
    kinds: &'a str,
}

/// A page of this repository.
pub(super) fn page(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The rows of the table.
fn rows<'a>(page: &'a str) -> Vec<Row<'a>> {
    let (_, table) = page.split_once("| a new | stands in | and is registered by | there are |\n").expect("the table");
    let cells = table.lines().skip(1).map_while(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let row = |line: &'a str| {
        let [of, place, registered, kinds] = line.split(" | ").collect::<Vec<_>>().try_into().expect("four cells");
        Row { of, place, registered, kinds }
    };
    cells.map(row).collect()
}

/// The words of a cell that are code.
fn code(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// What is registered, where the library tells.
fn told(of: &str) -> Option<Vec<String>> {
    let names: Vec<&str> = match of {
        "sink" => SINKS.names().collect(),
        "store of checkpoints" => store::registry::schemes().collect(),
        "command" => {
            return Some(Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect());
        }
        "check of the doctor" => doctor::list::all(SINKS).map(|check| check.name()).collect(),
        "metric" => metrics::list::ALL.iter().map(|metric| metric.name).collect(),
        _ => return None,
    };
    Some(names.into_iter().map(str::to_owned).collect())
}

/// The variants of an enum in the code of a file.
pub(super) fn variants(text: &str, name: &str) -> Vec<String> {
    let Some((_, body)) = text.split_once(&format!("pub enum {name} {{\n")) else { return Vec::new() };
    let lines = body.lines().take_while(|line| *line != "}").filter_map(|line| line.strip_prefix("    "));
    let words = lines.filter_map(|line| line.split(|c: char| !c.is_alphanumeric()).next());
    words.filter(|word| word.starts_with(char::is_uppercase)).map(str::to_owned).collect()
}

/// What is wrong with a row.
fn faults(row: &Row<'_>) -> Vec<String> {
    let &[by, file] = &code(row.registered)[..] else { return vec![format!("{}: registered by what, where?", row.of)] };
    let text = page(file);
    let mut faults = Vec::new();
    if !text.contains(by) {
        faults.push(format!("{}: {file} has no {by}", row.of));
    }
    for place in code(row.place).into_iter().filter(|place| place.contains('/')) {
        let place = place.split('<').next().unwrap_or_default();
        if !Path::new(env!("CARGO_MANIFEST_DIR")).join(place).exists() {
            faults.push(format!("{}: there is no {place}", row.of));
        }
    }
    let registered = told(row.of).unwrap_or_else(|| variants(&text, by));
    if let Some((_, target)) = row.kinds.trim_end_matches(')').split_once("](") {
        let page = page(target);
        let is_left_out = |name: &&String| !page.contains(&format!("`{name}`"));
        faults.extend(registered.iter().filter(is_left_out).map(|name| format!("{}: {target} lacks {name}", row.of)));
    } else {
        let there: BTreeSet<&str> = registered.iter().map(String::as_str).collect();
        let here: BTreeSet<&str> = code(row.kinds).into_iter().collect();
        if there != here {
            faults.push(format!("{}: registered are {there:?}, and the table has {here:?}", row.of));
        }
    }
    faults
}

#[test]
fn the_table_of_kinds_is_what_is_registered() {
    let page = page("ARCHITECTURE.md");
    let rows = rows(&page);
    let found: Vec<String> = rows.iter().flat_map(faults).collect();
    assert!(found.is_empty(), "ARCHITECTURE.md:\n{}", found.join("\n"));
    assert_eq!(
        rows.len(),
        12,
        "sources, sinks, stores, fields, times, totals and summaries, windows, commands, checks, metrics, blocks"
    );
}

#[test]
fn a_row_that_is_not_true_is_noticed() {
    let wrong = |place, registered, kinds| faults(&Row { of: "total", place, registered, kinds });
    let (place, registered) = ("`crates/verify/src/event.rs`", "`Enum` in `tests/docs/kinds.rs`");
    let file = "pub enum Enum {\n    /// A doc.\n    First(usize),\n    Second {\n        /// Inner.\n        Inner: u8,\n    },\n}\n";
    assert_eq!(variants(file, "Enum"), ["First", "Second"]);
    assert_eq!(
        wrong("`src/no/<kind>`", "`Enum` in `src/lib.rs`", "")[..],
        ["total: src/lib.rs has no Enum", "total: there is no src/no/"]
    );
    assert_eq!(wrong(place, registered, "`First`").len(), 1);
    assert_eq!(wrong(place, "`src/lib.rs`", "`First`"), ["total: registered by what, where?"]);
}
