//! The table: categories down, the newest windows across, the oldest of them on the left. Pure.

use std::collections::BTreeSet;

use comfy_table::{Attribute, Cell, CellAlignment, Color, LineStyle, Table, TableStyle};
use console::measure_text_width;

use super::amount::{Amount, DemoDocuments};
use crate::plain::plain;
use crate::time::{EventTime, Windows};

/// At most so many windows are shown.
pub const WINDOWS: usize = 4;

/// Lines across only: every column of characters counts.
const STYLE: TableStyle = {
    let thin = LineStyle::none().fill('─').junction('─');
    let thick = LineStyle::none().fill('═').junction('═');
    TableStyle::new().top_border(thin).header_separator(thick).bottom_border(thin)
};

/// What the table shows, and how.
#[derive(Clone, Copy, Debug)]
pub struct DemoSheet<'a> {
    /// The documents; of several windows the newest that fit are shown.
    pub documents: &'a DemoDocuments,
    /// Says when a window closes.
    pub windows: Windows,
    /// Every window that closes at or before it is final.
    pub frontier: EventTime,
    /// How many columns of characters there are.
    pub width: usize,
    /// Whether to use colours.
    pub colours: bool,
}

/// One window's column.
struct Column<'a> {
    start: EventTime,
    is_final: bool,
    sheet: &'a DemoSheet<'a>,
    total: Amount,
}

impl DemoSheet<'_> {
    /// The lines of the table.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let starts: BTreeSet<EventTime> = self.documents.keys().map(|(start, _)| *start).collect();
        let starts: Vec<EventTime> = starts.into_iter().rev().take(WINDOWS).collect();
        let mut shown = starts.len();
        loop {
            let lines = self.render(starts.iter().take(shown).rev().map(|start| self.column(*start)).collect());
            let widest = lines.iter().map(|line| measure_text_width(line)).max().unwrap_or(0);
            if widest <= self.width || shown <= 1 {
                return lines;
            }
            shown -= 1;
        }
    }

    fn column(&self, start: EventTime) -> Column<'_> {
        let total = self.documents.iter().filter(|((other, _), _)| *other == start).map(|(_, amount)| amount).sum();
        let is_final = self.windows.close(self.windows.of_slot(start)) <= self.frontier;
        Column { start, is_final, sheet: self, total }
    }

    fn render(&self, columns: Vec<Column<'_>>) -> Vec<String> {
        let mut table = Table::new();
        table.load_style(STYLE).set_header(self.header(&columns));
        let categories: BTreeSet<&str> = self.documents.keys().map(|(_, category)| &**category).collect();
        for category in categories {
            let amounts = columns.iter().map(|column| column.cell(column.amount(category)));
            table.add_row(std::iter::once(Cell::new(plain(category))).chain(amounts));
        }
        let totals = columns.iter().map(|column| column.cell(Some(column.total)));
        table
            .add_row(std::iter::once(Cell::new("total")).chain(totals).map(|cell| cell.add_attribute(Attribute::Bold)));
        flush_with_the_edges(&mut table);
        if self.colours {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        underlined(table.lines().map(|line| line.trim_end().to_owned()).collect())
    }

    fn header(&self, columns: &[Column<'_>]) -> Vec<Cell> {
        let corner = Cell::new("category").add_attribute(Attribute::Bold);
        std::iter::once(corner).chain(columns.iter().map(Column::header)).collect()
    }
}

impl Column<'_> {
    /// `12:03 open` over the names of the two numbers.
    fn header(&self) -> Cell {
        let start = self.start.timestamp().map(|start| start.strftime("%H:%M").to_string()).unwrap_or_default();
        let (state, colour) = if self.is_final { ("final", Color::Blue) } else { ("open", Color::Green) };
        let names = self.pair("revenue", "sales");
        let cell = Cell::new(format!("{start} {state}\n{names}")).set_alignment(CellAlignment::Right);
        cell.add_attribute(Attribute::Bold).fg(colour)
    }

    fn amount(&self, category: &str) -> Option<Amount> {
        self.sheet.documents.get(&(self.start, category.to_owned())).copied()
    }

    fn cell(&self, amount: Option<Amount>) -> Cell {
        let text = amount.map_or_else(|| self.pair("-", "-"), |amount| self.pair(&amount.revenue(), &amount.count()));
        Cell::new(text).set_alignment(CellAlignment::Right)
    }

    /// Two texts, each as wide as the widest of its kind, which is the one of the total.
    fn pair(&self, revenue: &str, sales: &str) -> String {
        let (left, right) = (self.total.revenue().len().max(7), self.total.count().len().max(5));
        format!("{revenue:>left$} {sales:>right$}")
    }
}

