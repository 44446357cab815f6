//! The SQL of a layout. Pure.

use mare_model::schema::FieldType;
use mare_model::view::{Aggregate, Number};
use mare_sink::document::{FieldOrigin, ID, Layout, LayoutField};

/// `name` as an SQL identifier, whatever characters it has.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The declared type of a field's column.
pub(super) fn column_type(field: &LayoutField) -> &'static str {
    match field.origin {
        FieldOrigin::WindowStart | FieldOrigin::WindowEnd => "TEXT",
        FieldOrigin::Group(FieldType::Integer | FieldType::Boolean) | FieldOrigin::Final => "INTEGER",
        FieldOrigin::Group(FieldType::String | FieldType::Decimal { .. } | FieldType::Time(_)) => "TEXT",
        FieldOrigin::Text(_) | FieldOrigin::Ranking(..) => "TEXT",
        FieldOrigin::Total(aggregate) => match aggregate.number() {
            Number::Integer | Number::Boolean => "INTEGER",
            Number::Decimal { .. } => "REAL",
            Number::Time => "TEXT",
        },
    }
}

/// The columns of the table, `_id` first: name and declared type.
pub(super) fn columns(layout: &Layout) -> Vec<(String, &'static str)> {
    let id = std::iter::once((ID.to_owned(), "TEXT"));
    id.chain(layout.fields().iter().map(|field| (field.name.clone(), column_type(field)))).collect()
}

/// Whether rows may have NULL in a column of this name.
pub(super) fn takes_null(layout: &Layout, column: &str) -> bool {
    layout.fields().iter().any(|field| field.name.eq_ignore_ascii_case(column) && field.may_be_null)
}

/// `CREATE TABLE IF NOT EXISTS`. The table is strict, except that a sum of whole numbers needs a column that also takes
/// the nearest double of a sum beyond 64 bits.
pub(super) fn create_table(table: &str, layout: &Layout) -> String {
    let is_sum =
        |field: &LayoutField| matches!(field.origin, FieldOrigin::Total(Aggregate::Measure(_, Number::Integer)));
    let sums = layout.fields().iter().any(is_sum);
    let id = std::iter::once(format!("{} TEXT PRIMARY KEY NOT NULL", quoted(ID)));
    let column = |field: &LayoutField| {
        let constraint = if field.may_be_null { "" } else { " NOT NULL" };
        format!("{} {}{constraint}", quoted(&field.name), column_type(field))
    };
    let columns = id.chain(layout.fields().iter().map(column));
    let strict = if sums { "" } else { "STRICT, " };
    format!("CREATE TABLE IF NOT EXISTS {} ({}) {strict}WITHOUT ROWID", quoted(table), list(columns))
}

/// `CREATE INDEX IF NOT EXISTS`: serves "the newest windows of a category"; `None` if there is one row alone.
pub(super) fn create_index(table: &str, layout: &Layout) -> Option<String> {
    let fields = layout.newest_first();
    if fields.is_empty() {
        return None;
    }
    let columns =
        fields.iter().map(|(name, descends)| format!("{}{}", quoted(name), if *descends { " DESC" } else { "" }));
    let index = quoted(&format!("{table}_newest_first"));
    Some(format!("CREATE INDEX IF NOT EXISTS {index} ON {} ({})", quoted(table), list(columns)))
}

/// The guarded upsert, one parameter a column: it replaces a row only by a more complete one, or by one as complete
/// that is final where the row is not.
pub(super) fn upsert(table: &str, layout: &Layout) -> String {
    let (table, version) = (quoted(table), quoted(layout.version()));
    let closes = layout
        .final_field()
        .map(quoted)
        .map(|closed| format!(" OR (excluded.{version} = {table}.{version} AND excluded.{closed} > {table}.{closed})"));
    let names: Vec<_> = columns(layout).into_iter().map(|(name, _)| quoted(&name)).collect();
    format!(
        "INSERT INTO {table} ({names}) VALUES ({places}) ON CONFLICT ({id}) DO UPDATE SET {updates} \
         WHERE excluded.{version} > {table}.{version}{closes}",
        closes = closes.unwrap_or_default(),
        places = list(names.iter().map(|_| "?".to_owned())),
        id = quoted(ID),
        updates = list(names.iter().skip(1).map(|name| format!("{name} = excluded.{name}"))),
        names = names.join(", "),
    )
}

