//! The lines that a person sees. Pure.

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table};
use console::{Style, measure_text_width};
use indicatif::HumanCount;
use jiff::SignedDuration;
use serde_json::Value;

use super::answer::{Answer, Document, Field, Status};
use crate::cli::filtered::filtered;
use crate::cli::hang::hung;
use crate::cli::sheet::{broken, trimmed, with_commas};
use crate::cli::{Failure, PerSecond};
use crate::plain::plain;

/// What is shown of one look.
pub struct TopSheet {
    /// Where the engine is.
    url: String,
    answer: Answer,
    /// Why the engine does not answer any more; what is shown is what it said last.
    away: Option<String>,
}

impl TopSheet {
    /// What the engine at `url` has answered.
    #[must_use]
    pub fn new(url: &str, answer: Answer) -> TopSheet {
        TopSheet { url: url.to_owned(), answer, away: None }
    }

    /// Notes that it does not answer any more.
    pub fn is_away(&mut self, failure: &Failure) {
        self.away = Some(failure.to_string());
    }

    /// The lines, each of at most `width` characters where its words allow that, and at most `height` of them by
    /// leaving documents out, with colours if `coloured`.
    #[must_use]
    pub fn lines(&self, coloured: bool, width: usize, height: Option<usize>) -> Vec<String> {
        let mut lines = self.head(coloured, width);
        let room = height.map_or(usize::MAX, |height| height.saturating_sub(lines.len()));
        let (fields, documents) = (&self.answer.status.dataflow.fields, &self.answer.documents);
        let mut shown = documents.len();
        loop {
            let mut below = table(fields, documents.get(..shown).unwrap_or_default(), coloured, width);
            below.extend(self.cut(shown));
            let over = below.len().saturating_sub(room);
            if over == 0 || shown == 0 {
                lines.extend(below);
                return lines;
            }
            let lines_of_each = (below.len() / shown).max(1);
            shown = shown.saturating_sub(over.div_ceil(lines_of_each));
        }
    }

    /// What is said of the engine.
    fn head(&self, coloured: bool, width: usize) -> Vec<String> {
        let (status, width) = (&self.answer.status, Some(width));
        let mut lines = vec![self.title(coloured)];
        let trouble = Style::new().red().bold().force_styling(coloured);
        let troubles = self.away.iter().chain(&status.failure).flat_map(|why| hung("", &plain(why), width));
        lines.extend(troubles.map(|line| trouble.apply_to(line).to_string()));
        let rows = [
            ("source", source(status)),
            ("frontier", frontier(status)),
            ("records", records(status)),
            ("sink", sink(status)),
            ("state", state(status)),
        ];
        lines.extend(rows.iter().flat_map(|(name, text)| hung(&format!("  {name:<9} "), &plain(text), width)));
        lines.push(String::new());
        lines
    }

    /// That there are more documents than the `shown` ones, if there are.
    fn cut(&self, shown: usize) -> Option<String> {
        let Answer { documents, cut, status } = &self.answer;
        let (got, known) = (documents.len() as u64, status.memory.documents);
        let more = match (shown < documents.len(), cut) {
            (true, _) => "a taller terminal shows more",
            (false, true) => "--rows shows more",
            (false, false) => return None,
        };
        let of = match cut {
            false => format!(" of {}", HumanCount(got)),
            true if known > got => format!(" of {} documents in memory", HumanCount(known)),
            true => " documents".to_owned(),
        };
        Some(format!("newest {shown}{of}; {more}"))
    }

    fn title(&self, coloured: bool) -> String {
        let Status { dataflow, phase, process, version, .. } = &self.answer.status;
        let style =
            if phase == "running" && self.away.is_none() { Style::new().green() } else { Style::new().yellow() };
        let phase =
            style.bold().force_styling(coloured).apply_to(plain(if self.away.is_some() { "away" } else { phase }));
        let process = match process.processes {
            0 | 1 => String::new(),
            processes => format!(", process {} of {processes}", process.index),
        };
        format!("{}  {phase}  {}{process}  mare {}", plain(&dataflow.name), self.url, plain(version))
    }
}

fn source(status: &Status) -> String {
    let (place, partitions) = (&status.dataflow.source, &status.partitions);
    let lag: u64 = partitions.iter().map(|partition| partition.lag).sum();
    let away = if status.kafka_reachable { "" } else { ", AWAY" };
    let rate = PerSecond::new(status.events_per_second);
    let worst = partitions.iter().max_by_key(|partition| partition.lag).filter(|worst| worst.lag > 0);
    let worst = worst.map(|worst| format!(" (most in partition {})", worst.partition)).unwrap_or_default();
    let lag = HumanCount(lag);
    let all = partitions.len();
    format!("{rate}/s, lag {lag}{worst}{away}, {all} partitions of {} at {} {}", place.name, place.kind, place.server)
}

