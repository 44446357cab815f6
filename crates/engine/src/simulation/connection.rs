//! A worker's connection to the database of a run.

use std::cell::RefCell;
use std::rc::Rc;

use super::server::Server;
use mare_model::record::Waker;
use mare_mongodb::simulated::Line;
use mare_sink::deliver::Acknowledgement;
use mare_sink::{Batch, Deliver, Writer};

/// The server's end of a connection, as long as its life.
pub struct Connection {
    pub life: usize,
    /// What a worker's writer thread would have: a line to the server, and the writer once it is open.
    pub line: Line,
    pub writer: Option<Box<dyn Writer>>,
    /// What the worker has not been told yet.
    outcomes: Vec<Acknowledgement>,
    /// `None` once it is gone.
    waker: Option<Waker>,
}

/// A batch on its way, in one attempt or more.
pub struct Request {
    pub connection: usize,
    pub batch: Batch,
    /// How many steps there were in this attempt.
    pub steps: usize,
    /// When the attempt fails.
    pub fails: Fails,
}

/// When an attempt fails.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fails {
    Never,
    /// Behind so many steps, if there are as many.
    Behind(usize),
    /// When all is done and the writer would say so.
    Answering,
}

impl Connection {
    /// Of a worker of `life`.
    pub fn new(life: usize, line: Line, waker: Waker) -> Connection {
        Connection { life, line, writer: None, outcomes: Vec::new(), waker: Some(waker) }
    }

    /// Tells the worker `outcome`, if it is still there.
    pub fn tell(&mut self, outcome: Acknowledgement) {
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
        let connection = server.borrow_mut().connect(life, waker);
        SimDelivery { server: Rc::clone(server), connection }
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

    fn outcomes(&mut self) -> Vec<Acknowledgement> {
        std::mem::take(&mut self.server.borrow_mut().connections[self.connection].outcomes)
    }
}
