//! The socket, the thread, the end.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tracing::{info, warn};

use super::auth::Guard;
use super::connections::{self, Connections, SILENCE};
use super::rates::RunCounts;
use super::routes::routes;
use super::service::ServeState;
use mare_alerts::Recent;
use mare_engine::sink::Observer;
use mare_engine::{Ledger, Run};
use mare_model::total::Change;
use mare_source::Health;

/// How long requests may take to end when the server does.
const FAREWELL: Duration = Duration::from_secs(1);
/// Time between two looks at the counters.
const LOOK: Duration = Duration::from_secs(1);
/// Time between two attempts to read the newest documents from a sink that does not answer.
const AGAIN: Duration = Duration::from_secs(5);
/// Threads on which the sink is read.
const READING: usize = 6;

/// An address that is taken, before anything is answered there.
#[derive(Debug)]
pub struct Listener(TcpListener);

/// A server at work, on a thread of its own. It ends when dropped.
pub struct Server {
    /// What each view is answered from.
    services: Vec<Arc<ServeState>>,
    /// Runs what belongs to the server.
    handle: Handle,
    /// Where it answers.
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Takes `address`.
    ///
    /// # Errors
    /// If somebody else has it, or it is none of this machine.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpListener::bind(address)?;
        socket.set_nonblocking(true)?;
        Ok(Listener(socket))
    }

    /// What was taken, with its port.
    ///
    /// # Errors
    /// If the system does not tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Answers from `services`, one for each view, to whoever `guard` lets through.
    ///
    /// # Errors
    /// If no thread can be had.
    pub fn serve(self, services: Vec<Arc<ServeState>>, guard: Guard) -> io::Result<Server> {
        let address = self.address()?;
        let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(READING).build()?;
        let handle = runtime.handle().clone();
        let served = services.clone();
        let body = move || work(runtime, self.0, served, guard);
        let thread = thread::Builder::new().name("mare-http".to_owned()).spawn(body)?;
        Ok(Server { services, handle, address, thread: Some(thread) })
    }
}

impl Server {
    /// Where it answers.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers from `run` from now on, as [`ServeState::show`] says, with the alerts of each view. The documents that
    /// stand in the sink are read meanwhile.
    pub fn show(&self, run: &mut Run, health: &Arc<Health>, alerts: &[Arc<Recent>], is_first: bool) {
        let mut observers: Vec<Arc<dyn Observer>> = Vec::new();
        let alerts = alerts.iter().cloned().chain(std::iter::repeat_with(Arc::default));
        for ((service, ledger), alerts) in self.services.iter().zip(Ledger::of_views(&run.ledger)).zip(alerts) {
            let mut of_view = Run { plan: Arc::clone(&service.plan), ledger, ..run.clone() };
            service.show(&mut of_view, run, Arc::clone(health), alerts, is_first);
            observers.extend(of_view.observer);
            if service.readers.is_readable() && service.place.is_alone() {
                self.handle.spawn(load(Arc::clone(service)));
            }
        }
        run.observer = Some(if observers.len() == 1 { observers.remove(0) } else { Arc::new(ByView(observers)) });
    }
}

/// Tells each view what has become durable of its own.
struct ByView(Vec<Arc<dyn Observer>>);

impl Observer for ByView {
    fn durable(&self, changes: Vec<Change>) {
        let mut by_view: Vec<Vec<Change>> = self.0.iter().map(|_| Vec::new()).collect();
        for change in changes {
            if let Some(of_view) = by_view.get_mut(usize::from(change.key.view.0)) {
                of_view.push(change);
            }
        }
        let heard = self.0.iter().zip(by_view).filter(|(_, changes)| !changes.is_empty());
        heard.for_each(|(observer, changes)| observer.durable(changes));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for service in &self.services {
            service.closing.send_replace(true);
        }
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join(); // the hook has said so
        }
    }
}

/// The life of the thread.
fn work(runtime: Runtime, socket: TcpListener, services: Vec<Arc<ServeState>>, guard: Guard) {
    if let Err(error) = runtime.block_on(answer(socket, services, guard)) {
        warn!("nothing is answered over HTTP any more: {error}");
    }
    runtime.shutdown_background(); // a question to the sink that has no answer yet gets none
}

/// Answers until the server is told to end, and a little longer what was asked by then.
async fn answer(socket: TcpListener, services: Vec<Arc<ServeState>>, guard: Guard) -> io::Result<()> {
    let socket = tokio::net::TcpListener::from_std(socket)?;
    let connections = Connections::new(socket, connections::places(), SILENCE);
    for service in &services {
        tokio::spawn(look(Arc::clone(service)));
    }
    let Some(mut closing) = services.first().map(|service| service.closing.subscribe()) else { return Ok(()) };
    let mut told = closing.clone();
    let closed = async move {
        let _ended = told.wait_for(|closing| *closing).await;
    };
    let mut serving =
        std::pin::pin!(axum::serve(connections, routes(&services, guard)).with_graceful_shutdown(closed).into_future());
    tokio::select! {
        ended = &mut serving => return ended,
        _ = closing.wait_for(|closing| *closing) => {}
    }
    let _unfinished = timeout(FAREWELL, serving).await;
    Ok(())
}

/// Looks at the counters every second, and tells listeners how far everything is.
async fn look(service: Arc<ServeState>) {
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(current) = service.current() else { continue };
        service.rates.note(Instant::now(), RunCounts::of(&current.run));
        service.history.note(Timestamp::now(), service.look(&current));
        if service.status.receiver_count() > 0 {
            service.status.send_replace(service.status_json());
        }
    }
}

/// Reads the newest documents from the sink, for as long as it takes.
async fn load(service: Arc<ServeState>) {
    let mut is_said = false;
    while service.live.snapshot().complete_from.is_none() {
        let (live, layout) = (Arc::clone(&service.live), service.layout.clone());
        match service.readers.ask_at_leisure(move |reader| live.load(&layout, reader)).await {
            Ok(Some(())) => {
                let windows = service.live.snapshot().windows.len();
                info!("the documents of the newest windows are in memory, {windows} by now");
            }
            Ok(None) => return,
            Err(problem) => {
                if !std::mem::replace(&mut is_said, true) {
                    warn!("the newest documents cannot be read, trying again: {}", problem.detail);
                }
                sleep(AGAIN).await;
            }
        }
    }
}
