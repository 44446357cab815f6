//! `mare query FILE collection`.

use comfy_table::CellAlignment;
use serde::Serialize;

use crate::cli::documents::no_documents;
use crate::cli::output::{Printed, print, print_json, table};
use crate::cli::sheet::{Sheet, SheetCell, with_commas};
use crate::cli::{DataflowArgs, Failure, ViewArgs};
use crate::plain::plain;
use crate::sink::storage::{IndexUse, Storage};

/// What stands where a sink does not tell.
const NOT_TOLD: &str = "not told";

/// How much room the documents and their indexes take, and how often indexes are used
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare query collection dataflows/black_friday.toml")]
pub struct Args {
    #[command(flatten)]
    dataflow: DataflowArgs,
    #[command(flatten)]
    view: ViewArgs,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Printed::Table)]
    format: Printed,
}

/// The answer, as `docs/query.md` has it; null is what the sink does not tell.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    place: &'a str,
    documents: u64,
    average_bytes: Option<u64>,
    data_bytes: Option<u64>,
    storage_bytes: Option<u64>,
    index_bytes: Option<u64>,
    indexes: Vec<Index<'a>>,
}

#[derive(Debug, Serialize)]
struct Index<'a> {
    name: &'a str,
    keys: &'a [String],
    bytes: Option<u64>,
    used: Option<u64>,
    since: Option<String>,
}

impl Args {
    /// Prints what the sink tells.
    ///
    /// # Errors
    /// If the dataflow file is refused, or the sink keeps no documents or does not answer.
    pub fn run(self) -> Result<(), Failure> {
        let plan = self.view.one(&self.dataflow.load()?)?;
        let storage = plan.sink().storage(plan.layout())?.ok_or_else(|| no_documents(&plan))?;
        match self.format {
            Printed::Table => print(text(&storage)),
            Printed::Json => print_json(&Answer::of(&storage)),
        }
        Ok(())
    }
}

impl<'a> Answer<'a> {
    fn of(storage: &'a Storage) -> Self {
        let index = |index: &'a IndexUse| {
            let IndexUse { name, keys, bytes, used, since } = index;
            Index { name, keys, bytes: *bytes, used: *used, since: since.map(|since| since.to_string()) }
        };
        Answer {
            place: &storage.place,
            documents: storage.documents,
            average_bytes: storage.average_bytes(),
            data_bytes: storage.data_bytes,
            storage_bytes: storage.storage_bytes,
            index_bytes: storage.index_bytes(),
            indexes: storage.indexes.iter().map(index).collect(),
        }
    }
}

/// The answer for a person.
fn text(storage: &Storage) -> String {
    let mut sizes = table(["", "", ""]);
    let rows = [
        ("documents", Some(storage.documents), ""),
        ("bytes of a document", storage.average_bytes(), "on average"),
        ("bytes of all documents", storage.data_bytes, "as they are"),
        ("bytes on the disk", storage.storage_bytes, "as the database stores them"),
        ("bytes of the indexes", storage.index_bytes(), ""),
    ];
    for (name, number, meaning) in rows {
        sizes.add_row([name.to_owned(), told(number), meaning.to_owned()]);
    }
    sizes.column_mut(1).into_iter().for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    let sizes: Vec<_> = sizes.lines().skip(1).map(|line| line.trim_end().to_owned()).collect();
    format!("{}\n{}\n\n{}", plain(&storage.place), sizes.join("\n"), indexes(&storage.indexes).shown())
}

/// The indexes, with what the sink tells of each.
fn indexes(indexes: &[IndexUse]) -> Sheet {
    let number = |number: Option<u64>| number.map_or_else(|| SheetCell::Text(NOT_TOLD.to_owned()), SheetCell::count);
    let mut sheet = Sheet { spare: vec![4], ..Sheet::new(["index", "over", "bytes", "used", "since"]) };
    for IndexUse { name, keys, bytes, used, since } in indexes {
        let since = since.map_or_else(|| NOT_TOLD.to_owned(), |since| format!("{since:.0}"));
        let (name, keys) = (SheetCell::Text(name.clone()), SheetCell::Text(keys.join(", ")));
        sheet.rows.push(vec![name, keys, number(*bytes), number(*used), SheetCell::Text(since)]);
    }
    sheet
}

fn told(number: Option<u64>) -> String {
    number.map_or_else(|| NOT_TOLD.to_owned(), |number| with_commas(&number.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn storage() -> Storage {
        let index = IndexUse {
            name: "_id_".into(),
            keys: vec!["_id".into()],
            bytes: Some(20_480),
            used: Some(7),
            since: "2025-11-28T12:00:00Z".parse().ok(),
        };
        let place = "MongoDB collection `loja.vendas` at h:1".to_owned();
        Storage { place, documents: 488, data_bytes: Some(69_000), storage_bytes: Some(40_960), indexes: vec![index] }
    }

    #[test]
    fn an_answer_has_one_shape_for_programs_and_tables_for_people() {
        let shape = json!({
            "place": "MongoDB collection `loja.vendas` at h:1", "documents": 488, "average_bytes": 142, "data_bytes": 69_000,
            "storage_bytes": 40_960, "index_bytes": 20_480,
            "indexes": [{ "name": "_id_", "keys": ["_id"], "bytes": 20_480, "used": 7, "since": "2025-11-28T12:00:00Z" }],
        });
        assert_eq!(serde_json::to_value(Answer::of(&storage())).expect("JSON"), shape);
        let text = text(&storage());
        for words in ["loja.vendas", "488", "142  on average", "40,960", "_id_", "20,480", "2025-11-28T12:00:00Z"] {
            assert!(text.contains(words), "{words} is not in:\n{text}");
        }
        assert!(text.lines().all(|line| line.trim_end().len() <= 80), "{text}");
    }

    #[test]
    fn what_is_not_told_is_said_and_null() {
        let index = IndexUse { name: "x".into(), ..IndexUse::default() };
        let silent = Storage { documents: 0, data_bytes: None, indexes: vec![index], ..storage() };
        let text = text(&silent);
        assert_eq!(text.matches(NOT_TOLD).count(), 6, "{text}");
        let shape = serde_json::to_value(Answer::of(&silent)).expect("JSON");
        assert!(shape["average_bytes"].is_null() && shape["indexes"][0]["used"].is_null(), "{shape}");
    }
}
