//! A table that fits into a terminal: nothing is cut off, and no line is broken by the terminal itself.
//!
//! What is too wide is made narrower step by step, as little as it takes:
//! 1. names of columns are broken at their `_` and blanks;
//! 2. columns that can be spared are left out, and named below;
//! 3. else each row becomes a block of lines, a name and its value in each.

use console::AnsiCodeIterator;

use super::Sheet;

/// Blanks on both sides of a cell.
const PADDING: usize = 2;

impl Sheet {
    /// The table in at most so many columns of a terminal, in colours if that has any.
    pub(in crate::cli) fn fitted(&self, columns: usize) -> String {
        let colours = console::colors_enabled();
        if self.width() <= columns {
            return self.table(colours);
        }
        let broken = self.with_broken_names();
        if broken.width() <= columns {
            return broken.table(colours);
        }
        for count in 1..=self.spare.len() {
            let spared = self.spare.get(..count).unwrap_or_default();
            let rest = self.without(spared).with_broken_names();
            if rest.width() <= columns {
                let names: Vec<_> = spared.iter().filter_map(|at| self.columns.get(*at)).map(String::as_str).collect();
                return format!("{}\n\nleft out for want of room: {}", rest.table(colours), names.join(", "));
            }
        }
        self.blocks(columns)
    }

    /// How many columns of a terminal the table takes.
    fn width(&self) -> usize {
        let name = |at: usize| self.columns.get(at).map_or(0, |name| width(name));
        let cells: usize = (0..self.columns.len()).map(|at| self.width_of(at).max(name(at)) + PADDING).sum();
        cells.saturating_sub(1) // what is blank at the end of a line is not written
    }

    /// The widest value of a column.
    fn width_of(&self, at: usize) -> usize {
        let rows = self.rows.iter().chain(&self.sum);
        rows.filter_map(|row| row.get(at)).map(|cell| width(&cell.shown())).max().unwrap_or_default()
    }

    /// The same with names that are no wider than what stands below them, as far as they can be broken.
    fn with_broken_names(&self) -> Sheet {
        let names = self.columns.iter().enumerate().map(|(at, name)| broken(name, self.width_of(at)));
        Sheet { columns: names.collect(), ..self.clone() }
    }

    /// The same without some columns.
    fn without(&self, spared: &[usize]) -> Sheet {
        fn kept<T: Clone>(all: &[T], spared: &[usize]) -> Vec<T> {
            let all = all.iter().enumerate().filter(|(at, _)| !spared.contains(at));
            all.map(|(_, each)| each.clone()).collect()
        }
        Sheet {
            columns: kept(&self.columns, spared),
            rows: self.rows.iter().map(|row| kept(row, spared)).collect(),
            sum: self.sum.as_ref().map(|row| kept(row, spared)),
            ..Sheet::default()
        }
    }

    /// Each row as a block of lines.
    fn blocks(&self, columns: usize) -> String {
        let longest = self.columns.iter().map(|name| width(name)).max().unwrap_or_default();
        // A value beside its name has at least a half of the line; else it stands below.
        let is_beside = longest + 3 <= columns / 2;
        let indent = if is_beside { longest + 3 } else { 3 };
        let block = |row: &Vec<super::SheetCell>| {
            let said = self.columns.iter().zip(row).filter(|(_, cell)| !cell.shown().is_empty());
            let lines = said.map(|(name, cell)| {
                let value = pieces(&cell.shown(), columns.saturating_sub(indent).max(8));
                let value = value.join(&format!("\n{:indent$}", ""));
                let gap = if is_beside { " ".repeat(longest - width(name) + 2) } else { format!("\n{:indent$}", "") };
                format!(" {name}{gap}{value}")
            });
            lines.collect::<Vec<_>>().join("\n")
        };
        self.rows.iter().chain(&self.sum).map(block).collect::<Vec<_>>().join("\n\n")
    }
}

/// A line without the blanks at its end. Styles that end behind them stay: a terminal would go on with them.
pub fn trimmed(line: &str) -> String {
    let pieces: Vec<_> = AnsiCodeIterator::new(line).collect();
    let is_written = |(piece, is_style): &(&str, bool)| !is_style && !piece.trim_end().is_empty();
    let last = pieces.iter().rposition(is_written);
    let trimmed = pieces.iter().enumerate().map(|(at, (piece, is_style))| match last {
        _ if *is_style => piece,
        Some(last) if at < last => piece,
        Some(last) if at == last => piece.trim_end(),
        _ => "",
    });
    trimmed.collect()
}

/// How many columns of a terminal a text takes: its widest line.
fn width(text: &str) -> usize {
    text.lines().map(console::measure_text_width).max().unwrap_or_default()
}

