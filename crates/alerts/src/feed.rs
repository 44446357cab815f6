//! Documents out of the sink into the history, window by window, as far as they are final.

use tracing::warn;

use super::Alert;
use super::evaluate::Evaluator;
use super::history::TotalsHistory;
use super::quiet::Sight;
use mare_model::time::{EventTime, Windows};
use mare_sink::{Query, Reader, SinkError, StoredDocument};

/// How many documents are read at once.
const PAGE: usize = 5_000;
/// How many windows are evaluated at once, so that what they are compared with stays small too.
const SPAN: i64 = 1_000;

/// Goes through the final windows of a sink, each once and in order. An error leaves it where it was: the same step can
/// be taken again.
pub struct Feed {
    reader: Box<dyn Reader>,
    evaluator: Evaluator,
    windows: Windows,
    history: TotalsHistory,
    /// The start of the first window that has not been evaluated.
    next: EventTime,
    /// Whether the history reaches as far behind `next` as rules look.
    is_warm: bool,
    /// How many documents are read at once.
    page: usize,
    /// Whether a document that cannot be understood has been said.
    has_complained: bool,
}

/// What some final windows came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluated {
    /// What the rules found, each with the event time at which that was certain.
    pub alerts: Vec<(Alert, EventTime)>,
    /// For how many groups each rule that must hold for some windows held in the last of them, and had not for long
    /// enough.
    pub pending: Vec<(String, usize)>,
    /// The start of the first window that has not been evaluated.
    pub next: EventTime,
}

impl Feed {
    /// Begins with the window that starts at `next`, or with the first that there is.
    #[must_use]
    pub fn new(reader: Box<dyn Reader>, evaluator: Evaluator, windows: Windows, next: Option<EventTime>) -> Feed {
        let next = next.unwrap_or(EventTime::MIN);
        Feed {
            reader,
            evaluator,
            windows,
            history: TotalsHistory::default(),
            next,
            is_warm: false,
            page: PAGE,
            has_complained: false,
        }
    }

    /// The same, reading so many documents at once.
    #[cfg(test)]
    #[must_use]
    pub fn with_page(self, page: usize) -> Feed {
        Feed { page, ..self }
    }

    /// Evaluates the next windows that are final when event time through `certain` is; `None` if there is none.
    ///
    /// # Errors
    /// If the sink does not answer.
    pub fn step(&mut self, certain: EventTime) -> Result<Option<Evaluated>, SinkError> {
        let Some(open) = self.windows.first_open(certain).filter(|open| *open > self.next) else { return Ok(None) };
        // STEP 1: what the first windows look back on.
        if !self.is_warm {
            self.load(self.windows.before(self.next, self.evaluator.reach()), self.next)?;
            self.is_warm = true;
        }
        // STEP 2: whole windows from `next` on, and the single ones that they are compared with.
        let next = self.take_page(open)?;
        for (first_back, last_back) in self.evaluator.lookbacks() {
            let first = self.history.slots(self.next, next).next();
            let Some(first) = first else { break };
            self.load(self.windows.before(first, first_back), self.windows.before(next, last_back))?;
        }
        // STEP 3: the rules.
        let mut alerts = Vec::new();
        for slot in self.evaluator.slots(&self.history, self.next, next) {
            let closed = self.windows.close(self.windows.of_slot(slot));
            alerts.extend(self.evaluator.evaluate(&self.history, slot).into_iter().map(|alert| (alert, closed)));
        }
        let pending = self.evaluator.pending(&self.history, self.windows.before(next, 1));
        self.next = next;
        self.history.forget_before(self.windows.before(next, self.evaluator.reach()));
        Ok(Some(Evaluated { alerts, pending, next }))
    }