/// Takes the space from the left of the first column and from the right of the last one.
fn flush_with_the_edges(table: &mut Table) {
    if let Some(first) = table.column_iter_mut().next() {
        first.set_padding((0, 1));
    }
    if let Some(last) = table.column_iter_mut().last() {
        last.set_padding((1, 0));
    }
}

/// The lines of the table, with a line above the last row.
fn underlined(mut lines: Vec<String>) -> Vec<String> {
    if let Some(bottom) = lines.last().cloned() {
        lines.insert(lines.len().saturating_sub(2), bottom);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_764_331_200_000;
    const MINUTES: Windows = Windows::tumbling(60_000, 120_000);

    fn documents() -> DemoDocuments {
        let document = |minute: i64, category: &str, cents, sales| {
            ((EventTime(NOON + minute * 60_000), category.to_owned()), Amount { cents, sales })
        };
        [
            document(0, "Gamer", 100, 1),
            document(1, "Gamer", 123_456_789, 1_000),
            document(1, "Eletrônicos", 5, 1),
            document(2, "Gamer", 250, 2),
            document(3, "Gamer", 350, 3),
            document(4, "Moda", 450, 4),
        ]
        .into_iter()
        .collect()
    }

    fn lines(documents: &DemoDocuments, frontier: i64, width: usize, colours: bool) -> Vec<String> {
        DemoSheet { documents, windows: MINUTES, frontier: EventTime(NOON + frontier), width, colours }.lines()
    }

    #[test]
    fn the_newest_windows_that_fit_are_shown() {
        let expected = "\
───────────────────────────────────────────
category         12:03 open      12:04 open
              revenue sales   revenue sales
═══════════════════════════════════════════
Eletrônicos         -     -         -     -
Gamer            3.50     3         -     -
Moda                -     -      4.50     4
───────────────────────────────────────────
total            3.50     3      4.50     4
───────────────────────────────────────────";
        let shown = lines(&documents(), 0, 46, false).join("\n");
        assert_eq!(shown, expected, "\n{shown}");
    }

    #[test]
    fn never_more_than_four_windows_and_never_less_than_one() {
        let heads = |width| lines(&documents(), 0, width, false)[1].matches("open").count();
        assert_eq!((heads(1_000), heads(1)), (4, 1));
    }

    #[test]
    fn columns_are_as_wide_as_their_totals_and_closed_windows_are_final() {
        let shown = lines(&documents(), 240_000, 200, false);
        assert_eq!(shown[1].matches("final").count(), 1, "{}", shown.join("\n"));
        assert!(shown[1].contains("12:01 final"), "{}", shown[1]);
        assert!(shown[5].contains(" 1,234,567.89 1,000 "), "{}", shown.join("\n"));
        let widths: BTreeSet<_> = shown.iter().map(|line| measure_text_width(line)).collect();
        assert_eq!(widths.len(), 1, "{}", shown.join("\n"));
    }

    #[test]
    fn colours_change_no_character() {
        let plain: Vec<_> = lines(&documents(), 0, 100, false);
        let coloured = lines(&documents(), 0, 100, true);
        assert!(coloured.join("").contains('\u{1b}') && !plain.join("").contains('\u{1b}'));
        let stripped: Vec<_> = coloured.iter().map(|line| console::strip_ansi_codes(line).into_owned()).collect();
        assert_eq!(stripped, plain);
    }

    #[test]
    fn nothing_yet_is_a_table_too() {
        assert!(lines(&DemoDocuments::new(), 0, 80, false).join("\n").contains("total"));
    }
}
