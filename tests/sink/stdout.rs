//! Standard output does what every sink must that keeps nothing.

use std::io;
use std::sync::{Arc, Mutex};

use mare::conformance::{Scratch, run};
use mare::sink::alerts::AlertStore;
use mare::sink::connector::{Abilities, Connector, SinkDescription};
use mare::sink::document::Layout;
use mare::sink::examine::Examination;
use mare::sink::fence::{Claim, FencingToken, Standing};
use mare::sink::stdout::{JsonLines, StdoutSink};
use mare::sink::storage::Storage;
use mare::sink::{Reader, Sink, SinkError, Writer};

/// Standard output, but for its lines: those of the test's own are not mixed with them.
#[derive(Clone, Debug, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Connector for Captured {
    fn is_same(&self, other: &dyn Connector) -> bool {
        other.downcast_ref::<Captured>().is_some_and(|other| Arc::ptr_eq(&self.0, &other.0))
    }

    fn writer(&self, layout: Layout, _token: FencingToken) -> Result<Box<dyn Writer>, SinkError> {
        Ok(Box::new(JsonLines::new(layout, self.clone())))
    }

    fn describe(&self) -> SinkDescription {
        StdoutSink.describe()
    }

    fn abilities(&self) -> Abilities {
        StdoutSink.abilities()
    }

    fn claim(&self, layout: &Layout, claim: &Claim) -> Result<Standing, SinkError> {
        StdoutSink.claim(layout, claim)
    }

    fn belongs(&self, layout: &Layout, claim: &Claim) -> Result<(), SinkError> {
        StdoutSink.belongs(layout, claim)
    }

    fn reader(&self, layout: Layout) -> Result<Option<Box<dyn Reader>>, SinkError> {
        StdoutSink.reader(layout)
    }

    fn storage(&self, layout: Layout) -> Result<Option<Storage>, SinkError> {
        StdoutSink.storage(layout)
    }

    fn alerts(&self, layout: &Layout) -> Result<Option<Box<dyn AlertStore>>, SinkError> {
        StdoutSink.alerts(layout)
    }

    fn remembered(&self) -> Result<Option<Box<dyn AlertStore>>, SinkError> {
        StdoutSink.remembered()
    }

    fn examine(&self, layout: &Layout, claim: &Claim, max_ahead_ms: i64) -> Examination {
        StdoutSink.examine(layout, claim, max_ahead_ms)
    }
}

impl Scratch for Captured {
    fn sink(&self) -> Sink {
        self.clone().into()
    }

    fn remove(&self) {}

    fn empty(&self) {}

    fn copy(&self) -> Box<dyn FnOnce() + '_> {
        Box::new(|| ())
    }
}

#[test]
fn standard_output_does_what_every_sink_must() {
    run(Captured::default);
}