    /// What the rules find in windows that are not final when event time through `certain` is; nothing as long as that
    /// is none.
    ///
    /// # Errors
    /// If the sink does not answer.
    pub fn look_at_open(&mut self, certain: EventTime) -> Result<Vec<Alert>, SinkError> {
        let Some(open) = self.windows.first_open(certain) else { return Ok(Vec::new()) };
        let query = Query { from: open.max(self.next), newest_first: true, ..Query::all(self.page) };
        let (mut alerts, mut next) = (Vec::new(), Some(query));
        while let Some(query) = next {
            let page = self.reader.find(&query)?;
            next = query.following(&page);
            let totals = page.iter().filter_map(|found| self.evaluator.fields().read(found.document.as_ref().ok()?));
            alerts
                .extend(totals.flat_map(|(start, group, values)| self.evaluator.evaluate_open(start, &group, &values)));
        }
        Ok(alerts)
    }

    /// The documents that rules look at by the clock, when event time through `certain` is final: those of every window
    /// that is not final, and of those that lie `back` or fewer before one that is not, or before the newest.
    ///
    /// # Errors
    /// If the sink does not answer.
    pub fn sights(&mut self, certain: EventTime, back: i64) -> Result<Vec<Sight>, SinkError> {
        let newest = self.reader.find(&Query { newest_first: true, ..Query::all(1) })?;
        let Some(newest) = newest.iter().find_map(|found| found.slot) else { return Ok(Vec::new()) };
        let newest = EventTime(newest.0.saturating_sub(self.windows.lateness_ms));
        let recent = self.windows.before(newest, back);
        let from = self.windows.first_open(certain).map_or(recent, |open| self.windows.before(open, back).min(recent));
        let (mut sights, mut next) = (Vec::new(), Some(Query { from, ..Query::all(self.page) }));
        while let Some(query) = next {
            let page = self.reader.find(&query)?;
            next = query.following(&page);
            sights.extend(page.into_iter().filter_map(|found| {
                let document = found.document.ok()?;
                let (start, group, values) = self.evaluator.fields().read(&document)?;
                Some(Sight { start, group, values, version: document.version })
            }));
        }
        Ok(sights)
    }

    /// The rules.
    #[must_use]
    pub fn evaluator(&self) -> &Evaluator {
        &self.evaluator
    }

    /// Whether rules look at windows that are not final.
    #[must_use]
    pub fn looks_at_open(&self) -> bool {
        self.evaluator.looks_at_open_windows()
    }

    /// Loads a page of documents, of whole windows that start in `next..open`, and returns where they end.
    fn take_page(&mut self, open: EventTime) -> Result<EventTime, SinkError> {
        let query = Query { from: self.next, to: open, ..Query::all(self.page) };
        let found = self.reader.find(&query)?;
        found.iter().for_each(|found| self.keep(found));
        let mut starts = found.iter().filter_map(|found| found.slot);
        let Some(first) = starts.next() else { return Ok(open) };
        let last = starts.next_back().unwrap_or(first);
        let end = if query.following(&found).is_none() {
            open
        } else if last > first {
            last // this window may go on behind the page, and is taken with the next one
        } else {
            let behind = self.windows.behind(first, 1);
            self.load(first, behind)?;
            behind
        };
        Ok(end.min(self.windows.behind(first, SPAN)))
    }

    /// Loads all documents of the windows that start in `from..to`.
    fn load(&mut self, from: EventTime, to: EventTime) -> Result<(), SinkError> {
        let mut next = Some(Query { from, to, ..Query::all(self.page) }).filter(|_| from < to);
        while let Some(query) = next {
            let found = self.reader.find(&query)?;
            found.iter().for_each(|found| self.keep(found));
            next = query.following(&found);
        }
        Ok(())
    }

    /// Keeps what rules need of a document.
    fn keep(&mut self, found: &StoredDocument) {
        let document = found.document.as_ref().map_err(String::as_str);
        match document.and_then(|document| self.evaluator.fields().read(document).ok_or("it has no window")) {
            Ok((start, group, values)) => self.history.insert(start, group, values),
            Err(_) if self.has_complained => {}
            Err(why) => {
                self.has_complained = true;
                warn!("document {} is not as this dataflow writes it, and no rule looks at it: {why}", found.id);
            }
        }
    }
}
