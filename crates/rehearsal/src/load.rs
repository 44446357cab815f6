//! From which files the tests of a dataflow come: its own, and the one that stands beside it.

use std::path::{Path, PathBuf};

use super::case::DataflowTest;
use super::read;
use mare_dataflow::{LoadError, Plan, TESTS};
use mare_settings::Invalid;
use mare_settings::diagnostic::{Report, Text};
use mare_settings::section::Section;
use mare_settings::syntax;

/// How the name of a file ends that holds nothing but tests.
const ENDING: &str = ".test.toml";

/// The file of tests beside the dataflow `file`: `flow.test.toml` beside `flow.toml`. It need not be there.
#[must_use]
pub fn beside(file: &Path) -> PathBuf {
    file.with_extension(ENDING.trim_start_matches('.'))
}

/// The dataflow whose tests `file` holds, if by its name it holds nothing else.
#[must_use]
pub fn dataflow_of(file: &Path) -> Option<PathBuf> {
    let stem = file.file_name()?.to_str()?.strip_suffix(ENDING)?;
    Some(file.with_file_name(format!("{stem}.toml")))
}

/// The tests in `file`: in that of the dataflow of `plan` itself, or in one that holds nothing else.
///
/// # Errors
/// [`LoadError`] if it cannot be read, or what it says of tests is refused.
pub fn load(file: &Path, plan: &Plan) -> Result<Vec<DataflowTest>, LoadError> {
    let text = mare_dataflow::text(file)?;
    Ok(parse(&text, &file.display().to_string(), dataflow_of(file).is_some(), plan)?)
}

/// The tests in `text`, which diagnostics call `file_name`. If they are all that may be in it (`alone`), every other
/// key is refused. Nothing of the environment is put in: records may say `${` as well.
///
/// # Errors
/// [`Invalid`] with every problem found.
pub fn parse(text: &str, file_name: &str, alone: bool, plan: &Plan) -> Result<Vec<DataflowTest>, Invalid> {
    let file = Text { name: file_name.to_owned(), text: text.to_owned() };
    let mut report = Report::new(vec![file]);
    let Some(root) = syntax::read(text, &mut report) else { return Err(report.into()) };
    let root = Section::root(&root);
    if alone {
        root.only(&[TESTS], &mut report);
    }
    let tests = read::tests(&root, plan, &mut report);
    if report.is_clean() { Ok(tests) } else { Err(report.into()) }
}
