//! The sink operator: changes go to the writer thread, and an epoch's capability stays here until it is durable.
//!
//! # What the frontier behind the sink means
//! A change arrives with the capabilities of the batch that it was read from. They are kept in `held` while its total
//! is pending, move with the batch when it is handed over, and are dropped when the batch's ticket is acknowledged. A
//! pending total that a newer one replaces is not lost: the newer one holds all of its events, and the older capability
//! is still held. So the frontier passes an epoch only when every total of it, or a more complete one, is durable.
//!
//! A restored run is silent at first ([`super::silence`]): what is not certain stays pending and its capabilities held,
//! so nothing becomes durable meanwhile, and the source is told to read on all the same.

mod pending;

use std::rc::Rc;
use std::sync::Arc;

use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::CapabilitySet;
use timely::dataflow::operators::generic::Operator;
use timely::progress::frontier::AntichainRef;

use self::pending::Pending;
use super::announcement::{Announcement, Beginning};
use super::control::Control;
use super::gauges::Gauges;
use super::signals::Signals;
use super::silence::Silence;
use super::waker::waker;
use crate::events::Superseded;
use mare_metrics::events::InternalEvent;
use mare_model::canary;
use mare_model::position::Positions;
use mare_model::record::Waker;
use mare_model::time::{Epoch, EventTime, Moment};
use mare_model::total::Change;
use mare_model::view::View;
use mare_sink::{Batch, Deliver, SinkError, fence};

/// How many certain documents may wait for the writer before a silent sink lets the source wait too.
const MAX_CERTAIN: usize = 100_000;

/// Starts the writer of a worker, once it is known with what the run begins.
pub type StartWriter<D> = Box<dyn FnOnce(&Beginning) -> D>;

/// Told what has become durable, on the worker's own thread: it may take as long as a few writes to memory do.
pub trait Observer: Send + Sync {
    /// Hears of a batch that the sink has acknowledged: newest totals, each key at most once. Batches of one worker
    /// come in the order in which they were written; those of different workers never share a key.
    fn durable(&self, changes: Vec<Change>);
}

/// What the sink operator is made of, beside its writer.
pub struct SinkSetup {
    /// The views, to know which of their windows are certain.
    pub views: Rc<[View]>,
    /// The worker's signals.
    pub signals: Rc<Signals>,
    /// The process's control.
    pub control: Arc<Control>,
    /// The process's gauges.
    pub gauges: Arc<Gauges>,
    /// Who watches; nothing is kept for it if there is nobody.
    pub observer: Option<Arc<dyn Observer>>,
}

/// The writer of a worker.
enum Writing<D> {
    /// Nobody has said yet with what the run begins.
    Waiting(StartWriter<D>),
    /// At work.
    Open(D),
    /// Failed: nothing is written and nothing let go any more.
    Failed,
    /// Everything is written.
    Done,
}

/// The sink of one worker. While the writer is busy, changes coalesce: only the newest total of a key is written.
struct Sink<D: Deliver> {
    setup: SinkSetup,
    writer: Writing<D>,
    /// The newest totals that the writer does not have yet.
    pending: Pending,
    /// Those of them that a silent sink may write all the same.
    certain: Vec<Change>,
    /// Windows that close at or before this are certain and have been looked for.
    certain_through: EventTime,
    /// Until when nothing uncertain is written; `None` once it is over.
    silence: Option<Silence>,
    /// What was announced before it was heard with what the run begins: by others, over other links.
    early: Vec<Announcement>,
    /// What holds the frontier for `pending`.
    held: CapabilitySet<Moment>,
    /// The batch with the writer. There is one at a time: a batch that waited
    /// behind it would be written as it was, while what waits here coalesces.
    writing: Option<Handed>,
    next_ticket: u64,
    /// Whether there are views of sessions, of which an epoch may have nothing to write.
    has_sessions: bool,
    /// The positions that acknowledged batches show.
    shown: Positions,
    /// Whether the run has been told that this sink has caught up with what readers have seen.
    speaks: bool,
}

