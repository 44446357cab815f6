//! Which events of a group are one session, and when it is certain.

use std::collections::BTreeMap;

use crate::{Model, Rules, Total, WindowRule};

/// Events of a group without a gap between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NaiveSession<E> {
    /// The time of the first.
    pub start_ms: i64,
    /// A gap behind the time of the last: an event at that time or later is in another session.
    pub end_ms: i64,
    /// All of them, in the order of their times.
    pub events: Vec<E>,
}

/// The sessions of these events of a group, each with its time: one is in the session of the one before it if it comes
/// less than `gap_ms` behind that.
#[must_use]
pub fn sessions<E>(gap_ms: i64, mut events: Vec<(i64, E)>) -> Vec<NaiveSession<E>> {
    events.sort_by_key(|(time_ms, _)| *time_ms);
    let mut sessions: Vec<NaiveSession<E>> = Vec::new();
    for (time_ms, event) in events {
        match sessions.last_mut().filter(|session| time_ms < session.end_ms) {
            Some(session) => {
                session.end_ms = time_ms + gap_ms;
                session.events.push(event);
            }
            None => sessions.push(NaiveSession { start_ms: time_ms, end_ms: time_ms + gap_ms, events: vec![event] }),
        }
    }
    sessions
}

impl Rules {
    /// The window in which an id is told apart, of an event whose last window is told so.
    pub(super) fn of_ids_ms(&self, start_ms: i64) -> i64 {
        match self.windows {
            WindowRule::Session { gap_ms } => start_ms.div_euclid(gap_ms) * gap_ms,
            _ => start_ms,
        }
    }

    /// When the session closes that ends then: from that time on an event that could be in it is late.
    #[must_use]
    pub fn session_close_ms(&self, end_ms: i64) -> i64 {
        match self.windows {
            WindowRule::Session { gap_ms } => end_ms + gap_ms + self.lateness_ms,
            _ => i64::MAX,
        }
    }
}

impl Model {
    /// The total of each session, by its start and group, with its end: of all events so far, whether it is certain or
    /// not.
    #[must_use]
    pub fn sessions(&self) -> BTreeMap<(i64, String), (i64, Total)> {
        let WindowRule::Session { gap_ms } = self.rules.windows else { return BTreeMap::new() };
        let of_group = |(group, events): (&String, &Vec<(i64, Total)>)| {
            let total = |events: Vec<Total>| events.into_iter().fold(Total::default(), Total::and);
            let group = group.clone();
            let sessions = sessions(gap_ms, events.clone()).into_iter();
            sessions.map(move |it| ((it.start_ms, group.clone()), (it.end_ms, total(it.events))))
        };
        self.in_sessions.iter().flat_map(of_group).collect()
    }

    /// Whether a session that ends then is certain, if the partitions are `0` to below so many.
    #[must_use]
    pub fn is_certain(&self, end_ms: i64, partitions: i32) -> bool {
        let close_ms = self.rules.session_close_ms(end_ms);
        (0..partitions).all(|partition| self.watermark_ms(partition).is_some_and(|watermark| close_ms <= watermark))
    }
}
