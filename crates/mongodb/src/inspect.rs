//! Looking at a collection and its server without changing anything.

use ::mongodb::bson::{Bson, Document, rawdoc};

use super::claim::{find, stands, validates};
use super::connection::CollectionConnection;
use super::kind::{CollectionKind, Index};
use super::{MongoSink, update};
use mare_sink::SinkError;
use mare_sink::document::Layout;
use mare_sink::fence::{self, Claim, owner};

/// What a server tells of the collection of a sink. What it does not tell is an error in words.
#[derive(Debug)]
pub struct Inspection {
    /// The server's clock, in milliseconds since the Unix epoch.
    pub local_time_ms: Option<i64>,
    /// What the user may do; nothing if nobody is authenticated.
    pub privileges: Result<Option<Vec<Privilege>>, SinkError>,
    /// What stands under the collection's name; nothing if nothing does.
    pub collection: Result<Option<CollectionKind>, SinkError>,
    /// Whether its validator accepts a document of the dataflow; nothing if it has none or the server does not tell.
    pub validates: Option<bool>,
    /// Its indexes but that on `_id`; none if it is not there.
    pub indexes: Result<Vec<Index>, SinkError>,
    /// Whose documents stand there: the run that claimed them last, if any, or why this dataflow may not have them.
    pub owner: Result<Option<Owner>, SinkError>,
    /// Whether the documents of the checkpoint stand there that a run would go on from.
    pub checkpoint: Result<(), SinkError>,
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
    let connection = CollectionConnection::reach(sink)?;
    let inspecting = Inspecting { connection: &connection, layout, claim };
    let collection = connection.kind();
    let indexes = if matches!(collection, Ok(None)) { Ok(Vec::new()) } else { connection.indexes() };
    Ok(Inspection {
        local_time_ms: inspecting.local_time_ms(),
        privileges: inspecting.privileges(),
        validates: inspecting.validates(&collection, sink.decimal128),
        collection,
        indexes,
        owner: inspecting.owner(),
        checkpoint: inspecting.checkpoint(),
    })
}

/// Whether the documents of the checkpoint that `claim` goes on from stand in the collection of `sink`.
///
/// # Errors
/// [`SinkError::Refused`] with what is missing; [`SinkError::Away`] if nobody can tell.
pub fn belongs(sink: &MongoSink, layout: &Layout, claim: &Claim) -> Result<(), SinkError> {
    update::check_names(sink, layout)?;
    let connection = CollectionConnection::reach_to_read(sink)?;
    Inspecting { connection: &connection, layout, claim }.checkpoint()
}

struct Inspecting<'a> {
    connection: &'a CollectionConnection,
    layout: &'a Layout,
    claim: &'a Claim,
}

impl Inspecting<'_> {
    fn local_time_ms(&self) -> Option<i64> {
        let hello = self.connection.ask(rawdoc! { "hello": 1 }).ok()?;
        hello.get_datetime("localTime").ok().map(|time| time.timestamp_millis())
    }

    fn privileges(&self) -> Result<Option<Vec<Privilege>>, SinkError> {
        let reply = self.connection.ask(rawdoc! { "connectionStatus": 1, "showPrivileges": true })?;
        let silent = || SinkError::away("the server does not tell what users may do");
        let auth = reply.get_document("authInfo").map_err(|_| silent())?;
        if auth.get_array("authenticatedUsers").map_err(|_| silent())?.is_empty() {
            return Ok(None);
        }
        let listed = auth.get_array("authenticatedUserPrivileges").map_err(|_| silent())?;
        Ok(Some(listed.iter().filter_map(Bson::as_document).filter_map(Privilege::parse).collect()))
    }

    fn validates(&self, kind: &Result<Option<CollectionKind>, SinkError>, decimal128: bool) -> Option<bool> {
        let kind = kind.as_ref().ok()?.as_ref()?;
        validates(self.connection, kind, self.layout, decimal128).ok()?
    }

    fn owner(&self) -> Result<Option<Owner>, SinkError> {
        let found = find(self.connection)?;
        let control = found.as_ref().map(|found| &found.control);
        fence::own(control, self.claim, self.connection.target.place())?;
        Ok(control.map(|control| Owner {
            generation: control.generation.0,
            who: control.who.clone(),
            since: control.since,
        }))
    }

    fn checkpoint(&self) -> Result<(), SinkError> {
        let found = find(self.connection)?;
        let stands = stands(self.connection, found.as_ref(), self.layout)?;
        owner::judge(found.as_ref().map(|found| &found.control), stands, self.claim, self.connection.target.place())
    }
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
}