fn frontier(status: &Status) -> String {
    let Some(time) = &status.frontier.event_time else { return "nothing is final yet".to_owned() };
    let behind = status.frontier.behind_s.map(|seconds| match seconds {
        60.0.. => format!(", {:#} behind the clock", SignedDuration::from_secs(seconds as i64)),
        _ => format!(", {seconds:.1} s behind the clock"),
    });
    let behind = behind.unwrap_or_default();
    format!("{time}{behind}")
}

fn records(status: &Status) -> String {
    let account = &status.account;
    let reasons = account.dead_by_reason.iter().map(|(reason, count)| format!("{reason} {}", HumanCount(*count)));
    let reasons: Vec<_> = reasons.collect();
    let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
    let [read, counted, late, duplicate, dead] =
        [account.read, account.counted, account.late, account.duplicate, account.dead].map(HumanCount);
    let unwanted = filtered(", ", account.filtered);
    format!("{read} read, {counted} counted{unwanted}, {late} late, {duplicate} duplicate, {dead} dead{reasons}")
}

fn sink(status: &Status) -> String {
    let (place, sink) = (&status.dataflow.sink, &status.sink);
    let away = if sink.reachable { "" } else { ", AWAY" };
    let (written, retries) = (HumanCount(sink.written), HumanCount(sink.retries));
    let latency = sink.latency_ms;
    format!(
        "{written} written, {latency:.1} ms, {retries} retries{away}, {} at {} {}",
        place.name, place.kind, place.server
    )
}

fn state(status: &Status) -> String {
    match &status.checkpoint {
        Some(checkpoint) => format!("checkpoint {:.0} s old, {} rows", checkpoint.age_s, HumanCount(checkpoint.rows)),
        None => "no checkpoint of this run yet".to_owned(),
    }
}

/// A row for each document: its window, its state, its group, its totals. Where that is too wide, headings are broken
/// that are wider than what stands below them, and then whatever else is too wide.
fn table(fields: &[Field], documents: &[Document], coloured: bool, width: usize) -> Vec<String> {
    let shown: Vec<&Field> = fields
        .iter()
        .filter(|field| matches!(&*field.role, "window_start" | "group" | "total" | "value" | "version"))
        .collect();
    let whole: Vec<String> = shown.iter().map(|field| plain(&field.name).into_owned()).collect();
    let below = |field: &Field| documents.iter().map(|document| measure_text_width(&text(field, document))).max();
    let narrow: Vec<String> =
        shown.iter().zip(&whole).map(|(field, name)| broken(name, below(field).unwrap_or_default())).collect();
    let table = |names: &[String], width| laid_out(&shown, names, documents, width);
    let (of_whole, of_narrow) = (table(&whole, None), table(&narrow, None));
    let fits = |table: &Table| table.lines().all(|line| measure_text_width(line.trim_end()) <= width);
    let mut fitting = match (fits(&of_whole), fits(&of_narrow)) {
        (true, _) => of_whole,
        (false, true) => of_narrow,
        (false, false) => table(&narrow, u16::try_from(width).ok()),
    };
    if coloured {
        fitting.enforce_styling();
    }
    fitting.lines().map(|line| trimmed(&line)).collect()
}

/// The table with these headings, without colours, which hide where a line ends; no wider than `width`.
fn laid_out(fields: &[&Field], names: &[String], documents: &[Document], width: Option<u16>) -> Table {
    let mut table = Table::new();
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    let heading = |name: &str| Cell::new(name).add_attribute(Attribute::Bold);
    let header = fields.iter().zip(names).map(|(field, name)| aligned(field, heading(name)));
    table.load_style(NOTHING).set_header(header.chain([heading("state")]));
    for document in documents {
        let (state, colour) = if document.r#final { ("final", Color::Blue) } else { ("open", Color::Green) };
        let cells = fields.iter().map(|field| aligned(field, Cell::new(text(field, document))));
        table.add_row(cells.chain([Cell::new(state).fg(colour)]));
    }
    table.force_no_tty();
    table
}

/// Whether a field holds numbers.
fn is_number(field: &Field) -> bool {
    matches!(&*field.role, "total" | "value" | "version")
}

/// Numbers stand to the right, and so do their headings.
fn aligned(field: &Field, cell: Cell) -> Cell {
    if is_number(field) { cell.set_alignment(CellAlignment::Right) } else { cell }
}

