//! Documents found against documents expected, both ways.

use std::collections::BTreeMap;

use mongodb::bson::{Bson, DateTime, Document, doc};

use super::Oracle;

/// At most so many differences are shown.
const SHOWN: usize = 20;

/// # Panics
/// With the differences, if `found` is not exactly what the oracle expects.
pub fn assert_same(found: &[Document], oracle: &Oracle, what: &str) {
    let differences = differences(found, oracle);
    let shown = &differences[..differences.len().min(SHOWN)];
    assert!(
        differences.is_empty(),
        "{what}: {} documents found, {} expected, {} differ:\n{}",
        found.len(),
        oracle.documents().len(),
        differences.len(),
        shown.join("\n")
    );
}

/// One line for each document that is missing, too many or different.
pub fn differences(found: &[Document], oracle: &Oracle) -> Vec<String> {
    let mut found: BTreeMap<String, &Document> = found.iter().map(|document| (id_of(document), document)).collect();
    let mut lines = Vec::new();
    for ((start_ms, category), (cents, sales)) in &oracle.documents() {
        let expected = expected(*start_ms, oracle.end_ms(*start_ms), category, *cents, *sales);
        match found.remove(&id_of(&expected)) {
            None => lines.push(format!("missing   {expected}")),
            Some(other) if sorted(other) != sorted(&expected) => {
                lines.push(format!("expected  {expected}\n     but  {other}"));
            }
            Some(_) => {}
        }
    }
    lines.extend(found.values().map(|document| format!("too many  {document}")));
    lines
}

/// The document as the flagship writes it.
fn expected(start_ms: i64, end_ms: i64, category: &str, cents: i128, sales: i64) -> Document {
    let start = jiff::Timestamp::from_millisecond(start_ms).expect("a time of the calendar");
    let sign = if cents < 0 { "-" } else { "" };
    let decimal = format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100);
    doc! {
        "_id": format!("{category}|{start}"),
        "janela_inicio": DateTime::from_millis(start_ms),
        "janela_fim": DateTime::from_millis(end_ms),
        "categoria": category,
        "faturamento_total": decimal.parse::<f64>().expect("a decimal number"),
        "volume_vendas": sales,
    }
}

fn id_of(document: &Document) -> String {
    match document.get("_id") {
        Some(Bson::String(id)) => id.clone(),
        other => format!("{other:?}"),
    }
}

/// The fields in the order of their names.
fn sorted(document: &Document) -> BTreeMap<&str, &Bson> {
    document.iter().map(|(name, value)| (name.as_str(), value)).collect()
}
