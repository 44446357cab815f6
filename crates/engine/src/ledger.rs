//! The accounting: for each partition, `read = counted + filtered + late + duplicate + dead`, at all
//! times.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use super::lateness::PartitionLateness;
use super::promise::Promise;
use super::samples::Samples;
use mare_checkpoint::{Jump, PartitionState, Tally};
use mare_decode::Reject;
use mare_model::position::{Offset, Partition, Positions};
use mare_model::record::LastRead;
use mare_model::time::EventTime;

/// What became of the records of each partition of one process. Shared between its workers and whoever reports.
///
/// A partition's account has one writer, the worker that owns it, and is brought up to date after every batch of
/// records; readers may see an account between two batches, never a torn number.
#[derive(Debug)]
pub struct Ledger {
    accounts: BTreeMap<Partition, Account>,
    /// For each [`Reject::REASONS`], whether one has been logged.
    logged: [AtomicBool; Reject::REASONS.len()],
    /// Samples of what is not counted, if somebody wants them.
    samples: OnceLock<Samples>,
    /// The ledgers of the views behind the first.
    others: Vec<Arc<Ledger>>,
}

/// How far one partition has been read, whatever is made of its events: shared by the accounts of all views.
#[derive(Debug)]
struct Reading {
    /// Next offset to read.
    position: AtomicI64,
    /// Offset at which reading began.
    start: AtomicI64,
    /// Where reading began in the dataflow's first run, if that is known; not set before the account is restored.
    begin: OnceLock<Option<Offset>>,
    /// Offset behind the newest record that is known of.
    end: AtomicI64,
    /// Offset behind the newest record that can be read: open transactions hold back what lies behind their first one.
    stable: AtomicI64,
    /// The newest record read, as far as it is known.
    last: Mutex<Option<LastRead>>,
    /// When it was last asked how far the partition reaches, and what the answer was.
    asked: Mutex<Option<(Instant, Offset)>>,
}

/// The account of one partition, for one view.
#[derive(Debug)]
pub struct Account {
    reading: Arc<Reading>,
    /// What the records before the first one of this run came to in earlier runs.
    before: OnceLock<Tally>,
    /// What the partition promises.
    promise: AtomicI64,
    /// What else there is to a promise; it changes seldom.
    confirmation: Mutex<Confirmation>,
    counted: AtomicU64,
    filtered: AtomicU64,
    late: AtomicU64,
    /// Those of them in this run that only a heartbeat has made late.
    late_by_silence: AtomicU64,
    /// Those of them in this run that are cancellations which have found nothing.
    unmatched: AtomicU64,
    duplicate: AtomicU64,
    rounded: AtomicU64,
    dead: [AtomicU64; Reject::REASONS.len()],
}

/// What a promise waits for, and how it came about.
#[derive(Clone, Debug, Default)]
struct Confirmation {
    /// The event times above the promise, see [`Promise::above`].
    recent: Vec<EventTime>,
    /// The last jump, see [`Promise::jump`].
    jump: Option<Jump>,
    /// How many events were counted before the jump, and how many were late.
    before: (u64, u64),
}

impl Ledger {
    /// An empty account for each partition, which is read from `start` and known to reach to `end`.
    #[must_use]
    pub fn new(partitions: impl IntoIterator<Item = (Partition, Offset, Offset)>) -> Self {
        Ledger::with_views(partitions, 1)
    }

    /// The same for so many views: the ledger of the first, which has those of the others.
    #[must_use]
    pub fn with_views(partitions: impl IntoIterator<Item = (Partition, Offset, Offset)>, views: usize) -> Self {
        let open = |(partition, start, end)| (partition, Arc::new(Reading::new(start, end)));
        let readings: Vec<_> = partitions.into_iter().map(open).collect();
        let of_view = |others| Ledger {
            accounts: readings.iter().map(|(partition, reading)| (*partition, Account::new(reading.clone()))).collect(),
            logged: Default::default(),
            samples: OnceLock::new(),
            others,
        };
        of_view((1..views).map(|_| Arc::new(of_view(Vec::new()))).collect())
    }

    /// The ledger of each view, of which `first` is that of the first.
    pub fn of_views(first: &Arc<Ledger>) -> impl Iterator<Item = Arc<Ledger>> {
        std::iter::once(first.clone()).chain(first.others.clone())
    }

    /// The account of `partition`, if this process knows of it.
    #[must_use]
    pub fn account(&self, partition: Partition) -> Option<&Account> {
        self.accounts.get(&partition)
    }

    /// Begins where that was decided in those of `partitions`, all of one worker, of which no checkpoint knows.
    pub fn begin(&self, partitions: &[Partition], begins: &Positions) {
        let begins =
            partitions.iter().filter_map(|partition| Some((self.account(*partition)?, *begins.get(partition)?)));
        begins.for_each(|(account, begin)| account.begin_at(begin));
    }

