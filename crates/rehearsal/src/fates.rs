//! What becomes of each record of a test.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::case::TestRecord;
use mare_checkpoint::Tally;
use mare_engine::Ledger;
use mare_letters::{Letter, LetterKind, LetterMark, Outbox, Outboxes};
use mare_model::position::{Offset, Partition};

/// What has become of a record, or of all of its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordFate {
    /// It is in the totals.
    Counted,
    /// The dataflow does not want it.
    Filtered,
    /// Its id had been counted before in its partition and window.
    Duplicate,
    /// Its window was closed; with why, for people.
    Late(String),
    /// It is no event.
    Dead {
        /// Why, in one word.
        reason: &'static str,
        /// Why, for people.
        detail: String,
    },
    /// It has several events, of which different things have become: so many of each, for people.
    Several(String),
}

impl RecordFate {
    /// In one word, as the accounts have it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            RecordFate::Counted => "counted",
            RecordFate::Filtered => "filtered",
            RecordFate::Duplicate => "duplicate",
            RecordFate::Late(_) => "late",
            RecordFate::Dead { .. } => "dead",
            RecordFate::Several(_) => "several",
        }
    }

    /// Why it is no event, in one word.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        if let RecordFate::Dead { reason, .. } = self { Some(reason) } else { None }
    }

    /// Why, if there is more to say than its name.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        match self {
            RecordFate::Late(detail) | RecordFate::Dead { detail, .. } | RecordFate::Several(detail) => Some(detail),
            RecordFate::Counted | RecordFate::Filtered | RecordFate::Duplicate => None,
        }
    }
}

/// Sees what becomes of the records of a run: late ones and dead letters by the letters that the engine sends, and the
/// others by the account, as it stands when so many records are taken in.
pub(super) struct Witness {
    ledger: Arc<Ledger>,
    letters: Mutex<BTreeMap<(Partition, Offset), Vec<RecordFate>>>,
    /// The account when so many records had been taken in.
    seen: Mutex<BTreeMap<usize, Tally>>,
}

impl Witness {
    pub(super) fn new(ledger: Arc<Ledger>) -> Arc<Witness> {
        Arc::new(Witness { ledger, letters: Mutex::default(), seen: Mutex::default() })
    }

    /// Looks at the account when `taken` records have been taken in.
    pub(super) fn look(&self, taken: usize) {
        lock(&self.seen).insert(taken, self.ledger.total());
    }

    /// What has become of each of `records`, if they were read one by one.
    pub(super) fn fates(&self, records: &[TestRecord]) -> Vec<RecordFate> {
        records.iter().enumerate().map(|(index, record)| self.fate(index, record)).collect()
    }

    fn fate(&self, index: usize, record: &TestRecord) -> RecordFate {
        let letters = lock(&self.letters).get(&(record.partition, record.offset)).cloned().unwrap_or_default();
        let seen = lock(&self.seen);
        let none = Tally::default();
        let [before, behind] = [index, index + 1].map(|taken| seen.get(&taken).unwrap_or(&none));
        let grew = |number: fn(&Tally) -> u64| number(behind).saturating_sub(number(before));
        let counts = [
            ("counted", grew(|tally| tally.counted)),
            ("filtered", grew(|tally| tally.filtered)),
            ("duplicate", grew(|tally| tally.duplicate)),
            ("late", grew(|tally| tally.late)),
            ("dead", grew(Tally::dead_total)),
        ];
        let met: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        match (&*met, letters.first()) {
            ([_, _, ..], _) => RecordFate::Several(several(&met, &letters)),
            (_, Some(letter)) => letter.clone(),
            ([("filtered", _)], None) => RecordFate::Filtered,
            ([("duplicate", _)], None) => RecordFate::Duplicate,
            _ => RecordFate::Counted,
        }
    }

    /// The outboxes of the run's workers.
    pub(super) fn outboxes(self: &Arc<Witness>) -> Outboxes {
        let witness = Arc::clone(self);
        Arc::new(move |_| Box::new(Reader(Arc::clone(&witness))))
    }
}

/// Reads the letters instead of sending them.
struct Reader(Arc<Witness>);

impl Outbox for Reader {
    fn send(&mut self, letter: Letter<'_>) {
        let detail = letter.detail();
        let fate = match letter.kind {
            LetterKind::Late { .. } | LetterKind::Unmatched { .. } => RecordFate::Late(detail),
            LetterKind::Dead(_) => RecordFate::Dead { reason: letter.reason(), detail },
        };
        lock(&self.0.letters).entry((letter.record.partition, letter.record.offset)).or_default().push(fate);
    }

    fn is_full(&self) -> bool {
        false
    }

    fn mark(&mut self) -> LetterMark {
        LetterMark::default()
    }

    fn is_delivered(&self, _mark: LetterMark) -> bool {
        true
    }
}

/// What has become of the events of a record, and why where that is known.
fn several(met: &[(&str, u64)], letters: &[RecordFate]) -> String {
    let counts: Vec<_> = met.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let why = letters.iter().filter_map(RecordFate::detail).map(|detail| format!("; {detail}"));
    format!("{}{}", counts.join(", "), why.collect::<String>())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
