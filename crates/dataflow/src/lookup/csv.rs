//! Rows of comma-separated values, as RFC 4180 has them: a field may stand in quotes, and then hold commas, line ends
//! and quotes, which are doubled. Pure.

/// Reads a text row by row. Lines without anything are passed over.
pub(super) struct Csv<'a> {
    rest: &'a str,
    /// The line of what comes next, counted from 1.
    line: usize,
}

/// One row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CsvRow {
    /// The line at which it begins, counted from 1.
    pub line: usize,
    /// Its values. One that is empty and has no quotes is none.
    pub cells: Vec<Option<String>>,
}

/// What is no such row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CsvFault {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: &'static str,
}

impl<'a> Csv<'a> {
    /// The rows of `text`.
    pub fn new(text: &'a str) -> Csv<'a> {
        Csv { rest: text, line: 1 }
    }

    /// Whether a line ends here, which is passed.
    fn passes_end(&mut self) -> bool {
        let rest = self.rest.strip_prefix('\n').or_else(|| self.rest.strip_prefix("\r\n"));
        rest.inspect(|rest| (self.rest, self.line) = (*rest, self.line + 1)).is_some()
    }

    /// The row that begins here.
    fn row(&mut self) -> Result<CsvRow, CsvFault> {
        let (line, mut cells) = (self.line, Vec::new());
        loop {
            cells.push(self.cell()?);
            if self.rest.is_empty() || self.passes_end() {
                return Ok(CsvRow { line, cells });
            }
            let behind = self.rest.strip_prefix(',');
            self.rest =
                behind.ok_or_else(|| self.fault("a field is behind its closing quote, or a line, not at its end"))?;
        }
    }

    /// The field that begins here.
    fn cell(&mut self) -> Result<Option<String>, CsvFault> {
        if let Some(quoted) = self.rest.strip_prefix('"') {
            return self.quoted(quoted).map(Some);
        }
        let (cell, rest) = self.rest.split_at(self.rest.find([',', '\n', '\r']).unwrap_or(self.rest.len()));
        if cell.contains('"') {
            return Err(self.fault("a quote stands in a field that does not begin with one"));
        }
        self.rest = rest;
        Ok((!cell.is_empty()).then(|| cell.to_owned()))
    }

    /// The field whose opening quote stands before `rest`.
    fn quoted(&mut self, mut rest: &'a str) -> Result<String, CsvFault> {
        let mut value = String::new();
        let mut lines = 0;
        while let Some((part, behind)) = rest.split_once('"') {
            lines += part.matches('\n').count();
            value.push_str(part);
            let Some(again) = behind.strip_prefix('"') else {
                (self.rest, self.line) = (behind, self.line + lines);
                return Ok(value);
            };
            value.push('"');
            rest = again;
        }
        Err(self.fault("a quote is never closed"))
    }

    fn fault(&self, what: &'static str) -> CsvFault {
        CsvFault { line: self.line, what }
    }
}

impl Iterator for Csv<'_> {
    type Item = Result<CsvRow, CsvFault>;

    /// The next row; none behind a fault.
    fn next(&mut self) -> Option<Result<CsvRow, CsvFault>> {
        while self.passes_end() {}
        if self.rest.is_empty() {
            return None;
        }
        Some(self.row().inspect_err(|_| self.rest = ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<CsvRow>, CsvFault> {
        Csv::new(text).collect()
    }

    fn row<const N: usize>(line: usize, cells: [&str; N]) -> CsvRow {
        CsvRow { line, cells: cells.map(|cell| (cell != "-").then(|| cell.to_owned())).into() }
    }

    #[test]
    fn fields_are_apart_by_commas_and_rows_by_lines() {
        let expected = Ok(vec![row(1, ["sku", "nome"]), row(2, ["A1", " Café; "]), row(4, ["-", "-"])]);
        assert_eq!(rows("sku,nome\r\nA1, Café; \r\n\r\n,\r\n"), expected);
        assert_eq!(rows("sku,nome\nA1, Café; \n\n,"), expected, "the last line needs no end");
        assert_eq!(rows(""), Ok(vec![]));
        assert_eq!(rows("\n\r\n"), Ok(vec![]));
        assert_eq!(rows("a,"), Ok(vec![row(1, ["a", "-"])]));
    }

    #[test]
    fn quotes_take_the_meaning_from_what_is_between_them() {
        let text = "\"a,\"\"b\"\"\",\"two\r\nlines\n\",\"\"\nc,d,e\n";
        assert_eq!(rows(text), Ok(vec![row(1, ["a,\"b\"", "two\r\nlines\n", ""]), row(4, ["c", "d", "e"])]));
    }

    #[test]
    fn what_is_no_row_is_told_by_its_line() {
        for (text, line, part) in [
            ("a\nb\"c,d\n", 2, "does not begin with one"),
            ("a\n\"b\"c\n", 2, "closing quote"),
            ("a\n\"b\nc,d\n", 2, "never closed"),
            ("\"a\nb\"x", 2, "closing quote"),
            ("a\rb", 1, "not at its end"),
        ] {
            let CsvFault { line: at, what } = rows(text).unwrap_err();
            assert!(at == line && what.contains(part), "{text:?}: {at}: {what}");
        }
    }
}