    /// Every account, by partition.
    pub fn accounts(&self) -> impl Iterator<Item = (Partition, &Account)> {
        self.accounts.iter().map(|(partition, account)| (*partition, account))
    }

    /// The sum over all accounts.
    #[must_use]
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        self.accounts.values().for_each(|account| total.add(&account.tally()));
        total
    }

    /// What the records came to that earlier runs have read, as the checkpoint says from which this one goes on; `None`
    /// if it goes on from none.
    #[must_use]
    pub fn before(&self) -> Option<Tally> {
        let mut before = self.accounts.values().filter_map(|account| account.before.get()).peekable();
        before.peek()?;
        let mut total = Tally::default();
        before.for_each(|tally| total.add(tally));
        Some(total)
    }

    /// Keeps samples of what is not counted, from now on.
    pub fn keep_samples(&self) {
        let _ = self.samples.set(Samples::default()); // once is enough
        self.others.iter().for_each(|other| other.keep_samples());
    }

    /// Samples of what is not counted, if they are kept.
    #[must_use]
    pub fn samples(&self) -> Option<&Samples> {
        self.samples.get()
    }

    /// Whether this reject is the first of its reason in this process; true once.
    #[must_use]
    pub fn is_first(&self, reject: &Reject) -> bool {
        !self.logged[reject.index()].swap(true, Relaxed)
    }
}

impl Reading {
    fn new(start: Offset, end: Offset) -> Self {
        Reading {
            position: AtomicI64::new(start.0),
            start: AtomicI64::new(start.0),
            begin: OnceLock::new(),
            end: AtomicI64::new(end.0),
            stable: AtomicI64::new(end.0),
            last: Mutex::default(),
            asked: Mutex::default(),
        }
    }
}

impl Account {
    fn new(reading: Arc<Reading>) -> Self {
        Account {
            reading,
            before: OnceLock::new(),
            promise: AtomicI64::new(EventTime::MIN.0),
            confirmation: Mutex::default(),
            counted: AtomicU64::new(0),
            filtered: AtomicU64::new(0),
            late: AtomicU64::new(0),
            late_by_silence: AtomicU64::new(0),
            unmatched: AtomicU64::new(0),
            duplicate: AtomicU64::new(0),
            rounded: AtomicU64::new(0),
            dead: Default::default(),
        }
    }

    /// Adds what a batch of records came to, and where it ended.
    pub fn post(&self, batch: &Tally, position: Offset, promise: EventTime) {
        self.counted.fetch_add(batch.counted, Relaxed);
        self.filtered.fetch_add(batch.filtered, Relaxed);
        self.late.fetch_add(batch.late, Relaxed);
        self.duplicate.fetch_add(batch.duplicate, Relaxed);
        self.rounded.fetch_add(batch.rounded, Relaxed);
        for (account, batch) in self.dead.iter().zip(batch.dead) {
            account.fetch_add(batch, Relaxed);
        }
        self.reading.position.store(position.0, Relaxed);
        self.reaches(position, position);
        self.promise.store(promise.0, Relaxed);
    }

    /// Takes note of what there is to the promise beside its time, before the batch is posted. `before` tells how many
    /// events of the batch were counted, and how many late, before the promise jumped, if it did.
    pub fn promised(&self, promise: &Promise, before: Option<(u64, u64)>) {
        if before.is_none() && promise.above().is_empty() && self.confirmation().recent.is_empty() {
            return;
        }
        let (counted, late) = (self.counted.load(Relaxed), self.late.load(Relaxed) - self.unmatched());
        let mut confirmation = self.confirmation();
        confirmation.recent.clear();
        confirmation.recent.extend_from_slice(promise.above());
        if let Some(before) = before {
            confirmation.jump = promise.jump();
            confirmation.before = (counted + before.0, late + before.1);
        }
    }

    /// Takes note of how many late events of a batch only a heartbeat has made late, before the batch is posted.
    pub fn was_late_by_silence(&self, events: u64) {
        if events > 0 {
            self.late_by_silence.fetch_add(events, Relaxed);
        }
    }

    /// How many events only a heartbeat has made late, of those that this run has taken in behind it.
    #[must_use]
    pub fn late_by_silence(&self) -> u64 {
        self.late_by_silence.load(Relaxed)
    }

    /// Takes note of how many late events of a batch are cancellations that have found nothing, before the batch is
    /// posted and behind what there is to the promise.
    pub fn was_unmatched(&self, cancellations: u64) {
        if cancellations > 0 {
            self.unmatched.fetch_add(cancellations, Relaxed);
        }
    }

    /// How many cancellations have found nothing in this run.
    #[must_use]
    pub fn unmatched(&self) -> u64 {
        self.unmatched.load(Relaxed)
    }

