//! `mare check`: are these good dataflows? Nothing is connected.
//!
//! # Layout
//! * `mod`: the command; [`problem`]: why a file is refused, for programs
//! * [`example`]: what a dataflow will do with an event (pure)

mod example;
pub(super) mod problem;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::complain::complain;
use super::output::{self, Printed};
use super::set::SetArgs;
use super::{Failure, logging};
use crate::checks::counted;
use crate::cli::sheet::with_commas;
use crate::dataflow::{LoadError, Plan};
use crate::decode::LookupTable;
use crate::rehearsal;
use problem::Mistake;

/// Arguments of `mare check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare check dataflows/black_friday.toml dataflows/energy.toml")]
pub struct Args {
    /// The dataflow files, and files of their tests; each is reported
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    set: SetArgs,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Printed::Table)]
    format: Printed,
}

impl Args {
    /// Checks each file and says so.
    ///
    /// # Errors
    /// Every problem of each file, at its line, with the remedy.
    pub fn run(self) -> Result<(), Failure> {
        let checked: Vec<Checked<'_>> = self.files.iter().map(|file| Checked::of(file, &self.set)).collect();
        let refused = checked.iter().filter(|checked| checked.found.is_err()).count();
        match self.format {
            Printed::Json => output::print_json(&Report::of(&checked)),
            Printed::Table => checked.iter().filter(|_| checked.len() > 1 || refused == 0).for_each(Checked::say),
        }
        match checked.as_slice() {
            _ if refused == 0 => Ok(()),
            [Checked { found: Err(refused), .. }] if self.format == Printed::Table => Err(report(&refused.error)),
            _ => Err(Failure::new(format!("{refused} of {} files refused", checked.len()))),
        }
    }
}

/// A file that was looked at.
struct Checked<'a> {
    file: &'a Path,
    /// Its dataflow, or that of its tests, with how many tests it holds.
    found: Result<(Plan, usize), Refused>,
}

/// Why a file is refused.
struct Refused {
    error: LoadError,
    /// The file that is meant, if it is that of the dataflow whose tests were looked at.
    dataflow: Option<PathBuf>,
}

impl<'a> Checked<'a> {
    fn of(file: &'a Path, set: &SetArgs) -> Self {
        let dataflow = rehearsal::dataflow_of(file);
        let plan = set.load(dataflow.as_deref().unwrap_or(file)).map_err(|error| Refused { error, dataflow });
        let found = plan.and_then(|plan| match rehearsal::load(file, &plan) {
            Ok(tests) => Ok((plan, tests.len())),
            Err(error) => Err(Refused { error, dataflow: None }),
        });
        Checked { file, found }
    }

    /// Says how one of several files is.
    fn say(&self) {
        let file = self.file.display();
        match &self.found {
            Ok((plan, tests)) if rehearsal::dataflow_of(self.file).is_some() => {
                output::print(format_args!("{file}: {} of {}", counted(*tests, "good test"), plan.name));
            }
            Ok((plan, _)) => {
                output::print(format_args!("{file}: {} is a good dataflow", plan.name));
                plan.tables().into_iter().for_each(|table| output::print(format_args!("  {}", rows(table))));
                for view in plan.views() {
                    view.names().for_each(|name| output::print(format_args!("  view {name}")));
                    example::lines(&view).iter().for_each(|line| output::print(format_args!("  {line}")));
                }
            }
            Err(Refused { error, .. }) => say_refused(error),
        }
    }
}

/// How many rows a table has.
fn rows(table: &LookupTable) -> String {
    let rows = table.rows();
    let noun = if rows == 1 { "row" } else { "rows" };
    format!("lookup.{}: {} {noun} of {}", table.name, with_commas(&rows.to_string()), table.path.display())
}

/// Says why one of several files is refused.
pub(super) fn say_refused(error: &LoadError) {
    if logging::is_json() {
        complain(&report(error));
    } else {
        output::tell(format_args!("{}\n", error.render(console::colors_enabled_stderr())));
    }
}

fn report(error: &LoadError) -> Failure {
    Failure::report(error.render(console::colors_enabled_stderr()))
}

/// What is printed for programs; `docs/scripts.md` has it.
#[derive(Debug, Serialize)]
struct Report<'a> {
    refused: usize,
    files: Vec<File<'a>>,
}

#[derive(Debug, Serialize)]
struct File<'a> {
    file: String,
    good: bool,
    /// The name of the dataflow, of a good one.
    name: Option<&'a str>,
    /// The tables in which its events look values up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tables: Vec<Table<'a>>,
    problems: Vec<Mistake>,
}

#[derive(Debug, Serialize)]
struct Table<'a> {
    name: &'a str,
    rows: usize,
}

impl<'a> Report<'a> {
    fn of(checked: &'a [Checked<'_>]) -> Self {
        let files: Vec<File<'_>> = checked.iter().map(File::of).collect();
        Report { refused: files.iter().filter(|file| !file.good).count(), files }
    }
}