/// A batch that is with the writer.
struct Handed {
    ticket: u64,
    /// What holds the frontier for it.
    held: CapabilitySet<Moment>,
    /// The positions that it shows.
    shows: Positions,
    /// A copy of what is in it, if somebody watches.
    observed: Vec<Change>,
}

/// Adds the sink of this worker. `open` starts its writer, given what wakes the operator.
///
/// The stream that it returns carries the positions that an acknowledged batch has raised the control document to,
/// where they rose; its frontier is the durable one.
pub fn sink<'s, D: Deliver + 'static>(
    changes: StreamVec<'s, Moment, Change>,
    announcements: StreamVec<'s, Moment, Announcement>,
    open: impl FnOnce(Waker) -> StartWriter<D>,
    setup: SinkSetup,
) -> StreamVec<'s, Moment, Positions> {
    let scope = changes.scope();
    changes.binary_frontier::<_, CapacityContainerBuilder<Vec<Positions>>, _, _, _, _>(
        announcements,
        Pipeline,
        Pipeline,
        "sink",
        move |_, info| {
            let mut sink = Sink::new(open(waker(scope, &info.address)), setup);
            move |(changes, frontier), (announcements, heard), output| {
                announcements.for_each(|_, news| news.drain(..).for_each(|news| sink.hear(news)));
                changes.for_each(|capability, changes| {
                    let capabilities = capability.retain_stamp(0);
                    sink.take(&capabilities, changes.drain(..));
                });
                if let Some((held, rose)) = sink.run(frontier.frontier(), Epoch::reached(heard.frontier())) {
                    held.iter().take(1).for_each(|capability| output.session(capability).give(rose.clone()));
                }
            }
        },
    )
}

/// A graph whose frontiers are empty is dropped, and its operators need not run again.
impl<D: Deliver> Drop for Sink<D> {
    fn drop(&mut self) {
        if self.writing.is_none() && !self.setup.control.is_aborted() {
            self.finish();
        }
    }
}

impl<D: Deliver> Sink<D> {
    fn new(open: StartWriter<D>, setup: SinkSetup) -> Self {
        let has_sessions = setup.views.iter().any(|view| view.windows.are_sessions());
        Sink {
            setup,
            has_sessions,
            writer: Writing::Waiting(open),
            pending: Pending::default(),
            certain: Vec::new(),
            certain_through: EventTime::MIN,
            silence: None,
            early: Vec::new(),
            held: CapabilitySet::new(),
            writing: None,
            next_ticket: 0,
            shown: Positions::new(),
            speaks: false,
        }
    }

    /// Hears with what the run begins, and how far it has come.
    fn hear(&mut self, announcement: Announcement) {
        match announcement {
            Announcement::Began(beginning) => self.begin(&beginning),
            early if matches!(self.writer, Writing::Waiting(_)) => self.early.push(early),
            Announcement::Sealed { epoch, positions, .. } => {
                if let Some(silence) = &mut self.silence {
                    silence.hear(epoch, &positions);
                }
            }
            Announcement::Crossed(_) | Announcement::Speaks { .. } | Announcement::Stopping(_) => {}
        }
    }

    fn begin(&mut self, beginning: &Beginning) {
        let silence = canary!(Silence, Silence::until(&beginning.shown), without: Silence::default());
        self.silence = Some(silence).filter(|silence| !silence.is_over(Epoch::END));
        self.setup.gauges.began(beginning);
        self.writer = match std::mem::replace(&mut self.writer, Writing::Failed) {
            Writing::Waiting(open) => Writing::Open(open(beginning)),
            begun => begun,
        };
        std::mem::take(&mut self.early).into_iter().for_each(|early| self.hear(early));
    }

    /// Takes changes in, with what they arrived with.
    fn take(&mut self, capabilities: &CapabilitySet<Moment>, changes: impl Iterator<Item = Change>) {
        for capability in capabilities.iter() {
            self.held.insert(capability.clone());
        }
        self.pending.extend(changes);
    }

