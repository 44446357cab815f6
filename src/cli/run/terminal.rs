//! Who looks on at a run for a person.

use super::{banner, panics, summary, watch};
use crate::cli::{http, logging};
use crate::engine::announcement::Reason;
use crate::run::view::RunView;
use crate::run::{Outcome, Session, Watcher};
use crate::serve::Server;

/// Shows a run on the terminal or in the log, and over HTTP.
pub(super) struct Terminal<'a> {
    /// Answers over HTTP, if that is wanted.
    pub server: Option<&'a Server>,
}

impl Watcher for Terminal<'_> {
    fn connected(&mut self, session: &mut Session) {
        banner::print(session);
        http::show(self.server, session);
        panics::end_on_panic();
    }

    fn watch(&mut self, view: &RunView<'_>) {
        watch::watch(view);
    }

    fn ended(&mut self, outcome: &Outcome) {
        summary::print(outcome);
        if outcome.reason == Some(Reason::Abandoned) {
            logging::say(
                "stopped before it had caught up with what the documents show: the next run takes it in again",
            );
        }
    }
}
