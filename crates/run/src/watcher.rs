//! Whoever looks on at a run.

use super::outcome::Outcome;
use super::session::Session;
use super::view::RunView;

/// Whoever looks on at a run, and shows to others what they are to see. `()` looks on and shows nothing.
pub trait Watcher: Send {
    /// The run is connected, and begins to read when this returns.
    fn connected(&mut self, _session: &mut Session) {}

    /// The run goes on. It is called on a thread of its own, returns when the run has ended, and has to
    /// [look](RunView::look_ahead) at what nobody else looks at, every few seconds.
    fn watch(&mut self, view: &RunView<'_>) {
        view.look_on();
    }

    /// The run has ended, and has not failed.
    fn ended(&mut self, _outcome: &Outcome) {}
}

impl Watcher for () {}
