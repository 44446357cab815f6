//! Documents as JSON lines on standard output.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::document::{Document, ID, Layout};
use super::{SinkError, Writer, Written};
use crate::engine::Change;
use crate::fault::{Domain, Fault};
use crate::plain::plain_json;

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
            push_line(&mut self.lines, &self.layout, &self.layout.render(change)?)?;
        }
        self.output
            .write_all(self.lines.as_bytes())
            .and_then(|()| self.output.flush())
            .map_err(|error| refused(&error))?;
        Ok(Written { written: changes.len() as u64, stale: 0 })
    }
}

/// Appends the line of one document to `lines`.
fn push_line(lines: &mut String, layout: &Layout, document: &Document) -> Result<(), SinkError> {
    let line = serde_json::to_string(&Line { layout, document }).map_err(|error| {
        SinkError::Refused(Fault::new(Domain::Ours, format!("internal error: a document is no JSON: {error}")))
    })?;
    lines.push_str(&plain_json(&line)); // standard output may be a terminal
    lines.push('\n');
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
mod tests {
    use super::*;
    use crate::sink::fixture;

    #[test]
    fn a_document_is_a_line_with_exact_numbers() {
        let mut writer = JsonLines::new(Layout::of(&fixture::sales()), Vec::new());
        let totals = [
            fixture::change(fixture::key("Casa \"e\" Jardim", 0), fixture::total(2, &[1_050])),
            fixture::change(fixture::key("Gamer", 60_000), fixture::total(1, &[i128::from(i64::MAX) * 100])),
        ];
        assert_eq!(writer.write(&totals).unwrap(), Written { written: 2, stale: 0 });
        let expected = concat!(
            r#"{"_id":"Casa \"e\" Jardim|1970-01-01T00:00:00Z","janela_inicio":"1970-01-01T00:00:00Z","#,
            r#""janela_fim":"1970-01-01T00:01:00Z","categoria":"Casa \"e\" Jardim","faturamento_total":10.50,"volume_vendas":2}"#,
            "\n",
            r#"{"_id":"Gamer|1970-01-01T00:01:00Z","janela_inicio":"1970-01-01T00:01:00Z","#,
            r#""janela_fim":"1970-01-01T00:02:00Z","categoria":"Gamer","faturamento_total":9223372036854775807.00,"volume_vendas":1}"#,
            "\n",
        );
        assert_eq!(String::from_utf8(writer.output).unwrap(), expected);
    }

    #[test]
    fn a_line_says_whether_it_is_final_if_it_is_told_how() {
        let mut writer = JsonLines::new(Layout::of(&fixture::sales_with_final()), Vec::new());
        let (key, total) = (fixture::key("Gamer", 0), fixture::total(2, &[1_050]));
        writer.write(&[fixture::change(key.clone(), total.clone())]).unwrap();
        writer.write(&[fixture::final_change(key, total)]).unwrap();
        let lines = String::from_utf8(writer.output).unwrap();
        let says: Vec<_> = lines.lines().map(|line| line.contains(r#","janela_final":true,"categoria""#)).collect();
        assert_eq!(says, [false, true], "{lines}");
        assert!(lines.contains(r#","janela_final":false,"categoria""#), "{lines}");
    }

    #[test]
    fn a_closed_pipe_is_refused() {
        let (reader, pipe) = io::pipe().unwrap();
        drop(reader);
        let mut writer = JsonLines::new(Layout::of(&fixture::sales()), pipe);
        let outcome = writer.write(&[fixture::change(fixture::key("Gamer", 0), fixture::total(1, &[1]))]);
        assert!(matches!(outcome, Err(SinkError::Refused(fault)) if fault.what.contains("closed")));
    }

    /// Counts the calls that reach it, to show that a write is one piece.
    struct Calls(usize);

    impl Write for Calls {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += 1;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_lines_of_a_write_leave_in_one_piece() {
        let mut writer = JsonLines::new(Layout::of(&fixture::sales()), Calls(0));
        let totals: Vec<_> =
            (0..100).map(|n| fixture::change(fixture::key("Gamer", n * 60_000), fixture::total(1, &[1]))).collect();
        writer.write(&totals).unwrap();
        assert_eq!(writer.output.0, 1);
    }
}
