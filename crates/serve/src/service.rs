//! What requests are answered from: the plan, the documents in memory and in the sink, the run of the moment.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use tokio::sync::{Semaphore, watch};

use super::connections::places;
use super::history::RunHistory;
use super::live::{Live, LiveLimits};
use super::place::ProcessPlace;
use super::problem::Problem;
use super::rates::Rates;
use super::readers::Readers;
use super::sums::Kept;
use mare_alerts::Recent;
use mare_dataflow::Plan;
use mare_engine::Run;
use mare_model::time::{EventTime, Windows};
use mare_model::view::Number;
use mare_sink::document::{FieldOrigin, Layout};
use mare_source::Health;

/// How many may listen to the stream at the same time, if there are places for them: a quarter of all is for those who
/// ask.
pub const MAX_LISTENERS: usize = 200;

/// Shared by all requests, for as long as the process lives.
pub struct ServeState {
    /// What runs.
    pub plan: Arc<Plan>,
    /// What its documents look like.
    pub layout: Layout,
    /// The newest documents.
    pub live: Arc<Live>,
    /// Connections to the sink for the others.
    pub readers: Readers,
    /// The sums that were found last.
    pub sums: Kept,
    /// Events a second.
    pub rates: Rates,
    /// How the last hour went.
    pub history: RunHistory,
    /// Room for one who explains a document.
    pub explaining: Arc<Semaphore>,
    /// Which process this is.
    pub place: ProcessPlace,
    /// When the process began.
    pub started: Timestamp,
    /// The status of each second, as JSON, while somebody listens.
    pub status: watch::Sender<Arc<str>>,
    /// Whether the server is about to end; streams end then.
    pub closing: watch::Sender<bool>,
    /// Room for listeners.
    pub listeners: Arc<Semaphore>,
    /// The run of the moment; `None` before the first.
    current: RwLock<Option<Arc<Current>>>,
}

/// A run that is shown.
pub struct Current {
    /// What its workers share with whoever watches.
    pub run: Run,
    /// The same of all views, which metrics are of.
    pub whole: Run,
    /// How this process sees the brokers.
    pub health: Arc<Health>,
    /// What the rules of the dataflow have found.
    pub alerts: Arc<Recent>,
    /// When it was connected.
    pub began: Timestamp,
}

/// A field whose numbers add up over windows and groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addend<'a> {
    /// Its name in documents.
    pub name: &'a str,
    /// Its place among the [numbers](Layout::numbers) of a document.
    pub place: usize,
    /// What kind of number it is.
    pub number: Number,
}

impl ServeState {
    /// What is known before the first run: the plan.
    #[must_use]
    pub fn new(plan: Arc<Plan>, place: ProcessPlace, readers: Readers) -> Self {
        ServeState {
            layout: plan.layout(),
            live: Arc::new(Live::new(plan.layout(), LiveLimits::default())),
            plan,
            readers,
            sums: Kept::default(),
            rates: Rates::default(),
            history: RunHistory::default(),
            explaining: Arc::new(Semaphore::new(1)),
            place,
            started: Timestamp::now(),
            status: watch::Sender::new(Arc::from("{}")),
            closing: watch::Sender::new(false),
            listeners: Arc::new(Semaphore::new(MAX_LISTENERS.min(places() * 3 / 4))),
            current: RwLock::new(None),
        }
    }

    /// Answers from `run` from now on, which is what a view has of `whole`, and has it tell what becomes durable. To be
    /// called before its workers begin;
    /// `is_first` says that no document of the dataflow can have been written before, as far as the run knows.
    pub fn show(&self, run: &mut Run, whole: &Run, health: Arc<Health>, alerts: Arc<Recent>, is_first: bool) {
        run.observer = Some(Arc::clone(&self.live) as _);
        run.ledger.keep_samples();
        if is_first && !self.readers.is_readable() && self.place.is_alone() {
            self.live.is_complete_from(EventTime::MIN);
        }
        let current = Current { run: run.clone(), whole: whole.clone(), health, alerts, began: Timestamp::now() };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(current));
    }

    /// The run of the moment.
    #[must_use]
    pub fn current(&self) -> Option<Arc<Current>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The fields that add up: totals, and the version if none of them is it.
    pub fn totals(&self) -> impl Iterator<Item = Addend<'_>> {
        self.layout.numbers().enumerate().filter_map(|(place, field)| match field.origin {
            FieldOrigin::Total(aggregate) if aggregate.adds_up() => {
                Some(Addend { name: &field.name, place, number: aggregate.number() })
            }
            _ => None,
        })
    }

    /// The name of the dataflow's zone.
    #[must_use]
    pub fn zone(&self) -> String {
        self.plan.zone().iana_name().unwrap_or("UTC").to_owned()
    }

    /// The windows that sums over several may be of: those that each event is in once.
    ///
    /// # Errors
    /// If there are none such.
    pub fn tiles(&self) -> Result<Windows, Problem> {
        self.plan.view().windows.tiles().ok_or_else(|| {
            Problem::bad(
                "windows overlap, and an event is in several: a sum over them would count it several times. Ask for \
                 sums of single windows (per=window), or make `window.hopping` a multiple of `window.every`",
            )
        })
    }

    /// The first slot from `time` on: the same windows have theirs before it, or at it or behind.
    #[must_use]
    pub fn up(&self, time: EventTime) -> EventTime {
        if time == EventTime::MIN { time } else { self.plan.view().windows.slot_from(time) }
    }

    /// The event-time coordinate of the durable frontier; [`EventTime::MIN`] before there is one.
    #[must_use]
    pub fn frontier(&self) -> EventTime {
        self.current().map_or(EventTime::MIN, |current| current.run.gauges.frontier())
    }
}
