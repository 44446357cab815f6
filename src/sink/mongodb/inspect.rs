//! Looking at a collection and its server without changing anything.

use ::mongodb::bson::{Bson, Document, rawdoc};

use super::claim::find;
use super::connection::Connection;
use super::control::Found;
use super::reply::number;
use super::update;
use crate::dataflow::MongoSink;
use crate::sink::SinkError;
use crate::sink::document::{ID, Layout};
use crate::sink::fence::{self, Claim};

/// What a server tells of the collection of a sink. What it does not tell is an error in words.
#[derive(Debug)]
pub struct Inspection {
    /// The server's clock, in milliseconds since the Unix epoch.
    pub local_time_ms: Option<i64>,
    /// What the user may do; nothing if nobody is authenticated.
    pub privileges: Result<Option<Vec<Privilege>>, SinkError>,
    /// What stands under the collection's name; nothing if nothing does.
    pub collection: Result<Option<Kind>, SinkError>,
    /// Its indexes but that on `_id`; none if it is not there.
    pub indexes: Result<Vec<Index>, SinkError>,
    /// Whose documents stand there: the run that claimed them last, if any, or why this dataflow may not have them.
    pub owner: Result<Option<Owner>, SinkError>,
}

/// Some actions on some resource, as the server lists them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Privilege {
    /// Every resource, whatever the rest says.
    pub is_any: bool,
    /// A database; empty for all of them.
    pub database: String,
    /// A collection; empty for all of them.
    pub collection: String,
    /// What may be done there: `find`, `insert`, …
    pub actions: Vec<String>,
}

/// What stands under the name of a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// `collection`, `view`, or `timeseries`.
    pub name: String,
    /// Whether it throws old documents away.
    pub is_capped: bool,
    /// Whether it checks documents and refuses some; not if it only warns.
    pub refuses_invalid: bool,
}

/// An index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its fields in their order, each with whether it descends; an index of another kind, such as text, descends nowhere.
    pub keys: Vec<(String, bool)>,
    /// Whether no two documents may have the same keys.
    pub is_unique: bool,
}

/// The run that claimed a collection last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its number.
    pub generation: u64,
    /// Host and process.
    pub who: String,
    /// When it claimed the collection.
    pub since: jiff::Timestamp,
}

/// Looks at the collection of `sink` for a run of the dataflow of `layout` that would say `claim`.
///
/// # Errors
/// As for a claim, if the server cannot be reached or refuses the credentials.
pub fn inspect(sink: &MongoSink, layout: &Layout, claim: &Claim) -> Result<Inspection, SinkError> {
    update::check_names(sink, layout)?;
    let connection = Connection::reach(sink)?;
    let inspecting = Inspecting { connection: &connection, claim };
    Ok(Inspection {
        local_time_ms: inspecting.local_time_ms(),
        privileges: inspecting.privileges(),
        collection: inspecting.collection(),
        indexes: inspecting.indexes(),
        owner: inspecting.owner(),
    })
}

struct Inspecting<'a> {
    connection: &'a Connection,
    claim: &'a Claim,
}

impl Inspecting<'_> {
    fn local_time_ms(&self) -> Option<i64> {
        let hello = self.connection.ask(rawdoc! { "hello": 1 }).ok()?;
        hello.get_datetime("localTime").ok().map(|time| time.timestamp_millis())
    }

    fn privileges(&self) -> Result<Option<Vec<Privilege>>, SinkError> {
        let reply = self.connection.ask(rawdoc! { "connectionStatus": 1, "showPrivileges": true })?;
        let silent = || SinkError::Away("the server does not tell what users may do".to_owned());
        let auth = reply.get_document("authInfo").map_err(|_| silent())?;
        if auth.get_array("authenticatedUsers").map_err(|_| silent())?.is_empty() {
            return Ok(None);
        }
        let listed = auth.get_array("authenticatedUserPrivileges").map_err(|_| silent())?;
        Ok(Some(listed.iter().filter_map(Bson::as_document).filter_map(Privilege::parse).collect()))
    }

    fn collection(&self) -> Result<Option<Kind>, SinkError> {
        let filter = rawdoc! { "name": &*self.connection.collection };
        let reply = self.connection.ask(rawdoc! { "listCollections": 1, "filter": filter })?;
        let ours = |listed: &&Document| listed.get_str("name") == Ok(&*self.connection.collection);
        Ok(batch(&reply).into_iter().find(ours).map(Kind::parse))
    }

    fn indexes(&self) -> Result<Vec<Index>, SinkError> {
        if matches!(self.collection(), Ok(None)) {
            return Ok(Vec::new());
        }
        let reply = self.connection.ask(rawdoc! { "listIndexes": &*self.connection.collection })?;
        let indexes = batch(&reply).into_iter().filter_map(Index::parse);
        Ok(indexes.filter(|index| index.keys.iter().map(|(field, _)| &**field).ne([ID])).collect())
    }

    fn owner(&self) -> Result<Option<Owner>, SinkError> {
        let found = find(self.connection)?;
        let control = found.as_ref().map(|Found { control, .. }| control);
        fence::decide(control, self.claim, self.connection.target.place())?;
        Ok(control.map(|control| Owner {
            generation: control.generation.0,
            who: control.who.clone(),
            since: control.since,
        }))
    }
}

