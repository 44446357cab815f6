//! The documents that stood in the sink before: of the newest windows, as many as there is room for.

use super::Live;
use mare_model::time::EventTime;
use mare_sink::document::Layout;
use mare_sink::{Query, Reader, SinkError};

/// How many documents are read at a time.
const PAGE: usize = 5_000;

impl Live {
    /// Reads the newest windows' documents by `reader`, takes them in, and knows then from where on it is complete.
    /// What has become durable meanwhile is kept where it is more complete.
    ///
    /// # Errors
    /// As for [`Reader::find`]; what was read by then is kept, and not known to be everything.
    pub fn load(&self, layout: &Layout, reader: &mut dyn Reader) -> Result<(), SinkError> {
        let mut next = Some(Query { newest_first: true, ..Query::all(PAGE) });
        let (mut documents, mut windows, mut oldest) = (0, 0, None);
        while let Some(query) = next {
            let page = reader.find(&query)?;
            next = query.following(&page);
            let ours = page.iter().filter_map(|found| layout.figures_of(found.document.as_ref().ok()?));
            let found: Vec<_> = ours.collect();
            for figures in &found {
                let start = Some(figures.key.window.start);
                (windows, oldest) = if start == oldest { (windows, oldest) } else { (windows + 1, start) };
            }
            documents += found.len();
            self.restore(found);
            if next.is_some() && (documents > self.bounds.documents || windows > self.bounds.windows) {
                // The oldest window may not have been read to its end.
                self.is_complete_from(oldest.map_or(EventTime::MAX, |oldest| EventTime(oldest.0.saturating_add(1))));
                return Ok(());
            }
        }
        self.is_complete_from(EventTime::MIN);
        Ok(())
    }
}
