//! Documents as JSON lines on standard output.
//!
//! # Layout
//! * `config`: [`StdoutSink`], its table of a dataflow file (pure)
//! * `connector`: what it brings as a sink
//! * `mod`: [`JsonLines`], the writer

mod config;
mod connector;

use std::io::{self, Write};

pub use self::config::StdoutSink;
pub(crate) use self::connector::FACTORY;
use super::document::{Document, ID, Layout, json_text};
use super::{SinkError, Writer, Written};
use crate::engine::Change;

/// Writes each document as one line of JSON: instants as ISO-8601 text, decimals as exact numbers.
///
/// Lines are a log of versions: nothing that stands there can be replaced, so a reader keeps the line with the largest
/// version of an `_id`, and of equal ones that which is final.
#[derive(Debug)]
pub struct JsonLines<W> {
    /// What a document consists of.
    layout: Layout,
    /// Where the lines go.
    output: W,
    /// The lines of one write; kept for its capacity.
    lines: String,
}

impl JsonLines<io::Stdout> {
    /// A writer on the standard output of this process.
    ///
    /// A write takes the lock of standard output once and for whole lines, so those of several workers never mix.
    #[must_use]
    pub fn stdout(layout: Layout) -> Self {
        Self::new(layout, io::stdout())
    }
}

impl<W: Write> JsonLines<W> {
    /// A writer on `output`.
    #[must_use]
    pub fn new(layout: Layout, output: W) -> Self {
        JsonLines { layout, output, lines: String::new() }
    }
}

impl<W: Write + Send> Writer for JsonLines<W> {
    fn write(&mut self, changes: &[Change]) -> Result<Written, SinkError> {
        self.lines.clear();
        for change in changes {
            push_line(&mut self.lines, &self.layout, &self.layout.render(change)?);
        }
        self.output
            .write_all(self.lines.as_bytes())
            .and_then(|()| self.output.flush())
            .map_err(|error| refused(&error))?;
        Ok(Written { written: changes.len() as u64, stale: 0 })
    }
}

/// Appends the line of one document to `lines`.
fn push_line(lines: &mut String, layout: &Layout, document: &Document) {
    push_field(lines, '{', ID, &json_text(&document.id));
    for (field, value) in layout.fields().iter().zip(&document.values) {
        push_field(lines, ',', &field.name, &value.json());
    }
    lines.push_str("}\n");
}

/// Appends one member of an object, `json` being its value, behind the `opening` that precedes it.
fn push_field(lines: &mut String, opening: char, name: &str, json: &str) {
    lines.push(opening);
    lines.push_str(&json_text(name));
    lines.push(':');
    lines.push_str(json);
}

/// Standard output does not come back, so every error of it is for somebody to look at.
fn refused(error: &io::Error) -> SinkError {
    SinkError::Refused(match error.kind() {
        io::ErrorKind::BrokenPipe => "standard output was closed by its reader: keep the reader running".to_owned(),
        _ => format!("standard output does not take documents: {error}; check where it is redirected to"),
    })
}

#[cfg(test)]
mod tests;
