//! The flagship's documents, as sinks other than MongoDB keep them, in the shape that the oracle has them.

use std::collections::BTreeMap;
use std::path::Path;

use mongodb::bson::{DateTime, Document, doc};
use serde_json::Value;

/// The name of the flagship's collection.
pub const COLLECTION: &str = "faturamento_tempo_real";

/// The rows of the flagship's table in a file.
///
/// # Panics
/// If they cannot be read.
pub fn of_sqlite(file: &Path) -> Vec<Document> {
    let database = rusqlite::Connection::open(file).expect("the database");
    rows(&database).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

fn rows(database: &rusqlite::Connection) -> rusqlite::Result<Vec<Document>> {
    let all = "SELECT _id, janela_inicio, janela_fim, categoria, faturamento_total, volume_vendas FROM black_friday";
    let mut statement = database.prepare(all)?;
    let row = |row: &rusqlite::Row<'_>| {
        Ok(doc! {
            "_id": row.get::<_, String>(0)?,
            "janela_inicio": time(&row.get::<_, String>(1)?),
            "janela_fim": time(&row.get::<_, String>(2)?),
            "categoria": row.get::<_, String>(3)?,
            "faturamento_total": row.get::<_, f64>(4)?,
            "volume_vendas": row.get::<_, i64>(5)?,
        })
    };
    statement.query_map([], row)?.collect()
}

/// Lines of standard output: of each document the one of the most sales is kept.
#[derive(Default)]
pub struct Lines(BTreeMap<String, Value>);

impl Lines {
    /// Takes the next line, and returns its category.
    ///
    /// # Panics
    /// If it is no document of the flagship.
    pub fn take(&mut self, line: &str) -> String {
        let document: Value = serde_json::from_str(line).expect("a document");
        let (id, category) = (text(&document, "_id"), text(&document, "categoria"));
        let is_newer = self.0.get(&id).is_none_or(|before| sales(before) <= sales(&document));
        if is_newer {
            self.0.insert(id, document);
        }
        category
    }

    /// The documents.
    pub fn documents(&self) -> Vec<Document> {
        let document = |(id, document): (&String, &Value)| {
            doc! {
                "_id": id,
                "janela_inicio": time(&text(document, "janela_inicio")),
                "janela_fim": time(&text(document, "janela_fim")),
                "categoria": text(document, "categoria"),
                "faturamento_total": document["faturamento_total"].to_string().parse::<f64>().expect("an amount"),
                "volume_vendas": sales(document),
            }
        };
        self.0.iter().map(document).collect()
    }
}

fn sales(document: &Value) -> i64 {
    document["volume_vendas"].as_i64().expect("a number of sales")
}

fn text(document: &Value, field: &str) -> String {
    document[field].as_str().unwrap_or_else(|| panic!("{field} of {document}")).to_owned()
}

fn time(text: &str) -> DateTime {
    DateTime::from_millis(text.parse::<jiff::Timestamp>().expect("a time").as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_lines_of_a_document_the_one_of_the_most_sales_counts() {
        let line = |sales: i64, amount: &str| {
            format!(
                r#"{{"_id":"a|x","janela_inicio":"2025-11-28T12:00:00Z","janela_fim":"2025-11-28T12:01:00Z","categoria":"a","faturamento_total":{amount},"volume_vendas":{sales}}}"#
            )
        };
        let mut lines = Lines::default();
        assert_eq!(lines.take(&line(2, "20.10")), "a");
        lines.take(&line(3, "30.20"));
        lines.take(&line(1, "10.00"));
        let documents = lines.documents();
        assert_eq!(documents.len(), 1);
        assert_eq!(documents[0].get_f64("faturamento_total"), Ok(30.2));
        assert_eq!(documents[0].get_i64("volume_vendas"), Ok(3));
        assert_eq!(documents[0].get_datetime("janela_inicio"), Ok(&DateTime::from_millis(1_764_331_200_000)));
    }
}
