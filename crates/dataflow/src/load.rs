//! From a dataflow file to a plan, in four steps whose order matters.
//!
//! 1. The text becomes a tree. If it is not TOML, its syntax errors are all there is to say.
//! 2. Overrides are put into the tree: before the environment, so that an overridden value may name an unset variable.
//! 3. The environment is put into the strings: after the parsing, so that it cannot become syntax, and before the
//!    checks, so that what it says is checked like what the file says.
//! 4. The tree is checked and becomes a plan. Every check goes on after a problem.
//!
//! Steps 2 and 3 go on to the next one even with problems, because a user who mends one mistake wants to see the
//! others.

use std::path::{Path, PathBuf};

use super::check;
use super::overrides::Overrides;
use super::plan::Plan;
use mare_settings::diagnostic::{Invalid, Report, Text};
use mare_settings::encoding::{self, Foreign};
use mare_settings::interpolate::interpolate_table;
use mare_settings::syntax;
use mare_settings::tree::{Entry, Value};
use mare_sink::Registry;

/// The plan of the dataflow in `text`, with the overrides and the environment put in.
///
/// `file_name` is what diagnostics call the text. `env` gives the value of an environment variable; a command passes
/// `&|name| std::env::var(name).ok()`. `sinks` are the kinds of sink that there are. The same arguments always give the
/// same plan, as long as the tables that it names are the same: a text has no folder, so their files are named from the
/// working directory.
///
/// # Errors
/// [`Invalid`] with every problem found, if there is one. A text that is not TOML has only its syntax errors.
pub fn parse(
    text: &str,
    file_name: &str,
    overrides: &Overrides,
    env: &dyn Fn(&str) -> Option<String>,
    sinks: Registry,
) -> Result<Plan, Invalid> {
    parse_in(Path::new(""), text, file_name, overrides, env, sinks)
}

/// The same of a text that stands in `folder`.
fn parse_in(
    folder: &Path,
    text: &str,
    file_name: &str,
    overrides: &Overrides,
    env: &dyn Fn(&str) -> Option<String>,
    sinks: Registry,
) -> Result<Plan, Invalid> {
    let file = Text { name: file_name.to_owned(), text: text.to_owned() };
    let mut report = Report::new(std::iter::once(file).chain(overrides.texts()).collect());
    let Some(mut root) = syntax::read(text, &mut report) else { return Err(report.into()) };
    root.entries.retain(|entry| !is_tests(entry)); // before the environment: records may say `${` as well
    overrides.apply(&mut root, &mut report);
    interpolate_table(&mut root, env, &mut report);
    match check::plan(&root, folder, sinks, &mut report) {
        Some(plan) if report.is_clean() => Ok(plan),
        _ => Err(report.into()),
    }
}

/// The key of the tables of a dataflow file that say what must come of it: `[[test]]`. They are no part of a plan.
pub const TESTS: &str = "test";

/// Whether an entry of a file is its tests.
fn is_tests(entry: &Entry) -> bool {
    entry.key.value == TESTS && matches!(entry.node.value, Value::Array(_))
}

/// Reads a dataflow file and makes its plan, see [`parse`].
///
/// # Errors
/// [`LoadError`] if the file cannot be read or does not hold a dataflow.
pub fn load(
    path: &Path,
    overrides: &Overrides,
    env: &dyn Fn(&str) -> Option<String>,
    sinks: Registry,
) -> Result<Plan, LoadError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    Ok(parse_in(folder, &text(path)?, &path.display().to_string(), overrides, env, sinks)?)
}

/// The text of a dataflow file, or of one beside it.
///
/// # Errors
/// [`LoadError`] if it cannot be read, or is no UTF-8.
pub fn text(path: &Path) -> Result<String, LoadError> {
    let bytes = std::fs::read(path).map_err(|source| LoadError::Unreadable { path: path.to_owned(), source })?;
    let text = encoding::decode(&bytes).map_err(|found| LoadError::NoUtf8 { path: path.to_owned(), found })?;
    Ok(text.to_owned())
}

/// Why a dataflow file gave no plan. Both are the user's to mend.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file is not there, or not allowed to be read.
    #[error("cannot read the dataflow file `{}`: {source}; give the path of a readable TOML file", path.display())]
    Unreadable {
        /// The path as given.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file was read, and is not UTF-8.
    #[error("the dataflow file `{}` is not UTF-8: {found}; {}", path.display(), found.remedy(path))]
    NoUtf8 {
        /// The path as given.
        path: PathBuf,
        /// What it is instead.
        found: Foreign,
    },
    /// The file was read, and there are problems in it.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

impl LoadError {
    /// The error for a reader, with ANSI styles if `colour`.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        match self {
            LoadError::Unreadable { .. } | LoadError::NoUtf8 { .. } => format!("error: {self}"),
            LoadError::Invalid(invalid) => invalid.render(colour),
        }
    }
}
