//! What stands under the name of a collection, and whether it can hold the documents of a dataflow. Pure.
//!
//! A document's `_id` is a text, and two texts that differ in anything are two documents. A collection or a unique
//! index with a collation takes some of them for equal, so one document would be taken for another that is more
//! complete. No collation is exact: even the strictest takes the composed and the decomposed form of a letter for one.

use ::mongodb::bson::{Bson, Document, spec::BinarySubtype};

use super::reply::number;
use mare_sink::document::{ID, Layout};

/// What stands under the name of a collection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CollectionKind {
    /// `collection`, `view`, or `timeseries`.
    pub name: String,
    /// Whether it throws old documents away.
    pub is_capped: bool,
    /// By what it checks documents and refuses some; nothing if it only warns.
    pub validator: Option<Document>,
    /// How it compares texts, if not by their bytes.
    pub collation: Option<String>,
    /// What the server knows it by, which another one of its name does not have; nothing if it does not tell.
    pub uuid: Option<String>,
}

/// An index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its fields in their order, each with whether it descends; an index of another kind, such as text, descends
    /// nowhere.
    pub keys: Vec<(String, bool)>,
    /// Whether no two documents may have the same keys.
    pub is_unique: bool,
    /// How it compares texts, if not by their bytes.
    pub collation: Option<String>,
    /// Whether the server removes documents by it when they are old.
    pub expires: bool,
}

/// Why a collection cannot hold the documents of a dataflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// What is the matter.
    pub why: String,
    /// What to do about it.
    pub remedy: String,
}

const ANOTHER: &str = "name another collection in sink.mongodb.collection";

impl CollectionKind {
    /// Reads an entry of `listCollections`.
    pub(super) fn parse(listed: &Document) -> CollectionKind {
        let options = listed.get_document("options").cloned().unwrap_or_default();
        let validator = options.get_document("validator").ok().filter(|validator| !validator.is_empty());
        let only_warns =
            options.get_str("validationAction") == Ok("warn") || options.get_str("validationLevel") == Ok("off");
        // Some servers call every kind a collection, and tell it apart by its options.
        let is_timeseries = options.get_document("timeseries").is_ok();
        let name = if is_timeseries { "timeseries" } else { listed.get_str("type").unwrap_or("collection") };
        CollectionKind {
            name: name.to_owned(),
            is_capped: options.get_bool("capped").unwrap_or(false),
            validator: validator.filter(|_| !only_warns).cloned(),
            collation: collation(&options),
            uuid: uuid(listed),
        }
    }

    /// Why documents cannot be upserted there at all, if that is so.
    #[must_use]
    pub fn unfit(&self) -> Option<Unfit> {
        let (why, remedy) = if self.name != "collection" {
            (format!("it is a {}, which takes no upserts", self.name), format!("drop it, or {ANOTHER}"))
        } else if self.is_capped {
            let why = "it is capped: the server throws the oldest documents away and lets none grow";
            (why.to_owned(), format!("drop it, or {ANOTHER}"))
        } else if let Some(collation) = &self.collation {
            (
                format!(
                    "its collation ({collation}) takes texts for equal that are not, as `Gamer` and `gamer` may be: \
                     of documents whose `_id`s are equal to it only one could stand"
                ),
                format!("make it without a collation, or {ANOTHER}"),
            )
        } else {
            return None;
        };
        Some(Unfit { why, remedy })
    }
}

impl Index {
    /// Reads an entry of `listIndexes`.
    pub(super) fn parse(listed: &Document) -> Option<Index> {
        let keys = listed.get_document("key").ok()?;
        let descends = |direction: &Bson| number(direction).is_some_and(|direction| direction < 0);
        Some(Index {
            name: listed.get_str("name").unwrap_or("?").to_owned(),
            keys: keys.iter().map(|(field, direction)| (field.clone(), descends(direction))).collect(),
            is_unique: listed.get_bool("unique").unwrap_or(false),
            collation: collation(listed),
            expires: listed.contains_key("expireAfterSeconds"),
        })
    }

    /// Whether it is the one on `_id` that every collection has.
    pub(super) fn is_of_id(&self) -> bool {
        self.keys.iter().map(|(field, _)| &**field).eq([ID])
    }
}

/// Why unique indexes would refuse documents of `layout`, if some would. Two documents of a dataflow never agree in the
/// whole of group and window, so one over all of these refuses none, if it compares them by their bytes.
#[must_use]
pub fn refusing(indexes: &[Index], layout: &Layout) -> Option<Unfit> {
    let identity = layout.newest_first();
    let tells_apart = |index: &Index| {
        let has = |name: &str| index.keys.iter().any(|(field, _)| field == name);
        index.collation.is_none() && (has(ID) || identity.iter().all(|(name, _)| has(name)))
    };
    let foreign = indexes.iter().filter(|index| index.is_unique && !tells_apart(index)).map(|index| {
        let fields = index.keys.iter().map(|(field, _)| &**field).collect::<Vec<_>>().join(", ");
        let collation = index.collation.as_ref().map(|collation| format!(" with the collation {collation}"));
        format!("{} over {fields}{}", index.name, collation.unwrap_or_default())
    });
    let foreign: Vec<_> = foreign.collect();
    (!foreign.is_empty()).then(|| Unfit {
        why: format!("a unique index refuses documents that are alike in its fields: {}", foreign.join(", ")),
        remedy: format!("drop that index, or {ANOTHER}"),
    })
}

