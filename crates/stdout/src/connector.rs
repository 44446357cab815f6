//! What standard output brings as a sink: it is a log of versions, and nothing of it can be read back.

use super::proposal::PROPOSAL;
use super::{JsonLines, StdoutSink};
use mare_sink::Factory;
use mare_sink::alerts::AlertStore;
use mare_sink::connector::{Abilities, Connector, SinkDescription};
use mare_sink::document::Layout;
use mare_sink::examine::{Examination, owner};
use mare_sink::fence::{self, Claim, FencingToken, SinkName, Standing, Stands};
use mare_sink::storage::Storage;
use mare_sink::{Reader, SinkError, Writer};

/// A row of the registry.
pub const FACTORY: Factory = Factory {
    name: "stdout",
    title: "standard output",
    keys: None,
    set: None,
    proposal: PROPOSAL,
    place: None,
    checks: &[],
    read: |section, _, report| Some(StdoutSink::read(section, report).into()),
};

impl Connector for StdoutSink {
    fn is_same(&self, other: &dyn Connector) -> bool {
        other.downcast_ref() == Some(self)
    }

    fn describe(&self) -> SinkDescription {
        SinkDescription {
            kind: FACTORY.name,
            server: String::new(),
            name: String::new(),
            documents: String::new(),
            line: "standard output, JSON lines".to_owned(),
            identity: "stdout".to_owned(),
        }
    }

    fn abilities(&self) -> Abilities {
        Abilities { is_readable: false, exact_decimals: true, wide_integers: true, names_ignore_case: false }
    }

    fn claim(&self, layout: &Layout, claim: &Claim) -> Result<Standing, SinkError> {
        self.belongs(layout, claim).map(|()| Standing::default())
    }

    fn belongs(&self, _layout: &Layout, claim: &Claim) -> Result<(), SinkError> {
        fence::owner::judge(None, Stands::Unknown, claim, SinkName { name: FACTORY.title, key: "sink" })
    }

    fn writer(&self, layout: Layout, _token: FencingToken) -> Result<Box<dyn Writer>, SinkError> {
        Ok(Box::new(JsonLines::stdout(layout)))
    }

    fn reader(&self, _layout: Layout) -> Result<Option<Box<dyn Reader>>, SinkError> {
        Ok(None)
    }

    fn storage(&self, _layout: Layout) -> Result<Option<Storage>, SinkError> {
        Ok(None)
    }

    fn alerts(&self, _layout: &Layout) -> Result<Option<Box<dyn AlertStore>>, SinkError> {
        Ok(None)
    }

    fn remembered(&self) -> Result<Option<Box<dyn AlertStore>>, SinkError> {
        Ok(None)
    }

    fn examine(&self, layout: &Layout, claim: &Claim, _max_ahead_ms: i64) -> Examination {
        vec![owner::judge(self.belongs(layout, claim), claim, "")].into()
    }
}