    /// Runs once, at `frontier` of the changes, when every announcement of the epochs before `heard` has come. Returns
    /// the positions that an acknowledged batch has raised the control document to, with what the batch held.
    fn run(&mut self, frontier: AntichainRef<'_, Moment>, heard: Epoch) -> Option<(CapabilitySet<Moment>, Positions)> {
        let complete = Epoch::reached(frontier);
        self.silence.take_if(|silence| silence.is_over(complete));
        if self.silence.is_some() && complete.min(heard) == Epoch::END {
            self.setup.control.abandon(); // what is pending will never be fit to be seen in this run
        }
        if self.silence.is_some() {
            self.pick_certain(frontier.iter().map(|moment| moment.event).min().unwrap_or(EventTime::MIN));
        }
        if !self.speaks && self.silence.is_none() && matches!(self.writer, Writing::Open(_)) {
            self.speaks = true;
            self.setup.gauges.speaks();
        }
        let rose = self.acknowledge();
        self.send();
        if self.silence.is_none() && self.pending.is_empty() && self.certain.is_empty() {
            self.held = CapabilitySet::new(); // whatever was written in the silence is held until then
        }
        self.setup.signals.set_silent(self.silence.is_some() && self.certain.len() < MAX_CERTAIN);
        if frontier.is_empty() && self.pending.is_empty() && self.certain.is_empty() && self.writing.is_none() {
            self.finish();
        }
        rose
    }

    /// Lets the writer close its connection: everything is written.
    fn finish(&mut self) {
        if let Writing::Open(delivery) = std::mem::replace(&mut self.writer, Writing::Done) {
            delivery.finish();
        }
    }

    /// Picks what is certain from what is pending, when the frontier says that more windows are.
    fn pick_certain(&mut self, frontier: EventTime) {
        if frontier <= self.certain_through {
            return;
        }
        let views = &self.setup.views;
        let close =
            |Change { key, .. }: &Change| views.get(usize::from(key.view.0)).map(|view| view.windows.close(key.window));
        let certain = self.pending.take_if(|change| close(change).is_some_and(|close| close <= frontier));
        self.certain.extend(certain);
        self.certain_through = frontier;
    }

    /// Releases what the writer has made durable, and returns the positions that it shows, where they rose.
    fn acknowledge(&mut self) -> Option<(CapabilitySet<Moment>, Positions)> {
        let Writing::Open(delivery) = &mut self.writer else { return None };
        match delivery.outcomes().into_iter().collect::<Result<Vec<_>, _>>() {
            Ok(tickets) => {
                let handed = self.writing.take_if(|handed| tickets.contains(&handed.ticket))?;
                if let Some(observer) = &self.setup.observer {
                    observer.durable(handed.observed);
                }
                let rose = fence::raise(&mut self.shown, &handed.shows);
                (!rose.is_empty()).then_some((handed.held, rose))
            }
            Err(error) => {
                if let SinkError::Superseded(fault) = &error {
                    Superseded { why: &fault.to_string() }.emit();
                }
                self.setup.control.fail(error.into());
                self.writer = Writing::Failed;
                None
            }
        }
    }

    /// Hands what may be written to the writer, if it has room.
    fn send(&mut self) {
        let Writing::Open(delivery) = &self.writer else { return };
        let mut changes = std::mem::take(&mut self.certain);
        if self.silence.is_none() && self.writing.is_none() {
            let pending = self.pending.take();
            if changes.is_empty() { changes = pending } else { changes.extend(pending) }
        }
        if changes.is_empty() || self.writing.is_some() {
            self.certain = changes;
            return;
        }
        let of_nothing: Vec<_> = match self.has_sessions {
            true => changes.extract_if(.., |change| change.is_of_nothing()).collect(),
            false => Vec::new(),
        };
        let observed = if self.setup.observer.is_some() { changes.clone() } else { Vec::new() };
        let shows = self.setup.signals.taken();
        let batch = Batch { ticket: self.next_ticket, changes, shows: shows.clone(), heartbeats: Vec::new() };
        match delivery.try_send(batch) {
            Ok(()) => {
                let held = if self.silence.is_none() { std::mem::take(&mut self.held) } else { self.held.clone() };
                self.writing = Some(Handed { ticket: self.next_ticket, held, shows, observed });
                self.next_ticket += 1;
            }
            Err(batch) => self.certain = batch.changes.into_iter().chain(of_nothing).collect(),
        }
    }
}