/// `name` in lines of about `wanted` columns, broken behind a `_` or at a blank alone.
pub fn broken(name: &str, wanted: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for piece in name.split_inclusive(['_', ' ']) {
        match lines.last_mut() {
            Some(line) if width(line) + width(piece.trim_end()) <= wanted => line.push_str(piece),
            _ => lines.push(piece.to_owned()),
        }
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

/// `text` in pieces of at most `columns`.
fn pieces(text: &str, columns: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for letter in text.chars() {
        let letter = letter.to_string();
        match pieces.last_mut() {
            Some(piece) if width(piece) + width(&letter) <= columns => piece.push_str(&letter),
            _ => pieces.push(letter),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::super::SheetCell;
    use super::*;

    fn sheet(columns: &[&str], rows: &[&[&str]]) -> Sheet {
        let rows = rows.iter().map(|row| row.iter().map(|text| SheetCell::Text((*text).to_owned())).collect());
        Sheet { rows: rows.collect(), ..Sheet::new(columns.iter().copied()) }
    }

    fn lines(sheet: &Sheet, columns: usize) -> Vec<String> {
        let fitted = console::strip_ansi_codes(&sheet.fitted(columns)).into_owned();
        let lines: Vec<_> = fitted.lines().map(|line| line.trim_end().to_owned()).collect();
        for line in &lines {
            assert!(width(line) <= columns, "{line:?} in {columns}:\n{fitted}");
        }
        lines
    }

    #[test]
    fn a_table_is_made_narrower_by_no_more_than_it_takes() {
        let all = sheet(&["loja", "faturamento_total", "fim"], &[&["São João da Barra", "1.00", "noon"]]);
        let all = Sheet { spare: vec![2], ..all };
        let plain = [" loja               faturamento_total  fim", " São João da Barra  1.00               noon"];
        assert_eq!(lines(&all, 43), plain);
        let broken = [
            " loja               faturamento_  fim",
            "                    total",
            " São João da Barra  1.00          noon",
        ];
        assert_eq!(lines(&all, 42), broken);
        let spared = [
            " loja               faturamento_",
            "                    total",
            " São João da Barra  1.00",
            "",
            "left out for want of room: fim",
        ];
        assert_eq!(lines(&all, 36), spared);
    }

    #[test]
    fn names_of_several_words_are_broken_between_them() {
        assert_eq!(broken("dead letters between", 7), "dead\nletters\nbetween");
        assert_eq!(broken("next offset", 11), "next offset");
        assert_eq!(broken("valor_sum de", 9), "valor_sum\nde");
    }

    #[test]
    fn rows_that_no_line_holds_become_blocks() {
        let wide = sheet(
            &["descrição_da_subcategoria_do_produto", "região"],
            &[&["Eletrodomésticos de cozinha", "Centro-Oeste"], &["Moda", "Sul"]],
        );
        let below = [
            " descrição_da_subcategoria_do_produto",
            "   Eletrodomésticos de cozinha",
            " região",
            "   Centro-Oeste",
            "",
        ];
        assert_eq!(lines(&wide, 38)[..5], below);
        let wide = sheet(&["a", "grupo"], &[&["x", "muito comprido para a linha inteira"]]);
        let beside = [" a      x", " grupo  muito comprido p", "        ara a linha inte", "        ira"];
        assert_eq!(lines(&wide, 24), beside);
    }

    #[test]
    fn a_heading_in_its_style_takes_no_more_columns_than_without() {
        let all = Sheet {
            sum: Some(vec![SheetCell::Text("all".into()), SheetCell::Text(String::new())]),
            ..sheet(&["loja", "used"], &[&["a", "b"]])
        };
        let coloured = all.table(true);
        assert!(coloured.contains('\u{1b}'), "{coloured:?}");
        for line in coloured.lines() {
            assert!(width(line) < all.width() + 1 && !console::strip_ansi_codes(line).ends_with(' '), "{coloured:?}");
        }
        assert_eq!(trimmed("\x1b[1m a \x1b[0m \x1b[1m \x1b[0m"), "\x1b[1m a\x1b[0m\x1b[1m\x1b[0m");
    }

    #[test]
    fn no_width_garbles_a_table() {
        let names = ["identificação_do_estabelecimento", "categoria_principal", "faturamento_total", "volume_vendas"];
        let row = ["Loja nº 1, Avenida Paulista", "Eletrodomésticos 電化製品", "123,456,789,012.34", "99,999,999"];
        let sum = Some(row.map(|text| SheetCell::Text(text.into())).to_vec());
        let all = Sheet { sum, ..sheet(&names, &[&row]) };
        for columns in 40..160 {
            lines(&all, columns);
        }
    }
}
