//! What the simulated server has, and what it does with commands.

use std::collections::BTreeMap;

use ::mongodb::bson::spec::BinarySubtype;
use ::mongodb::bson::{Binary, Bson, Document, doc};

use crate::reply::{DUPLICATE_KEY, number};
use mare_sink::document::ID;

/// What stands there at some time.
#[derive(Clone, Debug, Default)]
pub struct SimulatedDatabase {
    collections: BTreeMap<String, Collection>,
    /// Whether it takes operations on several collections in one command.
    knows_bulk: bool,
    /// How many collections were ever made.
    made: u64,
}

#[derive(Clone, Debug, Default)]
struct Collection {
    uuid: u64,
    documents: BTreeMap<String, Document>,
}

/// One operation of a command that writes.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) collection: String,
    query: Document,
    update: Document,
    upsert: bool,
}

impl Operation {
    /// Those of an `update` or a `bulkWrite`.
    pub(super) fn all(command: &Document) -> Vec<Operation> {
        let documents = |key| command.get_array(key).into_iter().flatten().filter_map(Bson::as_document);
        let namespace = |ns: &Document| ns.get_str("ns").expect("a name").split_once('.').expect("two").1.to_owned();
        let namespaces: Vec<String> = documents("nsInfo").map(namespace).collect();
        let of = |operation: &Document, collection: String, [query, update]: [&str; 2]| {
            let part = |key| operation.get_document(key).expect("a query and an update").clone();
            let upsert = operation.get_bool("upsert") == Ok(true);
            Operation { collection, query: part(query), update: part(update), upsert }
        };
        let name = || command.get_str("update").expect("the collection's name").to_owned();
        let in_bulk = documents("ops").map(|operation| {
            let at = operation.get("update").and_then(number).expect("the index of a namespace") as usize;
            of(operation, namespaces[at].clone(), ["filter", "updateMods"])
        });
        documents("updates").map(|operation| of(operation, name(), ["q", "u"])).chain(in_bulk).collect()
    }
}

impl SimulatedDatabase {
    /// Where nothing stands.
    pub(super) fn new(knows_bulk: bool) -> SimulatedDatabase {
        SimulatedDatabase { knows_bulk, ..SimulatedDatabase::default() }
    }

    /// The document of this `_id`.
    pub(super) fn document(&self, collection: &str, id: &str) -> Option<&Document> {
        self.collections.get(collection)?.documents.get(id)
    }

    /// Puts a copy in the place of what stands there.
    pub(super) fn put(&mut self, copy: SimulatedDatabase) {
        self.collections = BTreeMap::new();
        for (name, Collection { documents, .. }) in copy.collections {
            self.collection(&name).documents = documents;
        }
    }

    /// The collection of that name, which is made if it is not there.
    fn collection(&mut self, name: &str) -> &mut Collection {
        let made = &mut self.made;
        self.collections.entry(name.to_owned()).or_insert_with(|| {
            *made += 1;
            Collection { uuid: *made, documents: BTreeMap::new() }
        })
    }

    /// Does a command that is done at once.
    pub(super) fn run(&mut self, command: &Document) -> Document {
        let (name, target) = command.iter().next().expect("a command has a name");
        let target = target.as_str().unwrap_or_default();
        match &**name {
            "create" | "createIndexes" => {
                self.collection(target);
                doc! { "ok": 1.0 }
            }
            "listCollections" => cursor(self.collections.iter().map(|(name, collection)| {
                let bytes = collection.uuid.to_be_bytes().repeat(2);
                let uuid = Binary { subtype: BinarySubtype::Uuid, bytes };
                doc! { "name": name, "type": "collection", "options": {}, "info": { "uuid": uuid } }
            })),
            "hello" => doc! { "ok": 1.0, "maxWireVersion": if self.knows_bulk { 25 } else { 21 } },
            "listIndexes" => cursor(std::iter::empty()),
            "find" => {
                let filter = command.get_document("filter").expect("a filter");
                let documents = self.collections.get(target).into_iter().flat_map(|found| found.documents.values());
                let documents = documents.filter(|document| matches(filter, document));
                let limit = command.get("limit").and_then(number).map_or(usize::MAX, |limit| limit as usize);
                cursor(documents.take(limit).cloned())
            }
            "insert" => {
                let document = command.get_array("documents").expect("documents")[0].as_document().expect("one");
                let id = document.get_str(ID).expect("an _id");
                let documents = &mut self.collection(target).documents;
                if documents.contains_key(id) {
                    let mut error = taken(id);
                    error.insert("index", 0);
                    return doc! { "ok": 1.0, "n": 0, "writeErrors": [error] };
                }
                documents.insert(id.to_owned(), document.clone());
                doc! { "ok": 1.0, "n": 1 }
            }
            "findAndModify" => {
                let part = |key| command.get_document(key).expect("a query and an update").clone();
                let (query, update) = (part("query"), part("update"));
                let operation = Operation { collection: target.to_owned(), query, update, upsert: false };
                doc! { "ok": 1.0, "value": self.operate(&operation).expect("no upsert") }
            }
            other => panic!("nobody has told the simulated server what `{other}` is: {command}"),
        }
    }

