//! What a table in an SQLite file brings as a sink.

use super::proposal::PROPOSAL;
use super::{SqliteAlerts, SqliteReader, SqliteSink, SqliteWriter, claim, examine, file, inspect, storage};
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
    name: "sqlite",
    title: "SQLite",
    keys: Some("`path`"),
    set: Some("sink.sqlite.path=totals.db"),
    proposal: PROPOSAL,
    place: Some("table"),
    checks: examine::CHECKS,
    read: |section, name, report| Some(SqliteSink::read(section, name, report)?.into()),
};

impl Connector for SqliteSink {
    fn is_same(&self, other: &dyn Connector) -> bool {
        other.downcast_ref() == Some(self)
    }

    fn describe(&self) -> SinkDescription {
        let (file, table) = (self.path.display().to_string(), self.table.clone());
        SinkDescription {
            kind: FACTORY.name,
            line: format!("sqlite {file}  {table}"),
            identity: format!("sqlite {file} {table}"),
            documents: table.clone(),
            server: file,
            name: table,
        }
    }

    fn abilities(&self) -> Abilities {
        Abilities { is_readable: true, exact_decimals: false, wide_integers: false, names_ignore_case: true }
    }

    fn claim(&self, layout: &Layout, claim: &Claim) -> Result<Standing, SinkError> {
        claim::claim(self, layout, claim)
    }

    fn belongs(&self, _layout: &Layout, claim: &Claim) -> Result<(), SinkError> {
        inspect::belongs(self, claim)
    }

    fn writer(&self, layout: Layout, token: FencingToken) -> Result<Box<dyn Writer>, SinkError> {
        Ok(Box::new(SqliteWriter::open(self, layout, token)?))
    }

    fn close(&self) {
        file::fold(self);
    }

    fn reader(&self, layout: Layout) -> Result<Option<Box<dyn Reader>>, SinkError> {
        Ok(Some(Box::new(SqliteReader::new(self, layout))))
    }

    fn storage(&self, layout: Layout) -> Result<Option<Storage>, SinkError> {
        storage::of(self, layout).map(Some)
    }

    fn alerts(&self, layout: &Layout) -> Result<Option<Box<dyn AlertStore>>, SinkError> {
        Ok(Some(Box::new(SqliteAlerts::open(self, layout)?)))
    }

    fn remembered(&self) -> Result<Option<Box<dyn AlertStore>>, SinkError> {
        Ok(SqliteAlerts::read(self)?.map(|alerts| Box::new(alerts) as Box<dyn AlertStore>))
    }

    fn examine(&self, layout: &Layout, claim: &Claim, _max_ahead_ms: i64) -> Examination {
        examine::examine(self, layout, claim)
    }
}