/// The documents of a reply's first batch.
fn batch(reply: &Document) -> Vec<&Document> {
    let batch = reply.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
    batch.map(|documents| documents.iter().filter_map(Bson::as_document).collect()).unwrap_or_default()
}

impl Privilege {
    fn parse(listed: &Document) -> Option<Privilege> {
        let resource = listed.get_document("resource").ok()?;
        let is_any = resource.get_bool("anyResource").unwrap_or(false);
        let text = |key| resource.get_str(key).map(str::to_owned);
        let (database, collection) = match (text("db"), text("collection")) {
            (Ok(database), Ok(collection)) => (database, collection),
            _ if is_any => (String::new(), String::new()),
            _ => return None, // the cluster, or something newer
        };
        let actions = listed.get_array("actions").ok()?.iter().filter_map(|action| Some(action.as_str()?.to_owned()));
        Some(Privilege { is_any, database, collection, actions: actions.collect() })
    }
}

impl Kind {
    fn parse(listed: &Document) -> Kind {
        let options = listed.get_document("options").cloned().unwrap_or_default();
        let has_validator = options.get_document("validator").is_ok_and(|validator| !validator.is_empty());
        let only_warns =
            options.get_str("validationAction") == Ok("warn") || options.get_str("validationLevel") == Ok("off");
        // Some servers call every kind a collection, and tell it apart by its options.
        let is_timeseries = options.get_document("timeseries").is_ok();
        let name = if is_timeseries { "timeseries" } else { listed.get_str("type").unwrap_or("collection") };
        Kind {
            name: name.to_owned(),
            is_capped: options.get_bool("capped").unwrap_or(false),
            refuses_invalid: has_validator && !only_warns,
        }
    }
}

impl Index {
    fn parse(listed: &Document) -> Option<Index> {
        let keys = listed.get_document("key").ok()?;
        let descends = |direction: &Bson| number(direction).is_some_and(|direction| direction < 0);
        Some(Index {
            name: listed.get_str("name").unwrap_or("?").to_owned(),
            keys: keys.iter().map(|(field, direction)| (field.clone(), descends(direction))).collect(),
            is_unique: listed.get_bool("unique").unwrap_or(false),
        })
    }
}

#[cfg(test)]
mod tests {
    use ::mongodb::bson::doc;

    use super::*;

    #[test]
    fn privileges_are_read_and_those_of_the_cluster_left_out() {
        let parse =
            |resource: Document| Privilege::parse(&doc! { "resource": resource, "actions": ["find", "insert"] });
        let both = vec!["find".to_owned(), "insert".to_owned()];
        let of = |is_any, database: &str, collection: &str| {
            Some(Privilege { is_any, database: database.into(), collection: collection.into(), actions: both.clone() })
        };
        assert_eq!(parse(doc! { "db": "loja", "collection": "" }), of(false, "loja", ""));
        assert_eq!(parse(doc! { "anyResource": true }), of(true, "", ""));
        assert_eq!(parse(doc! { "cluster": true }), None);
    }

    #[test]
    fn what_stands_there_is_told_apart() {
        let plain = Kind::parse(&doc! { "name": "x", "type": "collection" });
        assert_eq!(plain, Kind { name: "collection".into(), is_capped: false, refuses_invalid: false });
        assert!(Kind::parse(&doc! { "type": "collection", "options": { "capped": true } }).is_capped);
        let series = doc! { "type": "collection", "options": { "timeseries": { "timeField": "t" } } };
        assert_eq!(Kind::parse(&series).name, "timeseries");
        let validator = |more: Document| {
            let mut options = doc! { "validator": { "a": { "$exists": true } } };
            options.extend(more);
            Kind::parse(&doc! { "type": "collection", "options": options }).refuses_invalid
        };
        assert!(validator(doc! {}) && validator(doc! { "validationAction": "error" }));
        assert!(!validator(doc! { "validationAction": "warn" }) && !validator(doc! { "validationLevel": "off" }));
    }

    #[test]
    fn an_index_has_its_directions_in_any_type_of_number() {
        let index = Index::parse(&doc! { "name": "n", "key": { "a": 1.0, "b": -1_i64, "c": "text" }, "unique": true });
        let keys = [("a", false), ("b", true), ("c", false)].map(|(field, descends)| (field.to_owned(), descends));
        assert_eq!(index, Some(Index { name: "n".into(), keys: keys.to_vec(), is_unique: true }));
    }
}
