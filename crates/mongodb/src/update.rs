//! The `update` command: from documents to guarded upserts in commands that the server takes. Pure.

use ::mongodb::bson::raw::{RawArrayBuf, RawBson, RawDocumentBuf};
use ::mongodb::bson::{DateTime, Decimal128, rawdoc};

use super::connection::durable;
use super::{MongoSink, control};
use mare_model::canary;
use mare_model::decimal;
use mare_model::fault::{Domain, Fault};
use mare_sink::SinkError;
use mare_sink::document::{Document, FieldValue, ID, Layout};
use mare_sink::ranking::{RANKED_TOTAL, RANKED_VALUE, Ranked};

/// How many operations a command holds at most; larger ones only hold up other clients of the server.
const MAX_OPERATIONS: usize = 1_000;

/// How many bytes of operations a command holds at most, below the 16 MiB that the server takes as one document.
const MAX_BYTES: usize = 12 << 20;

/// One document on its way: which one it may replace, and by what.
#[derive(Clone, Debug)]
pub(super) struct Replacement {
    /// Matches the document of this `_id` if it may be replaced.
    filter: RawDocumentBuf,
    /// The whole new document.
    document: RawDocumentBuf,
}

impl Replacement {
    /// The replacement that makes `document` stand; decimals become Decimal128 if `decimal128`, else Double.
    pub(super) fn of(layout: &Layout, document: Document, decimal128: bool) -> Self {
        let filter = filter(layout, &document);
        let mut replacement = rawdoc! { ID: document.id };
        for (field, value) in layout.fields().iter().zip(document.values) {
            replacement.append(&field.name, bson(value, decimal128));
        }
        Replacement { filter, document: replacement }
    }

    /// The `_id` of both.
    pub(super) fn id(&self) -> &str {
        self.document.get_str(ID).unwrap_or_default()
    }

    /// The whole new document.
    pub(super) fn document(&self) -> &RawDocumentBuf {
        &self.document
    }

    /// The size of its operation, in bytes, with room for what surrounds it.
    fn bytes(&self) -> usize {
        self.filter.as_bytes().len() + self.document.as_bytes().len() + 64
    }

    /// The operation. With `upsert` it inserts the document if nothing matches, and so fails where a more complete one
    /// stands; without, it leaves that one alone silently.
    fn operation(&self, upsert: bool) -> RawDocumentBuf {
        let mut operation = RawDocumentBuf::new();
        operation.append_ref("q", &self.filter);
        operation.append_ref("u", &self.document);
        operation.append("upsert", upsert);
        operation
    }

    /// The same as an operation of `bulkWrite` on namespace `namespace`, which inserts the document if nothing matches.
    pub(super) fn bulk_operation(&self, namespace: i32) -> RawDocumentBuf {
        let mut operation = rawdoc! { "update": namespace };
        operation.append_ref("filter", &self.filter);
        operation.append_ref("updateMods", &self.document);
        operation.append("upsert", true);
        operation
    }
}

/// Matches the document that `document` may replace: a less complete one, or one as complete that is not final while
/// `document` is.
fn filter(layout: &Layout, document: &Document) -> RawDocumentBuf {
    let mut filter = canary!(Guard, rawdoc! { ID: &*document.id }, without: return rawdoc! { ID: &*document.id });
    let less_complete = rawdoc! { "$lt": document.version };
    let Some(closed) = layout.final_field().filter(|_| document.is_final) else {
        filter.append(layout.version(), less_complete);
        return filter;
    };
    let (mut below, mut open) = (RawDocumentBuf::new(), RawDocumentBuf::new());
    below.append(layout.version(), less_complete);
    open.append(layout.version(), document.version);
    open.append(closed, rawdoc! { "$ne": true });
    filter.append("$or", [below, open].into_iter().collect::<RawArrayBuf>());
    filter
}

/// The command that applies `replacements` to `collection`: unordered, one operation for each, acknowledged when it is
/// in the journals of a majority.
pub(super) fn command<'a>(
    collection: &str,
    replacements: impl IntoIterator<Item = &'a Replacement>,
    upsert: bool,
) -> RawDocumentBuf {
    let updates: RawArrayBuf = replacements.into_iter().map(|each| each.operation(upsert)).collect();
    rawdoc! {
        "update": collection,
        "ordered": false,
        "writeConcern": durable(),
        "updates": updates,
    }
}

/// Looks for documents of these `_id`s, compared by their bytes whatever the collection's collation is.
pub(super) fn find_ids(collection: &str, ids: &[&str]) -> RawDocumentBuf {
    let ids: RawArrayBuf = ids.iter().copied().collect();
    rawdoc! {
        "find": collection,
        "filter": { ID: { "$in": ids } },
        "projection": { ID: 1 },
        "collation": { "locale": "simple" },
    }
}

