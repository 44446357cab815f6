//! The guided pages, `docs/guide`: what they say goes in and comes out is what the engine makes of it, and there is a
//! page for each kind of window and each total.
//!
//! In a page the dataflow is a block of TOML, and the blocks of tests below it are about that one. A block of CSV is
//! the table that the text in front of it names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use mare::dataflow::{self, Overrides, Plan};
use mare::rehearsal;

use super::kinds;

/// A guided page.
struct Guide {
    name: String,
    text: String,
}

/// All of them.
fn guides() -> Vec<Guide> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide");
    let files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let read = |path: &Path| fs::read_to_string(path).expect("a page");
    let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    files.map(|path| Guide { name: name(&path), text: read(&path) }).collect()
}

impl Guide {
    /// Its blocks of TOML.
    fn blocks(&self) -> Vec<&str> {
        let fenced = self.text.split("```toml\n").skip(1);
        fenced.map(|rest| rest.split("```").next().unwrap_or_default()).collect()
    }

    /// The tables, each with the name of its file.
    fn tables(&self) -> Vec<(&str, &str)> {
        let mut parts = self.text.split("```csv\n");
        let mut before = parts.next().unwrap_or_default();
        let mut tables = Vec::new();
        for part in parts {
            let name = before.split('`').rfind(|word| word.ends_with(".csv")).unwrap_or("unnamed.csv");
            let (table, behind) = part.split_once("```").unwrap_or((part, ""));
            tables.push((name, table));
            before = behind;
        }
        tables
    }

    /// The plan of one of its dataflows, which stands in a folder with its tables.
    fn plan(&self, text: &str) -> Result<Plan, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join(format!("{}.toml", self.name));
        let write = |path: &Path, text: &str| fs::write(path, text).expect("a file");
        write(&file, text);
        self.tables().iter().for_each(|(name, table)| write(&folder.path().join(name), table));
        dataflow::load(&file, &Overrides::default(), &|_| None).map_err(|error| error.to_string())
    }

    /// The dataflows, each with the blocks of its tests.
    fn examples(&self) -> Vec<(&str, Vec<&str>)> {
        let mut examples: Vec<(&str, Vec<&str>)> = Vec::new();
        for block in self.blocks() {
            match examples.last_mut() {
                Some((_, tests)) if block.contains("[[test]]") => tests.push(block),
                _ => examples.push((block, Vec::new())),
            }
        }
        examples
    }

    /// What does not hold in it.
    fn faults(&self) -> Vec<String> {
        let mut faults: Vec<String> = self.rule().err().into_iter().collect();
        for (text, tests) in self.examples() {
            match self.plan(text) {
                Ok(plan) => faults.extend(untrue(&self.name, &Arc::new(plan), &tests)),
                Err(invalid) => faults.push(invalid),
            }
            if tests.is_empty() {
                faults.push("a dataflow without a test".to_owned());
            }
        }
        faults.into_iter().map(|fault| format!("docs/guide/{}.md: {fault}", self.name)).collect()
    }

    /// The rule, in one sentence of one line.
    fn rule(&self) -> Result<&str, String> {
        let rules: Vec<&str> = self.text.lines().filter_map(|line| line.strip_prefix("**The rule**: ")).collect();
        let [rule] = rules[..] else { return Err(format!("it has {} lines `**The rule**: …`", rules.len())) };
        let sentence = rule.strip_suffix('.').filter(|sentence| !sentence.contains(". "));
        sentence.ok_or_else(|| format!("its rule is not one sentence: {rule}"))
    }
}

/// What of these tests is not so.
fn untrue(name: &str, plan: &Arc<Plan>, tests: &[&str]) -> Vec<String> {
    let mut untrue = Vec::new();
    for text in tests {
        match rehearsal::parse(text, name, true, plan) {
            Ok(tests) => {
                for test in tests {
                    let came = rehearsal::rehearse(plan, &test).expect("a run in memory");
                    untrue.extend(came.deviations.iter().map(|found| format!("`{}`: {found:?}", test.name)));
                }
            }
            Err(invalid) => untrue.push(invalid.to_string()),
        }
    }
    untrue
}

#[test]
fn what_goes_in_and_comes_out_is_what_the_engine_makes_of_it() {
    let guides = guides();
    assert!(guides.len() >= 10, "{} pages", guides.len());
    let faults: Vec<String> = guides.iter().flat_map(Guide::faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_page_that_is_not_true_is_noticed() {
    let good = guides().into_iter().find(|guide| guide.name == "tumbling").expect("a page");
    let faults = |from: &str, to: &str| {
        assert!(good.text.contains(from), "{from}");
        Guide { name: good.name.clone(), text: good.text.replacen(from, to, 1) }.faults()
    };
    for (from, to, words) in [
        ("visits = 2 }", "visits = 3 }", "visits"),
        ("\nlate = 1\n", "\n", "late"),
        ("tumbling = \"1h\"", "tumbling = \"2h\"", "Missing"),
        ("visits = \"count()\"", "visits = \"cuont()\"", "cuont"),
        ("**The rule**", "The rule", "0 lines"),
        ("its end.", "its end. And so on.", "one sentence"),
        ("[[test]]", "[[tset]]", "without a test"),
    ] {
        let found = faults(from, to);
        assert!(found.iter().any(|fault| fault.contains(words)), "{from} -> {to}: {found:?}");
    }
}

#[test]
fn there_is_a_page_for_each_kind_of_window() {
    let pages: BTreeSet<String> = guides().into_iter().map(|guide| guide.name).collect();
    let kinds = kinds::variants(&kinds::page("crates/model/src/time/window.rs"), "Assigner");
    assert!(kinds.contains(&"Hopping".to_owned()), "{kinds:?}");
    let missing: Vec<_> = kinds.iter().filter(|kind| !pages.contains(&kind.to_lowercase())).collect();
    assert!(missing.is_empty(), "docs/guide has no page for {missing:?}");
}

#[test]
fn every_total_is_in_a_page_and_in_the_reference() {
    let code = kinds::page("crates/dataflow/src/check/totals.rs");
    let (_, table) = code.split_once("const FUNCTIONS").expect("the table of functions");
    let rows = table.lines().skip(1).map_while(|line| line.trim().strip_prefix("(\""));
    let functions: Vec<&str> = rows.filter_map(|row| row.split('"').next()).collect();
    assert!(functions.len() >= 13, "{functions:?}");
    let guides = guides();
    let is_shown = |function: &&&str| {
        let call = format!("= \"{function}(");
        guides.iter().flat_map(Guide::examples).any(|(dataflow, _)| dataflow.contains(&call))
    };
    let missing: Vec<_> = functions.iter().filter(|function| !is_shown(function)).collect();
    assert!(missing.is_empty(), "no dataflow of docs/guide has {missing:?}");
    let reference = kinds::page("docs/format.md");
    let (_, totals) = reference.split_once("\n# Totals\n").expect("the totals");
    let totals = totals.split("\n# ").next().unwrap_or_default();
    let is_named = |function: &&&str| ["`", "("].iter().any(|end| totals.contains(&format!("`{function}{end}")));
    let unnamed: Vec<_> = functions.iter().filter(|function| !is_named(function)).collect();
    assert!(unnamed.is_empty(), "docs/format.md does not name {unnamed:?}");
}
