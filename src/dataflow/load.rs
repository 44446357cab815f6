//! From a dataflow file to a plan.

use std::path::{Path, PathBuf};

use super::check;
use super::diagnostic::{Invalid, Report, Text};
use super::interpolate::interpolate_table;
use super::overrides::Overrides;
use super::plan::Plan;
use super::syntax;

/// The plan of the dataflow in `text`, with the overrides and the environment put in.
///
/// `file_name` is what diagnostics call the text. `env` gives the value of an environment variable. Overrides come
/// first, then the substitution of `${VAR}`: a variable that only an overridden value needs may be unset.
///
/// # Errors
/// [`Invalid`] with every problem found, if there is one. A text that is not TOML has only its syntax errors.
pub fn parse(
    text: &str,
    file_name: &str,
    overrides: &Overrides,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Plan, Invalid> {
    let file = Text { name: file_name.to_owned(), text: text.to_owned() };
    let mut report = Report::new(std::iter::once(file).chain(overrides.texts()).collect());
    let Some(mut root) = syntax::read(text, &mut report) else { return Err(report.into()) };
    overrides.apply(&mut root, &mut report);
    interpolate_table(&mut root, env, &mut report);
    match check::plan(&root, &mut report) {
        Some(plan) if report.is_clean() => Ok(plan),
        _ => Err(report.into()),
    }
}

/// Reads a dataflow file and makes its plan, see [`parse`].
///
/// # Errors
/// [`LoadError`] if the file cannot be read or does not hold a dataflow.
pub fn load(path: &Path, overrides: &Overrides, env: &dyn Fn(&str) -> Option<String>) -> Result<Plan, LoadError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| LoadError::Unreadable { path: path.to_owned(), source })?;
    Ok(parse(&text, &path.display().to_string(), overrides, env)?)
}

/// Why a dataflow file gave no plan. Both are the user's to mend.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file is not there, not allowed to be read, or not UTF-8.
    #[error("cannot read the dataflow file `{}`: {source}; give the path of a readable TOML file", path.display())]
    Unreadable {
        /// The path as given.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
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
            LoadError::Unreadable { .. } => format!("error: {self}"),
            LoadError::Invalid(invalid) => invalid.render(colour),
        }
    }
}