/// Cuts `replacements` into slices that fit one command each.
pub(super) fn chunks(mut replacements: &[Replacement]) -> impl Iterator<Item = &[Replacement]> {
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fitting = replacements.iter().take(MAX_OPERATIONS).take_while(|each| {
            bytes += each.bytes();
            bytes <= MAX_BYTES
        });
        // One that is too large by itself goes alone, for the server to refuse by name.
        let length = fitting.count().max(1).min(replacements.len());
        let (chunk, rest) = replacements.split_at(length);
        replacements = rest;
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// Checks the names of `sink` and of the fields of `layout` against what MongoDB documents, since not each server does.
///
/// # Errors
/// [`SinkError::Refused`] names the first name that is none.
pub(super) fn check_names(sink: &MongoSink, layout: &Layout) -> Result<(), SinkError> {
    let (database, collection) = (&sink.database, &sink.collection);
    if database.is_empty() || database.len() > 63 || database.contains(NOT_IN_DATABASES) {
        return Err(bad_name("sink.mongodb.database", database, "use 1 to 63 letters, digits, `_` and `-`"));
    }
    if collection.is_empty() || collection.contains(['$', '\0']) || collection.starts_with("system.") {
        return Err(bad_name("sink.mongodb.collection", collection, "use letters, digits, `_`, `-` and `.`"));
    }
    if collection == control::COLLECTION {
        let remedy = "mare keeps its control documents there: name another collection in sink.mongodb.collection";
        return Err(SinkError::Refused(
            Fault::new(Domain::User, format!("the collection `{collection}` is taken")).remedy(remedy),
        ));
    }
    let mut fields = layout.fields().iter().map(|field| &*field.name);
    match fields.find(|name| name.is_empty() || name.starts_with('$') || name.contains(['.', '\0'])) {
        Some(name) => Err(bad_name("a field of the documents", name, "rename it without `.`, NUL and a `$` in front")),
        None => Ok(()),
    }
}

/// What the name of a database may not contain.
const NOT_IN_DATABASES: [char; 13] = ['/', '\\', '.', ' ', '"', '$', '*', '<', '>', ':', '|', '?', '\0'];

/// What is said of a name that the server would not take.
fn bad_name(what: &str, name: &str, remedy: &str) -> SinkError {
    let what = format!("{what} is called `{}`, which MongoDB does not take", name.escape_debug());
    SinkError::Refused(Fault::new(Domain::User, what).remedy(remedy))
}

/// A value as BSON. A whole number beyond 64 bits becomes a Decimal128, which is exact up to 34 digits.
pub(super) fn bson(value: FieldValue, decimal128: bool) -> RawBson {
    match value {
        FieldValue::Time(time) => DateTime::from_millis(time.0).into(),
        FieldValue::Text(text) => text.into(),
        FieldValue::Boolean(truth) => truth.into(),
        FieldValue::Integer(number) => i64::try_from(number).map_or_else(|_| wide(number, 0).into(), RawBson::Int64),
        FieldValue::Decimal { units, scale } if decimal128 => wide(units, scale).into(),
        FieldValue::Decimal { units, scale } => decimal::nearest(units, scale).into(),
        FieldValue::Ranking(all) => {
            let ranked = |Ranked { value, total }| {
                let mut entry = RawDocumentBuf::new();
                entry.append(RANKED_VALUE, bson(value, decimal128));
                entry.append(RANKED_TOTAL, bson(total, decimal128));
                RawBson::Document(entry)
            };
            RawBson::Array(all.into_iter().map(ranked).collect())
        }
        FieldValue::Null => RawBson::Null,
    }
}

/// `units * 10^-scale` as a Decimal128 with `scale` digits behind the point; beyond its 34 digits, rounded half-even.
fn wide(units: i128, scale: u8) -> Decimal128 {
    let rounded = || {
        let text = format!("{units:.33e}");
        let (digits, exponent) = text.split_once('e')?;
        let exponent = exponent.parse::<i32>().ok()? - i32::from(scale);
        format!("{digits}e{exponent}").parse().ok()
    };
    decimal::text(units, scale).parse().ok().or_else(rounded).expect("34 digits and a small exponent are a Decimal128")
}

#[cfg(test)]
mod tests {
    use ::mongodb::bson::doc;

    use super::*;
    use mare_model::total::Change;
    use mare_sink::fixture;
    use mare_sink::fixture::SampleView;

    fn replacement(plan: &SampleView, group: &str, n: i64, measures: &[i128], decimal128: bool) -> Replacement {
        let layout = plan.layout();
        let change = fixture::change(fixture::key(group, 60_000), fixture::total(n, measures));
        Replacement::of(&layout, layout.render(&change).unwrap(), decimal128)
    }

    #[test]
    fn only_a_final_document_may_replace_one_as_complete() {
        let (layout, id) = (fixture::sales_with_final().layout(), "Gamer|1970-01-01T00:00:00Z");
        let filter = |layout: &Layout, is_final| {
            let (key, total) = (fixture::key("Gamer", 0), fixture::total(3, &[1]));
            let document = layout.render(&Change { key, total, is_final }).unwrap();
            Replacement::of(layout, document, false).filter.to_document().unwrap()
        };
        let below = doc! { "volume_vendas": { "$lt": 3_i64 } };
        let open = doc! { "volume_vendas": 3_i64, "janela_final": { "$ne": true } };
        assert_eq!(filter(&layout, true), doc! { "_id": id, "$or": [below, open] });
        let plain = doc! { "_id": id, "volume_vendas": { "$lt": 3_i64 } };
        assert_eq!(filter(&layout, false), plain);
        assert_eq!(filter(&fixture::sales().layout(), true), plain);
    }

    #[test]
    fn the_command_is_a_guarded_upsert_of_the_flagships_document() {
        let one = replacement(&fixture::sales(), "Gamer", 3, &[1_010], false);
        let expected = doc! {
            "update": "vendas",
            "ordered": false,
            "writeConcern": { "w": "majority", "j": true, "wtimeout": 30_000 },
            "updates": [{
                "q": { "_id": "Gamer|1970-01-01T00:01:00Z", "volume_vendas": { "$lt": 3_i64 } },
                "u": {
                    "_id": "Gamer|1970-01-01T00:01:00Z",
                    "janela_inicio": DateTime::from_millis(60_000),
                    "janela_fim": DateTime::from_millis(120_000),
                    "categoria": "Gamer",
                    "faturamento_total": 10.1,
                    "volume_vendas": 3_i64,
                },
                "upsert": true,
            }],
        };
        assert_eq!(command("vendas", [&one], true).to_document().unwrap(), expected);
    }

    #[test]
    fn numbers_keep_their_digits() {
        let text = |units, scale| wide(units, scale).to_string();
        assert_eq!(text(1_010, 2), "10.10");
        assert_eq!(text(-(10_i128.pow(34) - 1), 18), "-9999999999999999.999999999999999999");
        assert_eq!(text(i128::MAX, 0), "1.701411834604692317316873037158841E+38");
        assert_eq!(text(i128::MAX, 18), "170141183460469231731.6873037158841");
        assert_eq!(bson(FieldValue::Integer(i64::MAX.into()), false), RawBson::Int64(i64::MAX));
        assert_eq!(bson(FieldValue::Integer(i128::from(i64::MAX) + 1), false), RawBson::from(wide(1 << 63, 0)));
        assert_eq!(bson(FieldValue::Decimal { units: 1_010, scale: 2 }, true), RawBson::from(wide(1_010, 2)));
        assert_eq!(bson(FieldValue::Null, true), RawBson::Null);
    }

    #[test]
    fn commands_have_at_most_a_thousand_operations() {
        let many = vec![replacement(&fixture::sales(), "Gamer", 3, &[1_010], false); 2_500];
        assert_eq!(chunks(&many).map(<[_]>::len).collect::<Vec<_>>(), [1_000, 1_000, 500]);
        assert_eq!(chunks(&[]).count(), 0);
    }

    #[test]
    fn commands_stay_below_the_servers_limit() {
        let long = "x".repeat(1 << 20);
        let many = vec![replacement(&fixture::sales(), &long, 3, &[1_010], false); 10];
        assert_eq!(chunks(&many).map(<[_]>::len).sum::<usize>(), 10);
        for chunk in chunks(&many) {
            assert!(command("vendas", chunk, true).as_bytes().len() < 16 << 20);
        }
        let huge = vec![replacement(&fixture::sales(), &"x".repeat(5 << 20), 3, &[1], false); 2];
        assert_eq!(chunks(&huge).map(<[_]>::len).collect::<Vec<_>>(), [1, 1]);
    }

    fn check(database: &str, collection: &str, version: &str) -> Result<(), SinkError> {
        let (database, collection, uri) = (database.into(), collection.into(), String::new());
        let mut plan = fixture::sales();
        plan.view.version = version.into();
        check_names(&MongoSink { uri, database, collection, decimal128: false }, &plan.layout())
    }

    #[test]
    fn names_that_the_server_would_not_take_are_refused() {
        assert!(check("loja", "vendas.hoje", "n").is_ok());
        let refused = check("loja nova", "vendas", "n").expect_err("a blank");
        assert_eq!(refused.fault().what, "sink.mongodb.database is called `loja nova`, which MongoDB does not take");
        assert_eq!(refused.fault().remedy.as_deref(), Some("use 1 to 63 letters, digits, `_` and `-`"));
        for database in ["", "loja nova", "loja.nova", &"x".repeat(64)] {
            assert!(check(database, "vendas", "n").is_err(), "{database:?}");
        }
        for collection in ["", "a$b", "system.users", "mare_control"] {
            assert!(check("loja", collection, "n").is_err(), "{collection:?}");
        }
        for field in ["", "a.b", "$n", "n\0"] {
            assert!(check("loja", "vendas", field).is_err(), "{field:?}");
        }
    }
}
