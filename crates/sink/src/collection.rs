//! How many documents the sink holds, asked about now and then.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tracing::debug;

use super::{Reader, SinkError};
use mare_metrics::list;

/// Time between two questions.
const EVERY: Duration = Duration::from_secs(60);

/// How long the end waits for the thread to close its connection; for one that does not answer, nobody waits.
const CLOSING: Duration = Duration::from_millis(500);

/// Ends the questions when it is dropped.
pub struct Watched {
    /// Tells the thread to end.
    end: Option<Sender<()>>,
    thread: JoinHandle<()>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.end = None;
        let begun = Instant::now();
        while !self.thread.is_finished() && begun.elapsed() < CLOSING {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Asks the sink that `open` reaches for as long as what it returns lives, on a thread of its own. A sink that cannot
/// be read, or does not answer, is not told of.
#[must_use]
pub fn watch_collection(
    open: impl Fn() -> Result<Option<Box<dyn Reader>>, SinkError> + Send + 'static,
) -> Option<Watched> {
    let (watched, end) = mpsc::channel();
    let goes_on = move |time| end.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
    let body = move || ask(open, goes_on, |size| list::SINK_COLLECTION.set(&[], size as f64));
    thread::Builder::new()
        .name("mare-size".to_owned())
        .spawn(body)
        .ok()
        .map(|thread| Watched { end: Some(watched), thread })
}

/// Asks until there is nothing to ask, or `goes_on`, which waits, says otherwise.
fn ask(
    open: impl Fn() -> Result<Option<Box<dyn Reader>>, SinkError>,
    goes_on: impl Fn(Duration) -> bool,
    tell: impl Fn(u64),
) {
    let mut reader: Option<Box<dyn Reader>> = None;
    loop {
        let opened = reader.take().map_or_else(&open, |reader| Ok(Some(reader)));
        let size =
            opened.and_then(|opened| opened.map(|mut opened| opened.size().map(|size| (size, opened))).transpose());
        match size {
            Ok(None) => return,
            Ok(Some((size, opened))) => {
                tell(size);
                reader = Some(opened); // else it is opened anew
            }
            Err(error) => debug!("the size of the sink is not known: {error}"),
        }
        if !goes_on(EVERY) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::{Query, StoredDocument};

    /// Answers by script.
    struct Scripted(Arc<Mutex<Vec<Result<u64, SinkError>>>>);

    impl Reader for Scripted {
        fn find(&mut self, _query: &Query) -> Result<Vec<StoredDocument>, SinkError> {
            Ok(Vec::new())
        }

        fn size(&mut self) -> Result<u64, SinkError> {
            self.0.lock().expect("not poisoned").pop().unwrap_or(Ok(0))
        }
    }

    #[test]
    fn it_is_asked_again_after_a_failure_until_told_to_end() {
        let answers = Arc::new(Mutex::new(vec![Ok(9), Err(SinkError::away("away")), Ok(7)]));
        let (opened, rounds, told) = (Cell::new(0), Cell::new(0), RefCell::new(Vec::new()));
        let open = || {
            opened.set(opened.get() + 1);
            Ok(Some(Box::new(Scripted(Arc::clone(&answers))) as Box<dyn Reader>))
        };
        let goes_on = |_| {
            rounds.set(rounds.get() + 1);
            rounds.get() < 3
        };
        ask(open, goes_on, |size| told.borrow_mut().push(size));
        assert_eq!((told.into_inner(), opened.get(), rounds.get()), (vec![7, 9], 2, 3));
    }

    #[test]
    fn a_sink_that_cannot_be_read_is_asked_once() {
        ask(|| Ok(None), |_| panic!("nothing to wait for"), |_| panic!("nothing to tell"));
    }
}