/// A value of a document; numbers with all digits that they were sent with, and commas between their thousands.
fn text(field: &Field, document: &Document) -> String {
    match document.document.get(&field.name) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) if text == "-" => r"\-".to_owned(), // it is not nothing
        Some(Value::String(text)) => plain(text).into_owned(),
        Some(Value::Number(number)) if is_number(field) => with_commas(&number.to_string()),
        Some(other) => plain(&other.to_string()).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sheet() -> TopSheet {
        let status = json!({
            "version": "0.1.0", "phase": "running", "process": { "index": 1, "processes": 2 },
            "dataflow": {
                "name": "black-friday",
                "source": { "kind": "kafka", "server": "b:1", "name": "sales" },
                "sink": { "kind": "sqlite", "server": "s.db", "name": "totals" },
                "fields": [
                    { "name": "from", "role": "window_start" }, { "name": "to", "role": "window_end" },
                    { "name": "category", "role": "group" }, { "name": "revenue", "role": "total" },
                ],
            },
            "frontier": { "event_time": "2025-11-28T12:00:00Z", "behind_s": 2.04 },
            "events_per_second": 1499.6,
            "account": { "read": 1000, "counted": 990, "late": 3, "dead": 7, "dead_by_reason": { "not_json": 7 } },
            "partitions": [{ "partition": 0, "lag": 5 }, { "partition": 1, "lag": 1200 }],
            "kafka_reachable": true, "sink": { "reachable": false, "written": 12, "latency_ms": 3.21 },
            "checkpoint": { "age_s": 4.2, "rows": 8 },
        });
        let document = json!({ "final": false, "document": { "from": "12:00", "category": "Gamer" } });
        let mut document: Document = serde_json::from_value(document).unwrap();
        document.document.insert("revenue".into(), serde_json::from_str("123456789012345678.90").unwrap());
        let status = serde_json::from_value(status).unwrap();
        TopSheet::new("http://e:1", Answer { status, documents: vec![document], cut: false })
    }

    #[test]
    fn what_the_engine_says_is_there() {
        let text = sheet().lines(false, 200, None).join("\n");
        for part in [
            "black-friday  running  http://e:1, process 1 of 2  mare 0.1.0",
            "1,500/s, lag 1,205 (most in partition 1), 2 partitions of sales at kafka b:1",
            "2025-11-28T12:00:00Z, 2.0 s behind the clock",
            "1,000 read, 990 counted, 3 late, 0 duplicate, 7 dead (not_json 7)",
            "12 written, 3.2 ms, 0 retries, AWAY, totals at sqlite s.db",
            "checkpoint 4 s old, 8 rows",
        ] {
            assert!(text.contains(part), "`{part}` is not in:\n{text}");
        }
        let rows: Vec<Vec<&str>> = text.lines().rev().take(2).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows[0], ["12:00", "Gamer", "123,456,789,012,345,678.90", "open"], "every digit");
        assert_eq!(rows[1], ["from", "category", "revenue", "state"]);
        assert!(!text.contains('\x1b') && sheet().lines(true, 200, None).join("").contains('\x1b'));
    }

    #[test]
    fn what_no_event_had_is_a_dash() {
        let mut sheet = sheet();
        for name in ["dearest", "any_late", "all_late"] {
            let field = json!({ "name": name, "role": "value" });
            sheet.answer.status.dataflow.fields.push(serde_json::from_value(field).unwrap());
        }
        let values = [("dearest", json!(1234.5)), ("any_late", json!(true)), ("all_late", Value::Null)];
        let document = &mut sheet.answer.documents[0].document;
        document.extend(values.map(|(name, value)| (name.to_owned(), value)));
        let lines = sheet.lines(false, 200, None);
        let row: Vec<&str> = lines[lines.len() - 1].split_whitespace().collect();
        assert_eq!(row[3..], ["1,234.5", "true", "-", "open"]);
    }

    #[test]
    fn documents_that_are_not_all_say_so() {
        let mut sheet = sheet();
        let last = |sheet: &TopSheet| sheet.lines(false, 200, None).pop().unwrap_or_default();
        assert!(last(&sheet).ends_with("open"));
        sheet.answer.cut = true;
        assert_eq!(last(&sheet), "newest 1 documents; --rows shows more");
        sheet.answer.status.memory.documents = 5_076;
        assert_eq!(last(&sheet), "newest 1 of 5,076 documents in memory; --rows shows more");
    }

    #[test]
    fn what_a_terminal_has_no_room_for_is_said() {
        let mut sheet = sheet();
        sheet.answer.documents = vec![sheet.answer.documents[0].clone(); 21];
        let lines = sheet.lines(false, 80, Some(23));
        assert_eq!(
            (lines.len(), lines[22].as_str()),
            (23, "newest 13 of 21; a taller terminal shows more"),
            "{lines:#?}"
        );
        assert_eq!(sheet.lines(false, 80, Some(40)).len(), 30, "all of them");
        (sheet.answer.cut, sheet.answer.status.memory.documents) = (true, 5_076);
        let last = |height| sheet.lines(false, 80, Some(height)).pop().unwrap_or_default();
        assert_eq!(last(23), "newest 13 of 5,076 documents in memory; a taller terminal shows more");
        assert_eq!(last(40), "newest 21 of 5,076 documents in memory; --rows shows more");
        assert_eq!(last(1), "newest 0 of 5,076 documents in memory; a taller terminal shows more");
    }

    #[test]
    fn headings_stand_over_their_numbers_and_are_broken_only_where_it_helps() {
        let mut sheet = sheet();
        let fields = &mut sheet.answer.status.dataflow.fields;
        (fields[0].name, fields[3].name) = ("janela_inicio".into(), "faturamento_total_do_dia".into());
        let document = &mut sheet.answer.documents[0].document;
        *document = [("janela_inicio", "2025-11-28T12:00:00Z".into()), ("category", "Gamer".into())]
            .map(|(name, value): (_, Value)| (name.to_owned(), value))
            .into_iter()
            .collect();
        document.insert("faturamento_total_do_dia".into(), serde_json::from_str("1002488.94").unwrap());
        let lines = sheet.lines(false, 60, None);
        let expected = [
            " janela_inicio         category  faturamento_  state",
            "                                 total_do_dia",
            " 2025-11-28T12:00:00Z  Gamer     1,002,488.94  open",
        ];
        assert_eq!(lines[lines.len() - 3..], expected);
        sheet.answer.status.dataflow.fields[3].name = "valor".into();
        sheet.answer.documents[0].document.insert("valor".into(), serde_json::from_str("7002488.94").unwrap());
        let lines = sheet.lines(false, 60, None);
        assert_eq!(lines[lines.len() - 2], " janela_inicio         category         valor  state");
    }

    #[test]
    fn a_frontier_far_behind_is_said_in_words() {
        let mut sheet = sheet();
        sheet.answer.status.frontier.behind_s = Some(3_723.4);
        assert!(sheet.lines(false, 200, None).join("\n").contains("1h 2m 3s behind the clock"));
    }

    #[test]
    fn an_engine_that_is_away_or_has_failed_is_said_first() {
        let mut sheet = sheet();
        sheet.answer.status.failure = Some("the disk is gone".into());
        sheet.is_away(&Failure::new("no engine answers"));
        let lines = sheet.lines(false, 200, None);
        assert!(lines[0].contains("black-friday  away"), "{lines:?}");
        assert_eq!(lines[1..3], ["no engine answers", "the disk is gone"]);
    }

    #[test]
    fn everything_fits_the_terminal_and_nothing_is_lost() {
        let mut sheet = sheet();
        let status = &mut sheet.answer.status;
        status.dataflow.source.server = "broker-1.example.com:9092,broker-2.example.com:9092".into();
        status.failure = Some("a failure that needs many words ".repeat(5).trim_end().into());
        for field in &mut status.dataflow.fields {
            field.name = format!("{}_of_the_window_and_group", field.name);
        }
        let document = &mut sheet.answer.documents[0].document;
        *document =
            document.iter().map(|(name, value)| (format!("{name}_of_the_window_and_group"), value.clone())).collect();
        for width in [80, 40] {
            for coloured in [false, true] {
                let lines = sheet.lines(coloured, width, None);
                let widest = lines.iter().skip(1).map(|line| measure_text_width(line)).max().unwrap_or_default();
                assert!(widest <= width.max(63), "{widest} of {width}:\n{}", lines.join("\n"));
            }
        }
        let narrow: String = sheet.lines(false, 80, None).join("\n");
        for part in ["broker-1.example.com:9092,broker-2", "123,456,789,012,345,678.90", "Gamer", "revenue_"] {
            assert!(narrow.contains(part), "`{part}` is not in:\n{narrow}");
        }
        assert!(narrow.contains("\n            "), "below the first word:\n{narrow}");
    }

    #[test]
    fn a_slow_rate_has_a_tenth() {
        let mut sheet = sheet();
        sheet.answer.status.events_per_second = 1.99;
        assert!(sheet.lines(false, 80, None).join("\n").contains("2.0/s"));
    }
}
