//! The two small operators that tell a worker's source about the rest of the cluster.

use std::rc::Rc;
use std::sync::Arc;

use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::{Exchange, Pipeline};
use timely::dataflow::operators::Operator;

use super::announcement::{Addressed, Announcement, Crossing, Reason};
use super::control::Control;
use super::gauges::Gauges;
use super::signals::Signals;
use mare_model::fault::{Domain, Fault};
use mare_model::position::Positions;
use mare_model::time::{Epoch, EventTime, Moment};

/// Brings each announcement to the worker that it is for, lets that one's source follow, and passes it on.
pub fn follow<'s>(
    announcements: StreamVec<'s, Moment, Addressed>,
    signals: Rc<Signals>,
    control: Arc<Control>,
) -> StreamVec<'s, Moment, Announcement> {
    let route = Exchange::new(|(to, _): &Addressed| *to as u64);
    announcements.unary::<CapacityContainerBuilder<Vec<_>>, _, _, _>(route, "follow", |_, _| {
        move |input, output| {
            input.for_each(|capability, announcements| {
                let heard = announcements.drain(..).map(|(_, announcement)| announcement);
                let mut session = output.session(&capability);
                heard.for_each(|announcement| {
                    hear(&announcement, &signals, &control);
                    session.give(announcement);
                });
            });
        }
    })
}

fn hear(announcement: &Announcement, signals: &Signals, control: &Control) {
    match announcement {
        Announcement::Began(beginning) => signals.begin(beginning.clone()),
        Announcement::Sealed { worker, epoch, .. } => signals.announced(*worker, *epoch),
        Announcement::Speaks { worker, promise } => signals.speaks(*worker, *promise),
        Announcement::Crossed(Crossing { worker, to: Epoch::END, .. }) => signals.ended(*worker),
        Announcement::Crossed(_) => {}
        Announcement::Stopping(Reason::Failed) => {
            let what = "another process of the cluster failed";
            control.fail(Fault::new(Domain::Machine, what).remedy("its own log says why"));
        }
        Announcement::Stopping(Reason::Superseded) => {
            let what = "another run has taken over, as another process of this cluster has heard";
            control.fail(Fault::new(Domain::Sink, what).never());
        }
        Announcement::Stopping(Reason::Abandoned) => control.abandon(),
        Announcement::Stopping(Reason::Restart) => control.restart(),
        Announcement::Stopping(Reason::Asked) => control.stop(),
    }
}

/// Watches the frontier behind the sink, which is the durable one, and lets this worker's source read on.
pub fn durable(written: StreamVec<'_, Moment, Positions>, signals: Rc<Signals>, gauges: Arc<Gauges>) {
    written.unary_frontier::<CapacityContainerBuilder<Vec<()>>, _, _, _>(Pipeline, "durable", |_, _| {
        move |(input, frontier), _output| {
            input.for_each(|_, shown| shown.clear());
            let frontier = frontier.frontier();
            gauges.passed(frontier.iter().map(|moment| moment.event).min().unwrap_or(EventTime::MAX));
            let epoch = frontier.iter().map(|moment| moment.epoch).min();
            epoch.into_iter().for_each(|epoch| gauges.reached(epoch));
            signals.made_durable(epoch);
        }
    });
}
