//! The documents that stood in the sink before: of the newest windows, as many as there is room for.

use super::Live;
use mare_model::time::EventTime;
use mare_sink::document::Layout;
use mare_sink::{Query, Reader, SinkError, StoredDocument};

/// How many documents are read at a time.
const PAGE: usize = 5_000;

impl Live {
    /// Reads the newest windows' documents by `reader`, takes them in, and knows then from where on it is complete:
    /// behind the newest that it does not understand, of which the sink is to be asked. What has become durable
    /// meanwhile is kept where it is more complete.
    ///
    /// # Errors
    /// As for [`Reader::find`]; what was read by then is kept, and not known to be everything.
    pub fn load(&self, layout: &Layout, reader: &mut dyn Reader) -> Result<(), SinkError> {
        let mut next = Some(Query { newest_first: true, ..Query::all(PAGE) });
        let (mut documents, mut windows, mut oldest, mut known) = (0, 0, None, EventTime::MIN);
        while let Some(query) = next {
            let page = reader.find(&query)?;
            next = query.following(&page);
            let mut ours = Vec::with_capacity(page.len());
            for StoredDocument { slot, document, .. } in &page {
                match document.as_ref().ok().and_then(|document| layout.figures_of(document)) {
                    Some(figures) => ours.push(figures),
                    None => known = known.max(slot.map_or(EventTime::MAX, behind)),
                }
            }
            for figures in &ours {
                let slot = Some(layout.windows().slot(figures.key.window));
                (windows, oldest) = if slot == oldest { (windows, oldest) } else { (windows + 1, slot) };
            }
            documents += ours.len();
            self.restore(ours);
            if next.is_some() && (documents > self.bounds.documents || windows > self.bounds.windows) {
                // The oldest window may not have been read to its end.
                known = known.max(oldest.map_or(EventTime::MAX, behind));
                break;
            }
        }
        self.is_complete_from(known);
        Ok(())
    }
}

/// The first time behind a window in `slot`, for what knows windows by that.
fn behind(slot: EventTime) -> EventTime {
    EventTime(slot.0.saturating_add(1))
}
