//! Documents as JSON lines on standard output.
//!
//! # Layout
//! * `config`: [`StdoutSink`], its table of a dataflow file (pure)
//! * `connector`: what it brings as a sink; `proposal`: what `mare init` makes of it (pure)
//! * `mod`: [`JsonLines`], the writer

mod config;
mod connector;
mod proposal;

use std::borrow::Cow;
use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap as _, Serializer};

pub use self::config::StdoutSink;
pub use self::connector::FACTORY;
use mare_model::fault::{Domain, Fault};
use mare_model::plain::plain_json;
use mare_model::total::Change;
use mare_sink::document::{Document, ID, Layout};
use mare_sink::{SinkError, Writer, Written};

/// How many bytes of lines are passed on at once, or more by less than a line: a write of a million documents needs no
/// memory for all of its lines.
const PIECE_BYTES: usize = 1 << 16;

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
    /// Lines that wait to be passed on together; kept for its capacity.
    lines: Vec<u8>,
}

impl JsonLines<io::Stdout> {
    /// A writer on the standard output of this process.
    ///
    /// A piece takes the lock of standard output once and has whole lines, so those of several workers never mix.
    #[must_use]
    pub fn stdout(layout: Layout) -> Self {
        Self::new(layout, io::stdout())
    }
}

impl<W: Write> JsonLines<W> {
    /// A writer on `output`.
    #[must_use]
    pub fn new(layout: Layout, output: W) -> Self {
        JsonLines { layout, output, lines: Vec::new() }
    }
}

impl<W: Write + Send> Writer for JsonLines<W> {
    fn write(&mut self, changes: &[Change]) -> Result<Written, SinkError> {
        self.lines.clear();
        for change in changes {
            push_line(&mut self.lines, &self.layout, &self.layout.render(change)?)?;
            if self.lines.len() >= PIECE_BYTES {
                self.pass_on()?;
            }
        }
        self.pass_on()?;
        self.output.flush().map_err(|error| refused(&error))?;
        Ok(Written { written: changes.len() as u64, stale: 0 })
    }
}

impl<W: Write> JsonLines<W> {
    /// Writes the lines in hand.
    fn pass_on(&mut self) -> Result<(), SinkError> {
        self.output.write_all(&self.lines).map_err(|error| refused(&error))?;
        self.lines.clear();
        Ok(())
    }
}

/// Appends the line of one document to `lines`.
fn push_line(lines: &mut Vec<u8>, layout: &Layout, document: &Document) -> Result<(), SinkError> {
    let begin = lines.len();
    serde_json::to_writer(&mut *lines, &Line { layout, document }).map_err(|error| {
        SinkError::Refused(Fault::new(Domain::Ours, format!("internal error: a document is no JSON: {error}")))
    })?;
    // Standard output may be a terminal. What is JSON is UTF-8.
    if let Ok(line) = str::from_utf8(&lines[begin..])
        && let Cow::Owned(shown) = plain_json(line)
    {
        lines.truncate(begin);
        lines.extend_from_slice(shown.as_bytes());
    }
    lines.push(b'\n');
    Ok(())
}

/// A document as a JSON object: its `_id`, then its fields.
struct Line<'a> {
    layout: &'a Layout,
    document: &'a Document,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Document { id, values, .. } = self.document;
        let mut object = to.serialize_map(Some(1 + values.len()))?;
        object.serialize_entry(ID, id)?;
        for (field, value) in self.layout.fields().iter().zip(values) {
            object.serialize_entry(&field.name, value)?;
        }
        object.end()
    }
}

/// Standard output does not come back, so every error of it is for somebody to look at.
fn refused(error: &io::Error) -> SinkError {
    match error.kind() {
        io::ErrorKind::BrokenPipe => {
            let what = "standard output was closed by its reader: keep the reader running";
            SinkError::Refused(Fault::new(Domain::Sink, what))
        }
        _ => SinkError::refused(
            format_args!("standard output does not take documents: {error}"),
            "check where it is redirected to",
        ),
    }
}

#[cfg(test)]
mod tests;
