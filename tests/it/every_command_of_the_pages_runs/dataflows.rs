//! Blocks of TOML: a whole dataflow is checked, a fragment is laid over the flagship, tests are run over the whole
//! dataflow above them in their page, or else the flagship; blocks of JSON are JSON. Tables of lookups are blocks of
//! CSV of the same page.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::page::{Block, Page, Part, Wish};
use crate::support::mare::{Finished, Mare};

/// The dataflow that fragments belong to, if nobody says otherwise.
const FLAGSHIP: &str = "dataflows/black_friday.toml";

/// What a fragment of this table needs beside it.
const NEEDED: [(&str, &str); 1] =
    [("alerts", r#"alerts.rules=[{ name = "any", total = "volume_vendas", above = 1 }]"#)];

/// What is wrong with the blocks of a page.
pub fn failures(page: &Page) -> Vec<String> {
    let blocks = page.parts.iter().filter_map(|part| if let Part::Block(block) = part { Some(block) } else { None });
    let tables: Vec<String> =
        blocks.clone().filter(|block| block.language == "csv").map(|block| block.text() + "\n").collect();
    let mut above = None;
    let judged = blocks
        .filter(|block| block.wish != Wish::NotRun)
        .filter_map(|block| judge(block, &mut above, &tables).err().map(|why| (block, why)));
    judged.map(|(block, why)| format!("{}:{}: {why}", page.path, block.line())).collect()
}

/// Judges a block; `above` is the whole dataflow that the page has above it, if there is one.
fn judge(block: &Block, above: &mut Option<String>, tables: &[String]) -> Result<(), String> {
    let text = with_variables(&block.text());
    match block.language.as_str() {
        "toml" => {
            let table: toml::Table = text.parse().map_err(|error| format!("no TOML: {error}"))?;
            if table.contains_key("test") {
                tests(block, above.as_deref(), (&text, tables))
            } else if table.contains_key("source") && table.contains_key("totals") {
                *above = Some(text.clone());
                whole(&text, tables)
            } else {
                fragment(block, &table)
            }
        }
        "json" if !text.contains('…') => {
            let mut values = serde_json::Deserializer::from_str(&text).into_iter::<serde_json::Value>();
            values.try_for_each(|value| value.map(drop).map_err(|error| format!("no JSON: {error}")))
        }
        _ => Ok(()),
    }
}

/// The text as it is where every variable is set that it wants to be.
fn with_variables(text: &str) -> String {
    let mut pieces = text.split("${");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| match piece.split_once('}') {
        Some((name, rest)) if !name.contains(":-") => {
            let value = if name.ends_with("KEY") { "0123456789abcdef" } else { "https://example.com/hook" };
            format!("{text}${{{name}:-{value}}}{rest}")
        }
        _ => format!("{text}${{{piece}"),
    })
}

fn whole(text: &str, tables: &[String]) -> Result<(), String> {
    let folder = folder(text, tables);
    check(&folder.path().join(FILE).display().to_string(), &[])
}

/// The name of a dataflow's file in a folder of its own.
const FILE: &str = "dataflow.toml";

/// A folder with a dataflow, and beside it the tables that it names, in their order.
fn folder(text: &str, tables: &[String]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(FILE), text).expect("written");
    let dataflow: toml::Table = text.parse().unwrap_or_default();
    let lookups = dataflow.get("lookup").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values);
    let files = lookups.filter_map(|lookup| lookup.get("file")?.as_str());
    for (file, table) in files.zip(tables) {
        fs::write(folder.path().join(file), table).expect("written");
    }
    folder
}

/// Tests are run, as if they stood at the end of the dataflow that they belong to.
fn tests(block: &Block, above: Option<&str>, (text, tables): (&str, &[String])) -> Result<(), String> {
    let named = || fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(over(block))).expect("a dataflow");
    let dataflow = above.filter(|_| !matches!(block.wish, Wish::Over(_))).map_or_else(named, str::to_owned);
    let folder = folder(&(dataflow + text), tables);
    done(Mare::run(["test", &folder.path().join(FILE).display().to_string()]))
}

/// The dataflow that a fragment belongs to.
fn over(block: &Block) -> &str {
    if let Wish::Over(file) = &block.wish { file } else { FLAGSHIP }
}

fn fragment(block: &Block, table: &toml::Table) -> Result<(), String> {
    let mut set = Vec::new();
    leaves("", table, &mut set);
    for (name, needed) in NEEDED.iter().filter(|(name, _)| table.contains_key(*name)) {
        let is_there = set.iter().any(|pair| needed.starts_with(pair.split('=').next().unwrap_or(name)));
        set.extend((!is_there).then(|| (*needed).to_owned()));
    }
    check(over(block), &set)
}

/// Each value of a fragment as what stands behind `--set`.
fn leaves(above: &str, table: &toml::Table, set: &mut Vec<String>) {
    for (key, value) in table {
        let is_plain = key.bytes().all(|byte| byte == b'_' || byte == b'-' || byte.is_ascii_alphanumeric());
        let key = if is_plain { key.clone() } else { format!("\"{key}\"") };
        let path = if above.is_empty() { key } else { format!("{above}.{key}") };
        match value {
            toml::Value::Table(below) if !below.is_empty() => leaves(&path, below, set),
            value => set.push(format!("{path}={value}")),
        }
    }
}

fn check(file: &str, set: &[String]) -> Result<(), String> {
    let set = set.iter().flat_map(|pair| ["--set", pair.as_str()]);
    done(Mare::run(["check", file].into_iter().chain(set)))
}

fn done(finished: Finished) -> Result<(), String> {
    if finished.status.success() { Ok(()) } else { Err(finished.output()) }
}