    /// Does one operation: what stands now, if it has changed something, or why it could not.
    pub(super) fn operate(&mut self, operation: &Operation) -> Result<Option<Document>, Document> {
        let Operation { collection, query, update, upsert } = operation;
        let id = query.get_str(ID).expect("an _id");
        let standing = self.document(collection, id);
        let changed = match standing {
            Some(standing) if matches(query, standing) => changed(standing, update),
            _ if !upsert => return Ok(None),
            // What would be inserted is made before it is seen that the `_id` is taken.
            standing => {
                let inserted = inserted(query, update)?;
                if standing.is_some() {
                    return Err(taken(id));
                }
                inserted
            }
        };
        self.collection(collection).documents.insert(id.to_owned(), changed.clone());
        Ok(Some(changed))
    }
}

/// A cursor that brings these documents at once.
fn cursor(documents: impl Iterator<Item = Document>) -> Document {
    doc! { "ok": 1.0, "cursor": { "id": 0_i64, "firstBatch": documents.collect::<Vec<_>>() } }
}

/// Whether `document` is one that `filter` asks for.
fn matches(filter: &Document, document: &Document) -> bool {
    filter.iter().all(|(key, condition)| match condition {
        Bson::Array(filters) if key == "$or" => {
            filters.iter().filter_map(Bson::as_document).any(|filter| matches(filter, document))
        }
        Bson::Document(operators) if operators.keys().all(|operator| operator.starts_with('$')) => {
            operators.iter().all(|(operator, operand)| holds(at(document, key), operator, operand))
        }
        wanted => at(document, key) == Some(wanted),
    })
}

/// What stands at a path of `document`.
fn at<'a>(document: &'a Document, path: &str) -> Option<&'a Bson> {
    match path.split_once('.') {
        Some((outer, inner)) => at(document.get_document(outer).ok()?, inner),
        None => document.get(path),
    }
}

/// Whether what an operator says holds of a value.
fn holds(value: Option<&Bson>, operator: &str, operand: &Bson) -> bool {
    let numbers = || Some((number(value?)?, number(operand)?));
    match (operator, operand) {
        ("$lt", _) => numbers().is_some_and(|(value, operand)| value < operand),
        ("$gte", _) => numbers().is_some_and(|(value, operand)| value >= operand),
        ("$ne", _) => value != Some(operand),
        ("$exists", Bson::Boolean(true)) => value.is_some(),
        ("$type", Bson::String(kind)) if kind == "string" => matches!(value, Some(Bson::String(_))),
        ("$in", Bson::Array(either)) => value.is_some_and(|value| either.contains(value)),
        _ => panic!("nobody has told the simulated server what `{operator}` is of {operand}"),
    }
}

/// What `update` makes of `document`: another one in its place, or the same with some fields changed.
fn changed(document: &Document, update: &Document) -> Document {
    if !update.keys().any(|key| key.starts_with('$')) {
        return update.clone();
    }
    let mut changed = document.clone();
    for (operator, fields) in update.iter().filter(|(operator, _)| *operator != "$setOnInsert") {
        for (path, value) in fields.as_document().expect("fields and their values") {
            change(&mut changed, path, operator, value);
        }
    }
    changed
}

/// What an upsert inserts: what its query asks for to be equal, changed by `update`.
fn inserted(query: &Document, update: &Document) -> Result<Document, Document> {
    let is_value = |condition: &Bson| condition.as_document().is_none() && condition.as_array().is_none();
    let equal = query.iter().filter(|(_, condition)| is_value(condition));
    let base: Document = equal.map(|(key, value)| (key.clone(), value.clone())).collect();
    let Ok(on_insert) = update.get_document("$setOnInsert") else { return Ok(changed(&base, update)) };
    let is_in_a_value = |path: &String| {
        let outer = path.split_once('.').and_then(|(outer, _)| base.get(outer));
        outer.is_some_and(|outer| outer.as_document().is_none())
    };
    if on_insert.keys().any(is_in_a_value) {
        return Err(doc! { "code": 28, "errmsg": "Cannot create field in element" });
    }
    let mut changed = changed(&base, update);
    on_insert.iter().for_each(|(path, value)| change(&mut changed, path, "$set", value));
    Ok(changed)
}

/// Changes the field at `path`.
fn change(document: &mut Document, path: &str, operator: &str, value: &Bson) {
    if let Some((outer, inner)) = path.split_once('.') {
        let outer = document.entry(outer.to_owned()).or_insert_with(|| Bson::Document(Document::new()));
        return change(outer.as_document_mut().expect("a document"), inner, operator, value);
    }
    match operator {
        "$max" if document.get(path).and_then(number) >= number(value) => {}
        "$max" | "$set" => drop(document.insert(path, value.clone())),
        "$unset" => drop(document.remove(path)),
        _ => panic!("nobody has told the simulated server what `{operator}` is"),
    }
}

/// What is said of an operation whose `_id` is taken.
fn taken(id: &str) -> Document {
    doc! { "code": DUPLICATE_KEY, "keyPattern": { ID: 1 }, "keyValue": { ID: id } }
}
