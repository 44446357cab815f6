//! A webhook: a tiny HTTP server that keeps what is posted to it, and can be away.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::{ports, wait};

/// A webhook with a port of its own. Its thread ends with the test process.
pub struct Webhook {
    port: u16,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// What was taken, in order.
    taken: Vec<Value>,
    /// The status that it answers with instead of taking anything.
    status: Option<u16>,
    /// How often it has answered so.
    turned_away: usize,
}

impl Webhook {
    /// One that nobody answers at yet.
    pub fn prepare() -> Webhook {
        Webhook { port: ports::free(), seen: Arc::default() }
    }

    /// One that takes what comes.
    pub fn start() -> Webhook {
        let webhook = Webhook::prepare();
        webhook.open();
        webhook
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Answers from now on.
    pub fn open(&self) {
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let listener = TcpListener::bind(address).expect("the port of the webhook");
        let seen = Arc::clone(&self.seen);
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                serve(&connection, &seen);
            }
        });
    }

    /// Answers with this status from now on, or takes what comes.
    pub fn answer_with(&self, status: Option<u16>) {
        self.seen.lock().expect("not poisoned").status = status;
    }

    /// The flag that has alerts posted here.
    pub fn set(&self) -> String {
        format!("alerts.webhook=http://user:s3cret@127.0.0.1:{}/hook/s3cret", self.port)
    }

    /// What was posted so far, in order.
    pub fn taken(&self) -> Vec<Value> {
        self.seen.lock().expect("not poisoned").taken.clone()
    }

    /// Waits until it has turned somebody away.
    pub fn wait_until_turned_away(&self, bound: Duration) {
        wait::until(bound, "a post that is turned away", || {
            let seen = self.seen.lock().expect("not poisoned");
            if seen.turned_away > 0 { Ok(()) } else { Err("none".to_owned()) }
        });
    }
}

/// Takes one request. Whoever breaks off has not posted anything.
fn serve(mut connection: &TcpStream, seen: &Mutex<Seen>) {
    let Some(body) = body(connection) else { return };
    let mut seen = seen.lock().expect("not poisoned");
    let status = seen.status.unwrap_or(204);
    match seen.status {
        Some(_) => seen.turned_away += 1,
        None => seen.taken.push(serde_json::from_slice(&body).expect("a JSON body")),
    }
    let _ = write!(connection, "HTTP/1.1 {status} So\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

/// The body of a POST of JSON to the right path.
fn body(connection: &TcpStream) -> Option<Vec<u8>> {
    connection.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
    let mut reader = BufReader::new(connection);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_lowercase());
    }
    assert!(lines[0].starts_with("post /hook/s3cret"), "{lines:?}");
    assert!(lines.iter().any(|line| line == "content-type: application/json"), "{lines:?}");
    let length = lines.iter().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.expect("a length")];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}
