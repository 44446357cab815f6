//! What is wrong with a file, where, and what to do about it.

use std::fmt;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet, normalize_untrusted_str};

use super::mask::mask;
use super::tree::Mark;
use mare_model::fault::{Domain, Fault};

/// One mistake in a file or in an override, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it is.
    mark: Mark,
    /// The line of that place, counted from 1.
    line: usize,
    /// What is wrong, a sentence without a full stop, with names in backticks; and what to do, an imperative or a
    /// question.
    fault: Fault,
}

impl Problem {
    /// The line at which it is marked, counted from 1; always 1 in an override.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// Whether the mistake is in a `--set`, not in the file.
    #[must_use]
    pub fn is_in_override(&self) -> bool {
        self.mark.is_override()
    }

    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.fault.what
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &str {
        self.fault.remedy.as_deref().unwrap_or_default()
    }
}

/// One of the texts that are read together: the file, or one override.
pub struct Text {
    /// Its name in a message.
    pub name: String,
    /// The text as the user wrote it.
    pub text: String,
}

impl fmt::Debug for Text {
    /// The name alone: the text may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Text").field(&self.name).finish()
    }
}

/// The problems found so far. Checks go on after a problem, so that the user sees all of them at once.
#[derive(Debug)]
pub struct Report {
    /// What marks point into.
    texts: Vec<Text>,
    problems: Vec<Problem>,
}

impl Report {
    /// An empty report over the file and, behind it, the overrides.
    pub fn new(texts: Vec<Text>) -> Report {
        Report { texts, problems: Vec::new() }
    }

    /// Adds a problem.
    pub fn refuse(&mut self, mark: Mark, message: impl fmt::Display, remedy: impl fmt::Display) {
        let before = self.texts.get(mark.text).and_then(|text| text.text.get(..mark.start)).unwrap_or_default();
        let line = 1 + before.matches('\n').count();
        let fault = Fault::new(Domain::User, message).remedy(remedy);
        self.problems.push(Problem { mark, line, fault });
    }

    /// The text under a mark, as the user wrote it.
    pub fn written(&self, mark: Mark) -> &str {
        self.texts.get(mark.text).and_then(|text| text.text.get(mark.start..mark.end)).unwrap_or_default()
    }

    /// Whether nothing has been refused.
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }
}

impl From<Report> for Invalid {
    fn from(report: Report) -> Invalid {
        let Report { texts, mut problems } = report;
        problems.sort_by_key(|problem| problem.mark);
        Invalid { texts, problems }
    }
}

/// A file that cannot be taken: all the problems found in it, in the order of the file, then of the overrides.
#[derive(Debug)]
pub struct Invalid {
    /// What marks point into; kept for rendering.
    texts: Vec<Text>,
    problems: Vec<Problem>,
}

impl Invalid {
    /// The problems, never none.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The problems for a reader: each with its line marked and its remedy below. Passwords in the line are masked.
    ///
    /// `colour` asks for ANSI styles; whether the terminal wants them is the caller's to know.
    ///
    /// ```text
    /// error: `[source]` is missing
    ///  --> a.toml:1:1
    /// ```
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let rendered: Vec<_> = self.problems.iter().map(|problem| self.render_one(problem, &renderer)).collect();
        rendered.join("\n\n")
    }

    /// One problem. The text is masked with every offset kept, so the mark still fits.
    fn render_one(&self, problem: &Problem, renderer: &Renderer) -> String {
        let title = Level::ERROR.primary_title(problem.message());
        let remedy = Level::HELP.message(normalize_untrusted_str(problem.remedy()));
        let Some(text) = self.texts.get(problem.mark.text) else {
            return renderer.render(&[title.element(remedy)]);
        };
        let end = problem.mark.end.min(text.text.len());
        let annotation = AnnotationKind::Primary.span(problem.mark.start.min(end)..end);
        let snippet = Snippet::source(mask(&text.text)).path(text.name.as_str()).annotation(annotation);
        renderer.render(&[title.element(snippet).element(remedy)])
    }
}

impl fmt::Display for Invalid {
    /// As [`Invalid::render`] without colour.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Invalid {}
