//! One writer for several views, each of which has its documents in a place of its own.

use super::{SinkError, Writer, Written};
use mare_model::journal::Heartbeat;
use mare_model::position::Positions;
use mare_model::total::Change;
use mare_model::view::ViewId;

/// The writers of the views of a dataflow, as one. A batch is durable when it is in all of them; one that was written
/// to some before another was away is written to all again, which is harmless.
///
/// Each place has a control document of its own, and each is raised with every batch: what one of them shows, all do.
pub struct ViewWriters(Vec<Box<dyn Writer>>);

impl ViewWriters {
    /// The writers, in the order of the views.
    #[must_use]
    pub fn new(writers: Vec<Box<dyn Writer>>) -> ViewWriters {
        ViewWriters(writers)
    }
}

impl Writer for ViewWriters {
    fn show(&mut self, shows: &Positions) -> Result<(), SinkError> {
        self.0.iter_mut().try_for_each(|writer| writer.show(shows))
    }

    /// The journal is that of the log, which all views are counted from: it stands with the documents of the first.
    fn declare(&mut self, heartbeats: &[Heartbeat]) -> Result<(), SinkError> {
        self.0.iter_mut().take(1).try_for_each(|writer| writer.declare(heartbeats))
    }

    fn write(&mut self, changes: &[Change]) -> Result<Written, SinkError> {
        let mut by_view: Vec<Vec<Change>> = self.0.iter().map(|_| Vec::new()).collect();
        for change in changes {
            let ViewId(view) = change.key.view;
            by_view.get_mut(usize::from(view)).into_iter().for_each(|of_view| of_view.push(change.clone()));
        }
        // Those without a change are asked as well: some raise their control document here.
        self.0
            .iter_mut()
            .zip(&by_view)
            .try_fold(Written::default(), |sum, (writer, changes)| Ok(sum + writer.write(changes)?))
    }

    fn look(&mut self) -> Result<(), SinkError> {
        self.0.iter_mut().try_for_each(|writer| writer.look())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::fixture;

    /// Notes what it is asked; away as often as it is told to be.
    struct Noting(Arc<Mutex<Vec<String>>>, usize);

    impl Writer for Noting {
        fn show(&mut self, _shows: &Positions) -> Result<(), SinkError> {
            self.0.lock().unwrap().push("show".to_owned());
            Ok(())
        }

        fn write(&mut self, changes: &[Change]) -> Result<Written, SinkError> {
            if self.1 > 0 {
                self.1 -= 1;
                return Err(SinkError::away("gone"));
            }
            let groups: Vec<_> = changes.iter().map(|change| change.key.group.to_string()).collect();
            self.0.lock().unwrap().push(groups.join(" "));
            Ok(Written { written: changes.len() as u64, stale: 0 })
        }
    }

    fn change(view: u16, group: &str) -> Change {
        let mut change = fixture::change(fixture::key(group, 0), fixture::total(1, &[0]));
        change.key.view = ViewId(view);
        change
    }

    #[test]
    fn each_view_is_written_where_it_belongs_and_all_are_durable_or_none() {
        let asked: Vec<_> = (0..3).map(|_| Arc::new(Mutex::new(Vec::new()))).collect();
        let writers = asked
            .iter()
            .zip([0, 1, 0])
            .map(|(asked, away)| -> Box<dyn Writer> { Box::new(Noting(asked.clone(), away)) });
        let mut writers = ViewWriters::new(writers.collect());
        writers.show(&Positions::new()).unwrap();
        let changes = [change(1, "a"), change(0, "b"), change(1, "c")];
        assert!(matches!(writers.write(&changes), Err(SinkError::Away(_))));
        assert_eq!(writers.write(&changes).unwrap().written, 3);
        let asked: Vec<_> = asked.iter().map(|asked| asked.lock().unwrap().clone()).collect();
        assert_eq!(asked, [vec!["show", "b", "b"], vec!["show", "a c"], vec!["show", ""]]);
    }
}
