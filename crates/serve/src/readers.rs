//! Connections that read the sink, for documents that are not in memory. Reading blocks, so it happens on other
//! threads, a few at a time and each for a limited time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::problem::Problem;
use mare_dataflow::Plan;
use mare_model::fault::Fault;
use mare_sink::{Reader, SinkError};

/// How many questions the sink is asked at the same time.
const MAX_AT_ONCE: usize = 4;
/// How long the sink may take to answer a question, the wait for others included.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Opens a connection; `None` if the sink cannot be read.
pub type OpenReader = dyn Fn() -> Result<Option<Box<dyn Reader>>, SinkError> + Send + Sync;

/// Connections to one sink, opened when they are needed.
#[derive(Clone)]
pub struct Readers(Arc<Inner>);

struct Inner {
    open: Box<OpenReader>,
    /// Whether there is anything to be opened.
    is_readable: bool,
    /// Those that nobody uses.
    idle: Mutex<Vec<Box<dyn Reader>>>,
    room: Arc<Semaphore>,
}

impl Readers {
    /// Connections to the sink of `plan`.
    #[must_use]
    pub fn of(plan: &Arc<Plan>) -> Self {
        let (plan, is_readable) = (Arc::clone(plan), plan.sink().abilities().is_readable);
        Readers::new(is_readable, move || plan.reader())
    }

    /// Connections that `open` opens, if the sink can be read at all.
    pub fn new(
        is_readable: bool,
        open: impl Fn() -> Result<Option<Box<dyn Reader>>, SinkError> + Send + Sync + 'static,
    ) -> Self {
        let (open, room) = (Box::new(open), Arc::new(Semaphore::new(MAX_AT_ONCE)));
        Readers(Arc::new(Inner { open, is_readable, idle: Mutex::default(), room }))
    }

    /// Whether the sink can be read.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.0.is_readable
    }

    /// Asks the sink, on another thread; `None` if it cannot be read.
    ///
    /// # Errors
    /// [`Problem::unavailable`] if it refuses to answer, or does not within a time that a request may wait.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut dyn Reader) -> Result<T, SinkError> + Send + 'static,
    ) -> Result<Option<T>, Problem> {
        let late = |_| Err(Problem::unavailable(format!("the sink has not answered within {} s", PATIENCE.as_secs())));
        timeout(PATIENCE, self.ask_at_leisure(question)).await.unwrap_or_else(late)
    }

    /// The same for a question that no request waits for.
    ///
    /// # Errors
    /// [`Problem::unavailable`] if it does not answer, or refuses to.
    pub async fn ask_at_leisure<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut dyn Reader) -> Result<T, SinkError> + Send + 'static,
    ) -> Result<Option<T>, Problem> {
        if !self.is_readable() {
            return Ok(None);
        }
        let permit = Arc::clone(&self.0.room).acquire_owned().await;
        let readers = Arc::clone(&self.0);
        // The permit goes along: a question that nobody waits for any more still takes its room.
        let asked = spawn_blocking(move || readers.ask(question).map(|answer| (answer, permit)));
        match asked.await {
            Ok(Ok((answer, _permit))) => Ok(answer),
            Ok(Err(error)) => Err(Problem::unavailable(Fault::from(error).within("the sink cannot be read now"))),
            Err(_ended) => Err(Problem::unavailable("the process is about to end")),
        }
    }
}

impl Inner {
    /// Asks by an idle connection or a new one, which is kept if it has answered.
    fn ask<T>(&self, question: impl FnOnce(&mut dyn Reader) -> Result<T, SinkError>) -> Result<Option<T>, SinkError> {
        let idle = self.idle().pop();
        let Some(mut reader) = idle.map_or_else(|| (self.open)(), |idle| Ok(Some(idle)))? else { return Ok(None) };
        let answer = question(&mut *reader)?;
        self.idle().push(reader);
        Ok(Some(answer))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Box<dyn Reader>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
