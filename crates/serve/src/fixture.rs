//! A sink that can be read, a run without workers, and requests without sockets, for the tests of the server.

use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt;

use super::auth::{Guard, TokenHash};
use super::hosts::Hosts;
use super::place::ProcessPlace;
use super::readers::Readers;
use super::routes::routes;
use super::service::ServeState;
use mare_dataflow::Plan;
use mare_engine::{Control, Gauges, Ledger, Run};
use mare_letters as letters;
use mare_model::position::{Offset, Partition};
use mare_model::total::Change;
use mare_sink::document::Layout;
use mare_sink::{Query, Reader, SinkError, SinkStatus, StoredDocument};
use mare_source::Health;

/// After how many answers the next one waits until whoever has the other end lets go of it.
pub(super) type Stall = (usize, Receiver<()>);

/// A sink that holds what it is given, answers by the plainest code there is, and may be away.
#[derive(Clone)]
pub(super) struct Memory {
    pub(super) layout: Layout,
    pub(super) changes: Arc<Mutex<Vec<Change>>>,
    pub(super) is_away: Arc<Mutex<bool>>,
    pub(super) stalls: Arc<Mutex<Option<Stall>>>,
}

impl Memory {
    pub(super) fn new(plan: &Plan, changes: Vec<Change>) -> Memory {
        Memory {
            layout: plan.layout(),
            changes: Arc::new(Mutex::new(changes)),
            is_away: Arc::default(),
            stalls: Arc::default(),
        }
    }

    /// The totals that `query` asks for, in its order.
    pub(super) fn totals(&self, query: &Query) -> Vec<Change> {
        let slot = |change: &Change| self.layout.windows().slot(change.key.window);
        let mut totals = self.changes.lock().expect("whole").clone();
        totals.sort_by_key(|change| {
            let place = if query.newest_first { -i128::from(slot(change).0) } else { i128::from(slot(change).0) };
            (place, self.layout.id(&change.key))
        });
        if let Some((window, id)) = &query.after {
            let is_behind = |change: &Change| match slot(change).cmp(window) {
                std::cmp::Ordering::Equal => self.layout.id(&change.key) > *id,
                order => order.is_lt() == query.newest_first,
            };
            totals.retain(is_behind);
        }
        totals.retain(|change| slot(change) >= query.from && slot(change) < query.to);
        totals.retain(|change| query.group.as_ref().is_none_or(|group| *group == change.key.group));
        totals.truncate(query.limit);
        totals
    }
}

impl Reader for Memory {
    fn find(&mut self, query: &Query) -> Result<Vec<StoredDocument>, SinkError> {
        if *self.is_away.lock().expect("whole") {
            return Err(SinkError::away("it is unplugged"));
        }
        match &mut *self.stalls.lock().expect("whole") {
            Some((0, end)) => drop(end.recv()),
            Some((answers, _)) => *answers -= 1,
            None => {}
        }
        let found = |change: &Change| {
            let document = self.layout.render(change)?;
            let slot = Some(self.layout.windows().slot(change.key.window));
            Ok(StoredDocument { id: document.id.clone(), slot, document: Ok(document) })
        };
        self.totals(query).iter().map(found).collect()
    }

    fn size(&mut self) -> Result<u64, SinkError> {
        Ok(self.changes.lock().expect("whole").len() as u64)
    }
}

/// A run of `plan` whose workers never begin.
pub(super) fn run(plan: &Arc<Plan>) -> Run {
    Run {
        plan: Arc::clone(plan),
        control: Control::new(),
        gauges: Gauges::new(),
        ledger: Arc::new(Ledger::new([(Partition(0), Offset(0), Offset(10))])),
        sink: Arc::new(SinkStatus::default()),
        checkpointer: None,
        outboxes: letters::none(),
        observer: None,
    }
}

/// What the requests of a test are answered from.
pub(super) struct Site {
    pub(super) service: Arc<ServeState>,
    pub(super) sink: Memory,
    pub(super) run: Run,
    pub(super) router: Router,
}

impl Site {
    /// A run of `plan` over a sink that holds `changes`, of which nothing is in memory.
    pub(super) fn new(plan: Plan, changes: Vec<Change>) -> Site {
        Site::with_token(plan, changes, None)
    }

    /// The same for whoever has the token.
    pub(super) fn with_token(plan: Plan, changes: Vec<Change>, token: Option<&str>) -> Site {
        let (sink, plan) = (Memory::new(&plan, changes), Arc::new(plan));
        let opened = sink.clone();
        let readers = Readers::new(true, move || Ok(Some(Box::new(opened.clone()) as Box<dyn Reader>)));
        Site::over(plan, sink, readers, token)
    }

    /// A run whose sink cannot be read, the first one.
    pub(super) fn unreadable(plan: Plan) -> Site {
        let (sink, plan) = (Memory::new(&plan, Vec::new()), Arc::new(plan));
        Site::over(plan, sink, Readers::new(false, || Ok(None)), None)
    }

    fn over(plan: Arc<Plan>, sink: Memory, readers: Readers, token: Option<&str>) -> Site {
        let service = Arc::new(ServeState::new(Arc::clone(&plan), ProcessPlace::alone(1), readers));
        let mut run = run(&plan);
        let whole = run.clone();
        service.show(&mut run, &whole, Arc::new(Health::default()), Arc::default(), true);
        let hosts = Hosts::of(std::net::SocketAddr::from(([127, 0, 0, 1], 4040)), &[]);
        let guard = token.map_or_else(|| Guard::Hosts(Arc::new(hosts)), |token| Guard::Token(TokenHash::new(token)));
        let router = routes(&[Arc::clone(&service)], guard);
        Site { service, sink, run, router }
    }

    /// The answer to `GET path`, with its status.
    pub(super) async fn get(&self, path: &str) -> (StatusCode, Value) {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (status, body) = (response.status(), to_bytes(response.into_body(), 1 << 24).await.expect("a body"));
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }
}
