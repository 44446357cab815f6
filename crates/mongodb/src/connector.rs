//! What a MongoDB collection brings as a sink.

use super::proposal::PROPOSAL;
use super::{MongoAlerts, MongoReader, MongoSink, MongoWriter, claim, examine, inspect, storage};
use mare_sink::Factory;
use mare_sink::alerts::AlertStore;
use mare_sink::connector::{Abilities, Connector, SinkDescription};
use mare_sink::document::Layout;
use mare_sink::examine::Examination;
use mare_sink::fence::{Claim, FencingToken, Standing};
use mare_sink::storage::Storage;
use mare_sink::{Reader, SinkError, Writer};

/// A row of the registry.
pub const FACTORY: Factory = Factory {
    name: "mongodb",
    title: "MongoDB",
    keys: Some("`uri`, `database` and `collection`"),
    set: None,
    proposal: PROPOSAL,
    place: Some("collection"),
    checks: examine::CHECKS,
    read: |section, _, report| Some(MongoSink::read(section, report)?.into()),
};

impl Connector for MongoSink {
    fn is_same(&self, other: &dyn Connector) -> bool {
        other.downcast_ref() == Some(self)
    }

    fn describe(&self) -> SinkDescription {
        let (server, name) = (self.redacted_uri(), format!("{}.{}", self.database, self.collection));
        SinkDescription {
            kind: FACTORY.name,
            line: format!("mongodb {server}  {name}"),
            identity: format!("{server} {name}"),
            documents: self.collection.clone(),
            server,
            name,
        }
    }

    fn abilities(&self) -> Abilities {
        Abilities { is_readable: true, exact_decimals: self.decimal128, wide_integers: true, names_ignore_case: false }
    }

    fn claim(&self, layout: &Layout, claim: &Claim) -> Result<Standing, SinkError> {
        claim::claim(self, layout, claim)
    }

    fn belongs(&self, layout: &Layout, claim: &Claim) -> Result<(), SinkError> {
        inspect::belongs(self, layout, claim)
    }

    fn writer(&self, layout: Layout, token: FencingToken) -> Result<Box<dyn Writer>, SinkError> {
        Ok(Box::new(MongoWriter::connect(self, layout, token)?))
    }

    fn reader(&self, layout: Layout) -> Result<Option<Box<dyn Reader>>, SinkError> {
        Ok(Some(Box::new(MongoReader::connect(self, layout)?)))
    }

    fn storage(&self, layout: Layout) -> Result<Option<Storage>, SinkError> {
        storage::of(self, &layout).map(Some)
    }

    fn alerts(&self, layout: &Layout) -> Result<Option<Box<dyn AlertStore>>, SinkError> {
        Ok(Some(Box::new(MongoAlerts::open(self, layout)?)))
    }

    fn remembered(&self) -> Result<Option<Box<dyn AlertStore>>, SinkError> {
        Ok(Some(Box::new(MongoAlerts::read(self)?)))
    }

    fn examine(&self, layout: &Layout, claim: &Claim, max_ahead_ms: i64) -> Examination {
        examine::examine(self, layout, claim, max_ahead_ms)
    }
}
