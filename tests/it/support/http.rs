//! Plain requests over HTTP/1.0, whose answers end with their connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::mare::Mare;
use super::wait;

/// The longest that a server may say nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// The server of a run.
#[derive(Clone, Debug)]
pub struct Http {
    /// `127.0.0.1:4040`.
    pub address: String,
    /// What is sent with each request, such as `Authorization: Bearer x\r\n`.
    pub headers: String,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers, in lower case.
    pub headers: String,
    /// The body as JSON; null if it is none.
    pub body: Value,
}

impl Http {
    /// The server that `run` says to have.
    pub fn of(run: &Mare) -> Http {
        run.wait_for_lines(1, "  http    http://");
        let output = run.output();
        let address = output.lines().find_map(|line| line.strip_prefix("  http    http://")).expect("an address");
        Http { address: address.trim().to_owned(), headers: String::new() }
    }

    /// `GET path`.
    pub fn get(&self, path: &str) -> Answer {
        let mut text = String::new();
        self.open(path).read_to_string(&mut text).expect("an answer");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer to {path}: {text}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let body = serde_json::from_str(body).unwrap_or_default();
        Answer { status, headers: head.to_lowercase(), body }
    }

    /// Every document of `path`, page by page.
    pub fn documents(&self, path: &str) -> Vec<Value> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let answer = self.get(&format!("{path}{after}"));
            assert_eq!(answer.status, 200, "{answer:?}");
            all.extend(answer.body["documents"].as_array().expect("documents").iter().cloned());
            let Some(next) = answer.body["next"].as_str() else { return all };
            after = format!("&after={}", encoded(next));
        }
    }

    /// Waits until `path` is answered as `enough` wants it.
    ///
    /// # Panics
    /// If it takes too long.
    pub fn wait_for(&self, path: &str, enough: impl Fn(&Answer) -> bool) -> Answer {
        wait::until(super::mare::BOUND, path, || {
            let answer = self.get(path);
            if enough(&answer) { Ok(answer) } else { Err(format!("{answer:?}")) }
        })
    }

    /// The lines of an answer that goes on.
    pub fn lines(&self, path: &str) -> impl Iterator<Item = String> + use<> {
        BufReader::new(self.open(path)).lines().map_while(Result::ok)
    }

    /// Asks, and leaves the answer to be read.
    fn open(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).expect("a server");
        stream.set_read_timeout(Some(PATIENCE)).expect("a bound");
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {}\r\n{}\r\n", self.address, self.headers).expect("a request");
        stream
    }
}

/// `text` as it may stand in a query.
pub fn encoded(text: &str) -> String {
    let byte = |byte: u8| {
        let plain = byte.is_ascii_alphanumeric();
        if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(byte).collect()
}
