//! A worker's connection to the database of a run.

use std::cell::RefCell;
use std::rc::Rc;

use super::server::Server;
use crate::engine::Change;
use crate::sink::deliver::Outcome;
use crate::sink::{Batch, Deliver};
use crate::source::Waker;

/// The server's end of a connection, as long as its life.
pub struct Connection {
    pub life: usize,
    /// What the worker has not been told yet.
    outcomes: Vec<Outcome>,
    /// `None` once it is gone.
    waker: Option<Waker>,
}

/// A batch on its way, in one attempt or more.
pub struct Request {
    pub connection: usize,
    pub batch: Batch,
    /// Whether the control document has been raised in this attempt.
    pub is_shown: bool,
    /// What the server will take in this attempt, the next one last.
    pub rest: Vec<Change>,
    /// The attempt fails when so many steps are left.
    pub fails_at: Option<usize>,
}

impl Request {
    /// How many steps are left of an attempt.
    pub fn left(&self) -> usize {
        self.rest.len() + usize::from(!self.is_shown)
    }
}

impl Connection {
    /// Tells the worker `outcome`, if it is still there.
    pub fn tell(&mut self, outcome: Outcome) {
        if let Some(wake) = &self.waker {
            self.outcomes.push(outcome);
            wake();
        }
    }

    /// Whether the worker is still there.
    pub fn is_open(&self) -> bool {
        self.waker.is_some()
    }

    /// Breaks the connection.
    pub fn close(&mut self) {
        self.waker = None;
    }
}

/// A worker's end of a connection.
pub struct SimDelivery {
    server: Rc<RefCell<Server>>,
    connection: usize,
}

impl SimDelivery {
    /// Connects a worker of `life`.
    pub fn connect(server: &Rc<RefCell<Server>>, life: usize, waker: Waker) -> SimDelivery {
        let connections = &mut server.borrow_mut().connections;
        connections.push(Connection { life, outcomes: Vec::new(), waker: Some(waker) });
        SimDelivery { server: Rc::clone(server), connection: connections.len() - 1 }
    }
}

impl Deliver for SimDelivery {
    fn try_send(&self, batch: Batch) -> Result<(), Batch> {
        let mut server = self.server.borrow_mut();
        if server.requests.iter().any(|request| request.connection == self.connection) {
            return Err(batch);
        }
        server.send(self.connection, batch);
        Ok(())
    }

    fn outcomes(&mut self) -> Vec<Outcome> {
        std::mem::take(&mut self.server.borrow_mut().connections[self.connection].outcomes)
    }
}