/// What is said of a validator that refuses every document of the dataflow.
#[must_use]
pub fn invalid() -> Unfit {
    Unfit {
        why: "its validator refuses every document that this dataflow writes".to_owned(),
        remedy: format!("let it accept them (db.getCollectionInfos shows it), or {ANOTHER}"),
    }
}

/// The collation among the options of a collection or an index, if it is not the comparison by bytes.
fn collation(options: &Document) -> Option<String> {
    let collation = options.get_document("collation").ok()?;
    let locale = collation.get_str("locale").ok().filter(|locale| *locale != "simple")?;
    let strength = collation.get("strength").and_then(number);
    Some(strength.map_or_else(|| format!("`{locale}`"), |strength| format!("`{locale}`, strength {strength}")))
}

/// The UUID in an entry of `listCollections`.
fn uuid(listed: &Document) -> Option<String> {
    match listed.get_document("info").ok()?.get("uuid")? {
        Bson::Binary(binary) if binary.subtype == BinarySubtype::Uuid => {
            Some(binary.bytes.iter().map(|byte| format!("{byte:02x}")).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ::mongodb::bson::{Binary, doc};

    use super::*;
    use mare_sink::fixture::sales;

    #[test]
    fn what_stands_there_is_told_apart() {
        let plain = CollectionKind::parse(&doc! { "name": "x", "type": "collection" });
        assert_eq!(plain, CollectionKind { name: "collection".into(), ..CollectionKind::default() });
        assert!(plain.unfit().is_none());
        assert!(CollectionKind::parse(&doc! { "type": "collection", "options": { "capped": true } }).is_capped);
        let series = doc! { "type": "collection", "options": { "timeseries": { "timeField": "t" } } };
        assert_eq!(CollectionKind::parse(&series).name, "timeseries");
        let validator = |more: Document| {
            let mut options = doc! { "validator": { "a": { "$exists": true } } };
            options.extend(more);
            CollectionKind::parse(&doc! { "type": "collection", "options": options }).validator.is_some()
        };
        assert!(validator(doc! {}) && validator(doc! { "validationAction": "error" }));
        assert!(!validator(doc! { "validationAction": "warn" }) && !validator(doc! { "validationLevel": "off" }));
        let id = Binary { subtype: BinarySubtype::Uuid, bytes: vec![0x80, 0xc6] };
        assert_eq!(CollectionKind::parse(&doc! { "info": { "uuid": id } }).uuid.as_deref(), Some("80c6"));
    }

    #[test]
    fn what_cannot_hold_documents_is_unfit() {
        let of = |listed: Document| CollectionKind::parse(&listed).unfit().map(|unfit| unfit.why).unwrap_or_default();
        let options = |options: Document| of(doc! { "type": "collection", "options": options });
        assert!(of(doc! { "type": "view" }).contains("a view"));
        assert!(options(doc! { "capped": true }).contains("capped"));
        let insensitive = options(doc! { "collation": { "locale": "en", "strength": 2 } });
        assert!(
            insensitive.contains("`en`, strength 2") && insensitive.contains("`Gamer` and `gamer`"),
            "{insensitive}"
        );
        assert!(options(doc! { "collation": { "locale": "pt", "strength": 5.0 } }).contains("`pt`"));
        assert_eq!(options(doc! { "collation": { "locale": "simple" } }), "");
    }

    #[test]
    fn an_index_has_its_directions_in_any_type_of_number() {
        let index = Index::parse(&doc! { "name": "n", "key": { "a": 1.0, "b": -1_i64, "c": "text" }, "unique": true });
        let keys = [("a", false), ("b", true), ("c", false)].map(|(field, descends)| (field.to_owned(), descends));
        let expected = Index { name: "n".into(), keys: keys.to_vec(), is_unique: true, ..Index::default() };
        assert_eq!(index, Some(expected));
    }

    #[test]
    fn a_unique_index_refuses_unless_it_tells_all_documents_apart() {
        let of = |listed: Document| {
            let index = Index::parse(&listed).unwrap();
            refusing(&[index], &sales().layout()).map(|unfit| unfit.why)
        };
        let both = doc! { "janela_inicio": 1, "x": 1, "categoria": 1 };
        assert!(of(doc! { "name": "i", "key": { "categoria": 1 }, "unique": true }).is_some());
        assert!(of(doc! { "name": "i", "key": { "categoria": 1 } }).is_none());
        assert!(of(doc! { "name": "i", "key": &both, "unique": true }).is_none());
        assert!(of(doc! { "name": "i", "key": { "categoria": 1, "_id": 1 }, "unique": true }).is_none());
        let collation = doc! { "locale": "en", "strength": 1 };
        let why = of(doc! { "name": "i", "key": both, "unique": true, "collation": collation }).unwrap();
        assert!(why.contains("i over janela_inicio, x, categoria with the collation `en`, strength 1"), "{why}");
    }
}