    fn confirmation(&self) -> MutexGuard<'_, Confirmation> {
        self.confirmation.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many events were late in this run of those behind the last jump of the promise, and what that was; all that
    /// were read if there is none.
    #[must_use]
    pub fn lateness(&self, partition: Partition) -> PartitionLateness {
        let Confirmation { jump, before, .. } = self.confirmation().clone();
        // Of a cancellation that finds nothing nobody knows whether its window had closed.
        let (counted, late) = (self.counted.load(Relaxed), self.late.load(Relaxed).saturating_sub(self.unmatched()));
        let (counted, late) = (counted.saturating_sub(before.0), late.saturating_sub(before.1));
        PartitionLateness { partition, counted, late, promise: self.promise(), jump }
    }

    /// Notes the newest record read.
    pub fn has_read(&self, last: LastRead) {
        *self.last() = Some(last);
    }

    fn last(&self) -> MutexGuard<'_, Option<LastRead>> {
        self.reading.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the partition is known to reach to `end`, and can be read to `stable`.
    pub fn reaches(&self, stable: Offset, end: Offset) {
        self.reading.stable.fetch_max(stable.0, Relaxed);
        self.reading.end.fetch_max(end.0, Relaxed);
    }

    /// Notes that the brokers, asked at `when`, have said that the partition reaches to `end`: its evidence that there
    /// is nothing to read.
    pub fn asked(&self, when: Instant, end: Offset) {
        *self.reading.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some((when, end));
    }

    /// Whether the brokers, asked at `when` or later, have said that there is nothing behind `position`.
    #[must_use]
    pub fn was_empty(&self, when: Instant, position: Offset) -> bool {
        let asked = *self.reading.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.is_some_and(|(at, end)| at >= when && end == position)
    }

    /// Next offset to read.
    #[must_use]
    pub fn position(&self) -> Offset {
        Offset(self.reading.position.load(Relaxed))
    }

    /// Offset at which reading began.
    #[must_use]
    pub fn start(&self) -> Offset {
        Offset(self.reading.start.load(Relaxed))
    }

    /// Begins at an offset that was decided for the whole cluster; to be called before the first record, by who owns
    /// the partition.
    pub fn begin_at(&self, offset: Offset) {
        self.reading.start.store(offset.0, Relaxed);
        self.reading.position.store(offset.0, Relaxed);
        self.reaches(offset, offset);
    }

    /// Goes on from where an earlier run was; to be called once, before the first record.
    pub fn restore(&self, state: &PartitionState) {
        let _ = self.before.set(state.tally.clone());
        let _ = self.reading.begin.set(state.begin);
        *self.last() = state.last;
        self.begin_at(state.position);
        self.promise.store(state.promise.0, Relaxed);
        let (recent, jump) = (state.recent.clone(), state.jump);
        *self.confirmation() = Confirmation { recent, jump, before: (0, 0) };
    }

    /// How far the partition is taken in, with what all of its records came to, those of earlier runs included.
    #[must_use]
    pub fn state(&self) -> PartitionState {
        let mut tally = self.tally();
        tally.add(self.before.get().unwrap_or(&Tally::default()));
        let begin = self.reading.begin.get().copied().flatten();
        let Confirmation { recent, jump, .. } = self.confirmation().clone();
        PartitionState {
            position: self.position(),
            begin,
            last: *self.last(),
            promise: self.promise(),
            recent,
            jump,
            tally,
            others: Vec::new(),
        }
    }

    /// Offset behind the newest record that is known of.
    #[must_use]
    pub fn end(&self) -> Offset {
        Offset(self.reading.end.load(Relaxed))
    }

    /// Offset behind the newest record that can be read.
    #[must_use]
    pub fn stable(&self) -> Offset {
        Offset(self.reading.stable.load(Relaxed))
    }

    /// How many offsets open transactions keep from being read.
    #[must_use]
    pub fn held_back(&self) -> u64 {
        u64::try_from(self.reading.end.load(Relaxed) - self.reading.stable.load(Relaxed)).unwrap_or(0)
    }

    /// How many offsets lie between the position and the newest known record: an upper bound of the records to come.
    #[must_use]
    pub fn lag(&self) -> u64 {
        u64::try_from(self.reading.end.load(Relaxed) - self.reading.position.load(Relaxed)).unwrap_or(0)
    }

    /// What the partition promises.
    #[must_use]
    pub fn promise(&self) -> EventTime {
        EventTime(self.promise.load(Relaxed))
    }

    /// The numbers as of now.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally {
            read: 0,
            counted: self.counted.load(Relaxed),
            filtered: self.filtered.load(Relaxed),
            late: self.late.load(Relaxed),
            duplicate: self.duplicate.load(Relaxed),
            rounded: self.rounded.load(Relaxed),
            dead: std::array::from_fn(|reason| self.dead[reason].load(Relaxed)),
        };
        tally.read = tally.counted + tally.filtered + tally.late + tally.duplicate + tally.dead_total();
        tally
    }
}
