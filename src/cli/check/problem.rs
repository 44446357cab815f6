//! Why a file is refused, for programs.

use serde::Serialize;

use crate::dataflow::{LoadError, Problem};

/// A mistake in a file; `docs/scripts.md` has it.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Mistake {
    /// Counted from 1; none where the file has no lines, and of an override that of its own text.
    line: Option<usize>,
    r#override: bool,
    message: String,
    remedy: Option<String>,
}

impl Mistake {
    /// All that is wrong with a file.
    pub(in crate::cli) fn all(error: &LoadError) -> Vec<Mistake> {
        match error {
            LoadError::Invalid(invalid) => invalid.problems().iter().map(Mistake::of).collect(),
            other => vec![Mistake::without_line(other.to_string())],
        }
    }

    /// One of no line.
    pub(in crate::cli) fn without_line(message: String) -> Mistake {
        Mistake { line: None, r#override: false, message, remedy: None }
    }

    fn of(problem: &Problem) -> Mistake {
        Mistake {
            line: Some(problem.line()),
            r#override: problem.is_in_override(),
            message: problem.message().to_owned(),
            remedy: Some(problem.remedy().to_owned()),
        }
    }
}
