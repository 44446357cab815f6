//! The documents of a plan: what is asked of its sink about them.

use super::{Output, Plan};
use mare_checkpoint::Manifest;
use mare_checkpoint::positions::ControlPositions;
use mare_model::journal::Journal;
use mare_sink::document::Layout;
use mare_sink::{Claim, Expected, FencingToken, Reader, Sink, SinkError, ViewWriters, Writer, fingerprint};

impl Plan {
    /// What they look like.
    #[must_use]
    pub fn layout(&self) -> Layout {
        Layout::new(&self.event, self.view())
    }

    /// Where they go.
    ///
    /// # Panics
    /// As [`Plan::view`].
    #[must_use]
    pub fn sink(&self) -> &Sink {
        &self.outputs[0].sink
    }

    /// Equal for two plans if they make the same documents of the same log.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint::of(&self.shape(), self.view())
    }

    /// What a run says to the sink, or somebody who looks ahead for one, that goes on from the checkpoint of this
    /// manifest, if there is one.
    #[must_use]
    pub fn claim(&self, newest: Option<&Manifest>) -> Claim {
        let newest = newest.map(|newest| self.own(newest));
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_else(|_| "localhost".to_owned());
        let shape = self.shape();
        Claim {
            dataflow: self.name.clone(),
            fingerprint: fingerprint::of(&shape, self.view()),
            fingerprint_1: fingerprint::of_format_1(&shape, self.view()),
            sink: self.sink().describe().identity,
            expects: newest.as_ref().and_then(Expected::of),
            goes_on: newest.is_some(),
            shares_log: self.outputs.first().is_some_and(|output| output.name.is_some()),
            writes_late: self.view().windows.are_sessions(),
            who: format!("{}, process {}", host.trim(), std::process::id()),
            ..Claim::default()
        }
    }

    /// A connection for a writer of the run of `tokens`, one for each view, in their order.
    ///
    /// # Errors
    /// As for [`Connector::writer`](mare_sink::Connector::writer).
    pub fn writer(&self, tokens: &[FencingToken]) -> Result<Box<dyn Writer>, SinkError> {
        let token = |view: usize| tokens.get(view).cloned().unwrap_or(FencingToken::UNFENCED);
        let open =
            |(view, output): (usize, &Output)| output.sink.writer(Layout::new(&self.event, &output.view), token(view));
        let mut writers = self.outputs.iter().enumerate().map(open).collect::<Result<Vec<_>, _>>()?;
        if writers.len() > 1 { Ok(Box::new(ViewWriters::new(writers))) } else { Ok(writers.remove(0)) }
    }

    /// A connection that reads them; `None` if they cannot be read back.
    ///
    /// # Errors
    /// As for [`Reader::find`].
    pub fn reader(&self) -> Result<Option<Box<dyn Reader>>, SinkError> {
        self.sink().reader(self.layout())
    }

    /// What was promised for partitions that were silent, by the journal beside the documents of the dataflow's first
    /// view; nothing if these cannot be read back.
    ///
    /// # Errors
    /// As for [`Reader::journal`].
    pub fn journal(&self) -> Result<Journal, SinkError> {
        let first = self.whole.as_ref().map_or(self.outputs.first(), |whole| whole.first.as_ref());
        let Some(first) = first else { return Ok(Journal::default()) };
        match first.sink.reader(Layout::new(&self.event, &first.view))? {
            Some(mut reader) => reader.journal(),
            None => Ok(Journal::default()),
        }
    }

    /// What the control document beside them says of the log; `None` if there is none, or nobody can tell now.
    #[must_use]
    pub fn shown(&self) -> Option<ControlPositions> {
        let mut reader = self.reader().ok()??;
        let shown = reader.shown().ok()??;
        Some(ControlPositions { shown, begins: reader.begins().ok()? })
    }
}