impl<'a> File<'a> {
    fn of(checked: &'a Checked<'_>) -> Self {
        let problems = match &checked.found {
            Ok(_) => Vec::new(),
            // Its lines are of the other file.
            Err(Refused { dataflow: Some(dataflow), .. }) => {
                vec![Mistake::without_line(format!("its dataflow, {}, is refused", dataflow.display()))]
            }
            Err(Refused { error, .. }) => Mistake::all(error),
        };
        let plan = checked.found.as_ref().ok().map(|(plan, _)| plan);
        let tables = plan.into_iter().flat_map(Plan::tables);
        File {
            file: checked.file.display().to_string(),
            good: plan.is_some(),
            name: plan.map(|plan| plan.name.as_str()),
            tables: tables.map(|table| Table { name: &table.name, rows: table.rows() }).collect(),
            problems,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::dataflow::fixture::EVENTS;

    fn args(files: Vec<PathBuf>, format: Printed) -> Args {
        Args { files, set: SetArgs::default(), format }
    }

    #[test]
    fn one_bad_file_among_several_is_enough() {
        let folder = tempfile::tempdir().unwrap();
        let [good, bad, wide] = ["good.toml", "bad.toml", "wide.toml"].map(|name| folder.path().join(name));
        std::fs::write(&good, EVENTS).unwrap();
        std::fs::write(&bad, EVENTS.replace("tumbling", "tumblng")).unwrap();
        std::fs::write(&wide, b"\xff\xfen\0").unwrap();
        assert_eq!(args(vec![good.clone(), good.clone()], Printed::Table).run(), Ok(()));
        for format in [Printed::Table, Printed::Json] {
            let refused = args(vec![bad.clone(), good.clone(), wide.clone()], format).run().unwrap_err();
            assert_eq!(refused, Failure::new("2 of 3 files refused"));
        }
        let single = args(vec![bad.clone()], Printed::Table).run().unwrap_err();
        assert!(matches!(&single, Failure::Report(text) if text.contains("did you mean `tumbling`?")), "{single}");

        let set = SetArgs::default();
        let checked = [&good, &bad, &wide].map(|file| Checked::of(file, &set));
        let shape = serde_json::to_value(Report::of(&checked)).unwrap();
        assert_eq!(shape["refused"], 2);
        assert_eq!(
            shape["files"][0],
            json!({ "file": good.display().to_string(), "good": true, "name": "events", "problems": [] })
        );
        let problem = &shape["files"][1]["problems"][0];
        assert_eq!((&problem["line"], &problem["override"]), (&7.into(), &false.into()), "{shape}");
        assert!(shape["files"][2]["problems"][0]["message"].as_str().unwrap().contains("UTF-16LE"), "{shape}");
    }

    #[test]
    fn tables_are_told_with_their_rows() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("good.toml");
        let lookup = "[event.fields]\nsku = \"string\"\n[lookup.products]\nfile = \"products.csv\"\nkey = \"sku\"\n\
                      [event.computed]\nkey = { lookup = \"products\", by = \"sku\", take = \"sku\" }\n";
        std::fs::write(&file, format!("{EVENTS}{lookup}")).unwrap();
        let skus: String = (0..1_234).map(|sku| format!("\n{sku}")).collect();
        std::fs::write(folder.path().join("products.csv"), format!("sku{skus}")).unwrap();
        let set = SetArgs::default();
        let checked = Checked::of(&file, &set);
        let Ok((plan, _)) = &checked.found else { panic!("it is refused") };
        assert!(rows(plan.tables()[0]).starts_with("lookup.products: 1,234 rows of "));
        let shape = serde_json::to_value(Report::of(&[checked])).unwrap();
        assert_eq!(shape["files"][0]["tables"], json!([{ "name": "products", "rows": 1_234 }]));
    }

    #[test]
    fn a_file_of_tests_is_checked_against_its_dataflow() {
        let folder = tempfile::tempdir().unwrap();
        let [flow, tests] = ["flow.toml", "flow.test.toml"].map(|name| folder.path().join(name));
        let test = "[[test]]\nname = \"a\"\nevents = ['{}']\ndocuments = []\n";
        std::fs::write(&tests, test).unwrap();
        std::fs::write(&flow, EVENTS.replace("tumbling", "tumblng")).unwrap();
        let set = SetArgs::default();
        let of_dataflow = serde_json::to_value(Report::of(&[Checked::of(&tests, &set)])).unwrap();
        let problem = &of_dataflow["files"][0]["problems"][0];
        assert_eq!(problem["line"], serde_json::Value::Null, "{of_dataflow}");
        assert!(problem["message"].as_str().unwrap().contains("flow.toml, is refused"), "{of_dataflow}");

        std::fs::write(&flow, EVENTS).unwrap();
        assert!(matches!(Checked::of(&tests, &set).found, Ok((_, 1))));
        std::fs::write(&tests, test.replace("documents", "docments")).unwrap();
        let single = args(vec![tests.clone()], Printed::Table).run().unwrap_err().to_string();
        assert!(single.contains("flow.test.toml:4:1") && single.contains("did you mean `documents`?"), "{single}");

        std::fs::write(&flow, format!("{EVENTS}{}", test.replace("name", "nam"))).unwrap();
        let own = args(vec![flow.clone()], Printed::Table).run().unwrap_err().to_string();
        assert!(own.contains("flow.toml:12:1") && own.contains("unknown key `test.nam`"), "{own}");
    }
}
