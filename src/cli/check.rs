//! `mare check`: are these good dataflows? Nothing is connected.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::complain::complain;
use super::output::{self, Printed};
use super::set::SetArgs;
use super::sheet::with_commas;
use super::{Failure, logging};
use crate::dataflow::{LoadError, Plan, Problem};
use crate::decode::LookupTable;

/// Arguments of `mare check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare check dataflows/black_friday.toml dataflows/energy.toml")]
pub struct Args {
    /// The dataflow files; each is reported
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
        let checked = self.files.iter().map(|file| (file.as_path(), self.set.load(file)));
        let checked: Vec<(&Path, Result<Plan, LoadError>)> = checked.collect();
        let refused = checked.iter().filter(|(_, plan)| plan.is_err()).count();
        match self.format {
            Printed::Json => output::print_json(&Report::of(&checked)),
            Printed::Table => checked.iter().filter(|_| checked.len() > 1 || refused == 0).for_each(say),
        }
        match checked.as_slice() {
            _ if refused == 0 => Ok(()),
            [(_, Err(error))] if self.format == Printed::Table => Err(report(error)),
            _ => Err(Failure::new(format!("{refused} of {} files refused", checked.len()))),
        }
    }
}

/// Says how one of several files is.
fn say((file, plan): &(&Path, Result<Plan, LoadError>)) {
    match plan {
        Ok(plan) => {
            output::print(format_args!("{}: {} is a good dataflow", file.display(), plan.name));
            plan.tables().into_iter().for_each(|table| output::print(format_args!("  {}", rows(table))));
        }
        Err(error) if logging::is_json() => complain(&report(error)),
        Err(error) => output::tell(format_args!("{}\n", error.render(console::colors_enabled_stderr()))),
    }
}

/// How many rows a table has.
fn rows(table: &LookupTable) -> String {
    let rows = table.rows();
    let noun = if rows == 1 { "row" } else { "rows" };
    format!("lookup.{}: {} {noun} of {}", table.name, with_commas(&rows.to_string()), table.path.display())
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
    problems: Vec<Mistake<'a>>,
}

#[derive(Debug, Serialize)]
struct Table<'a> {
    name: &'a str,
    rows: usize,
}

#[derive(Debug, Serialize)]
struct Mistake<'a> {
    /// Counted from 1; none where the file has no lines, and of an override that of its own text.
    line: Option<usize>,
    r#override: bool,
    message: String,
    remedy: Option<&'a str>,
}

impl<'a> Report<'a> {
    fn of(checked: &'a [(&Path, Result<Plan, LoadError>)]) -> Self {
        let files: Vec<File<'_>> = checked.iter().map(|(file, plan)| File::of(file, plan)).collect();
        Report { refused: files.iter().filter(|file| !file.good).count(), files }
    }
}

impl<'a> File<'a> {
    fn of(file: &Path, plan: &'a Result<Plan, LoadError>) -> Self {
        let problems = match plan {
            Ok(_) => Vec::new(),
            Err(LoadError::Invalid(invalid)) => invalid.problems().iter().map(Mistake::of).collect(),
            Err(other) => vec![Mistake { line: None, r#override: false, message: other.to_string(), remedy: None }],
        };
        let name = plan.as_ref().ok().map(|plan| plan.name.as_str());
        let tables = plan.iter().flat_map(Plan::tables).map(|table| Table { name: &table.name, rows: table.rows() });
        File { file: file.display().to_string(), good: name.is_some(), name, tables: tables.collect(), problems }
    }
}

impl<'a> Mistake<'a> {
    fn of(problem: &'a Problem) -> Self {
        Mistake {
            line: Some(problem.line()),
            r#override: problem.is_in_override(),
            message: problem.message().to_owned(),
            remedy: Some(problem.remedy()),
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
        let checked = [&good, &bad, &wide].map(|file| (file.as_path(), set.load(file)));
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
        let set = [
            "event.fields.sku=string",
            "lookup.products.file=products.csv",
            "lookup.products.key=sku",
            "event.computed.key={ lookup = \"products\", by = \"sku\", take = \"sku\" }",
        ];
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("good.toml");
        std::fs::write(&file, EVENTS).unwrap();
        let skus: String = (0..1_234).map(|sku| format!("\n{sku}")).collect();
        std::fs::write(folder.path().join("products.csv"), format!("sku{skus}")).unwrap();
        let loaded = crate::dataflow::load(&file, &crate::dataflow::Overrides::new(set), &|_| None).unwrap();
        assert!(rows(loaded.tables()[0]).starts_with("lookup.products: 1,234 rows of "));
        let checked = [(file.as_path(), Ok(loaded))];
        let shape = serde_json::to_value(Report::of(&checked)).unwrap();
        assert_eq!(shape["files"][0]["tables"], json!([{ "name": "products", "rows": 1_234 }]));
    }
}
