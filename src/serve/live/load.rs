//! The documents that stood in the sink before: of the newest windows, as many as there is room for.

use super::Live;
use crate::sink::document::{self, Layout};
use crate::sink::{Query, Reader, SinkError};
use crate::time::EventTime;

/// How many documents are read at a time.
const PAGE: usize = 5_000;

impl Live {
    /// Reads the newest windows' documents by `reader`, takes them in, and knows then from where on it is complete. What has
    /// become durable meanwhile is kept where it is more complete.
    ///
    /// # Errors
    /// As for [`Reader::find`]; what was read by then is kept, and not known to be everything.
    pub fn load(&self, layout: &Layout, reader: &mut dyn Reader) -> Result<(), SinkError> {
        let mut query = Query { newest_first: true, ..Query::all(PAGE) };
        let (mut documents, mut windows, mut oldest) = (0, 0, None);
        loop {
            let page = reader.find(&query)?;
            let is_last = page.len() < PAGE;
            let changes: Vec<_> =
                page.iter().filter_map(|found| layout.change(found.document.as_ref().ok()?)).collect();
            for change in &changes {
                let start = Some(change.key.window.start);
                (windows, oldest) = if start == oldest { (windows, oldest) } else { (windows + 1, start) };
            }
            documents += changes.len();
            let next = changes.last().map(|change| (change.key.window.start, document::id(&change.key)));
            self.restore(changes);
            if is_last {
                self.is_complete_from(EventTime::MIN);
                return Ok(());
            }
            if documents > self.bounds.documents || windows > self.bounds.windows {
                // The oldest window may not have been read to its end.
                self.is_complete_from(oldest.map_or(EventTime::MAX, |oldest| EventTime(oldest.0.saturating_add(1))));
                return Ok(());
            }
            if let Some(next) = next {
                query.after = Some(next);
            } else {
                return Err(SinkError::Refused("the newest documents are none of this dataflow".to_owned()));
            }
        }
    }
}