/// Asks whether the row of an `_id` stands there, with at least so many events.
pub(super) fn stands(table: &str, layout: &Layout) -> String {
    let (table, id, version) = (quoted(table), quoted(ID), quoted(layout.version()));
    format!("SELECT 1 FROM {table} WHERE {id} = ? COLLATE BINARY AND {version} >= ?")
}

/// `DROP TABLE IF EXISTS`, which takes the index with it.
pub(super) fn drop_table(table: &str) -> String {
    format!("DROP TABLE IF EXISTS {}", quoted(table))
}

/// Removes every row.
pub(super) fn delete_all(table: &str) -> String {
    format!("DELETE FROM {}", quoted(table))
}

/// Whether there is a row.
pub(super) fn has_rows(table: &str) -> String {
    format!("SELECT EXISTS (SELECT 1 FROM {})", quoted(table))
}

/// `parts` with commas between.
fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_sink::fixture;

    #[test]
    fn the_flagships_table_is_strict() {
        let sql = create_table("tempo real", &fixture::sales().layout());
        let expected = "CREATE TABLE IF NOT EXISTS \"tempo real\" (\"_id\" TEXT PRIMARY KEY NOT NULL, \
            \"janela_inicio\" TEXT NOT NULL, \"janela_fim\" TEXT NOT NULL, \"categoria\" TEXT NOT NULL, \
            \"faturamento_total\" REAL NOT NULL, \"volume_vendas\" INTEGER NOT NULL) STRICT, WITHOUT ROWID";
        assert_eq!(sql, expected);
    }

    #[test]
    fn a_table_with_sums_of_whole_numbers_is_not() {
        assert!(!create_table("t", &fixture::sensors().layout()).contains("STRICT"));
    }

    #[test]
    fn a_column_of_what_no_event_may_have_had_takes_null() {
        let sql = create_table("t", &fixture::deliveries().layout());
        let expected = "\"lightest\" REAL, \"heaviest\" REAL, \"soonest\" INTEGER, \"latest\" INTEGER, \
            \"n\" INTEGER NOT NULL) STRICT";
        assert!(sql.contains(expected), "{sql}");
        let sql = create_table("t", &fixture::tips().layout());
        let expected = "\"mean\" REAL, \"exact\" REAL, \"guests\" REAL NOT NULL, \"any_late\" INTEGER, \
            \"all_late\" INTEGER, \"n\" INTEGER NOT NULL) STRICT";
        assert!(sql.contains(expected), "{sql}");
    }

    #[test]
    fn a_column_of_a_group_takes_null_if_that_is_a_group() {
        let sql = create_table("t", &fixture::sensors_of_anywhere().layout());
        assert!(sql.contains("\"sensor_id\" INTEGER, \"indoors\" INTEGER, \"room\" TEXT, "), "{sql}");
        assert!(takes_null(&fixture::sensors_of_anywhere().layout(), "ROOM"));
    }

    #[test]
    fn the_index_has_the_newest_windows_first() {
        let expected = "CREATE INDEX IF NOT EXISTS \"t_newest_first\" ON \"t\" (\"categoria\", \"janela_inicio\" DESC)";
        assert_eq!(create_index("t", &fixture::sales().layout()).as_deref(), Some(expected));
    }

    #[test]
    fn quotes_in_names_are_doubled() {
        assert_eq!(quoted(r#"a"; DROP TABLE b; --"#), r#""a""; DROP TABLE b; --""#);
    }
}
