//! Asking an engine over HTTP.

use std::io::ErrorKind;
use std::time::Duration;

use serde::de::DeserializeOwned;
use ureq::{Agent, Error};

use super::answer::{Answer, Status, Totals};
use crate::cli::Failure;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection to one engine.
pub struct Client {
    agent: Agent,
    /// `http://host:port`, without a slash at the end.
    url: String,
    /// What it wants to be told.
    token: Option<String>,
}

impl Client {
    /// A client of the engine at `url`: `http://host:port`, `host:port`, or a port of this machine. Nothing is
    /// connected yet.
    #[must_use]
    pub fn new(url: &str, token: Option<&str>) -> Client {
        let agent = Agent::config_builder().timeout_global(Some(PATIENCE)).proxy(None).build();
        Client { agent: agent.into(), url: completed(url), token: token.map(str::to_owned) }
    }

    /// Where the engine is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The status, and so many documents of the newest windows.
    ///
    /// # Errors
    /// If the engine does not answer, wants another token, or is none.
    pub fn look(&self, rows: u16) -> Result<Answer, Failure> {
        let status: Status = self.get("/api/v1/status")?;
        let totals: Totals = self.get(&format!("/api/v1/totals?order=newest&limit={rows}"))?;
        Ok(Answer { status, documents: totals.documents, cut: totals.cut })
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let mut request = self.agent.get(format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut answer = request.call().map_err(|error| self.failure(&error))?;
        let text = answer.body_mut().read_to_string().map_err(|error| self.failure(&error))?;
        serde_json::from_str(&text).map_err(|error| {
            Failure::new(format!("what answers at {} is no engine of mare: {path}: {error}", self.url))
                .remedy("name the address that follows --http of `mare run`")
        })
    }

    fn failure(&self, error: &Error) -> Failure {
        let url = &self.url;
        match error {
            Error::StatusCode(401 | 403) => Failure::new(format!("{url} wants a token"))
                .remedy("give it by --http-token or MARE_HTTP_TOKEN, as the engine was given it"),
            Error::StatusCode(421) => Failure::new(format!("{url} is not asked for by that name"))
                .remedy("ask by its address, or have the engine know the name by --http-host"),
            Error::StatusCode(code) => Failure::new(format!("{url} answers with status {code}"))
                .remedy("name the address that follows --http of `mare run`; the engine says more in its log"),
            Error::Io(why) if why.kind() == ErrorKind::ConnectionRefused => {
                Failure::new(format!("no engine answers at {url}"))
                    .remedy("start it with `mare run FILE --http 127.0.0.1:4040`, or name another address")
            }
            other => Failure::new(format!("{url} does not answer: {other}")).remedy("write it as http://host:port"),
        }
    }
}

/// The whole URL that `text` means.
fn completed(text: &str) -> String {
    let text = text.trim_end_matches('/');
    if text.contains("://") {
        return text.to_owned();
    }
    match text.parse::<u16>() {
        Ok(port) => format!("http://127.0.0.1:{port}"),
        Err(_) => format!("http://{text}"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::thread::{self, JoinHandle};

    use super::*;

    /// Answers so many requests, each with this status line and body; returns what was asked.
    fn answering(status: &'static str, bodies: &'static [&'static str]) -> (String, JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = thread::spawn(move || {
            let answer = |body: &&str| {
                let (mut stream, _) = listener.accept().unwrap();
                let head: Vec<String> =
                    BufReader::new(&stream).lines().map_while(Result::ok).take_while(|l| !l.is_empty()).collect();
                let length = body.len();
                write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
                    .unwrap();
                head.join("\n").to_lowercase()
            };
            bodies.iter().map(answer).collect()
        });
        (address, asked)
    }

    #[test]
    fn a_look_asks_for_the_status_and_the_newest_documents() {
        let (address, asked) = answering(
            "200 OK",
            &[r#"{"phase":"running","new":1}"#, r#"{"documents":[{"final":true,"document":{"n":1}}]}"#],
        );
        let answer = Client::new(&address, Some("s3cret")).look(7).unwrap();
        assert_eq!((&*answer.status.phase, answer.documents.len()), ("running", 1));
        let asked = asked.join().unwrap();
        assert!(
            asked[0].starts_with("get /api/v1/status ") && asked[0].contains("authorization: bearer s3cret"),
            "{asked:?}"
        );
        assert!(asked[1].starts_with("get /api/v1/totals?order=newest&limit=7 "), "{asked:?}");
    }

    #[test]
    fn who_does_not_answer_well_is_told_apart() {
        let look = |address: &str| Client::new(address, None).look(1).unwrap_err().to_string();
        let (locked, _) = answering("401 Unauthorized", &[""]);
        assert!(look(&locked).contains("--http-token"));
        let (misdirected, _) = answering("421 Misdirected Request", &[""]);
        assert!(look(&misdirected).contains("--http-host"));
        let (other, _) = answering("404 Not Found", &[""]);
        assert!(look(&other).contains("status 404"));
        let (page, _) = answering("200 OK", &["<html>"]);
        assert!(look(&page).contains("no engine of mare"));
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(look(&closed.to_string()).contains("mare run FILE --http"));
    }

    #[test]
    fn an_address_is_a_url_a_host_or_a_port() {
        for (text, url) in [("4040", "http://127.0.0.1:4040"), ("a:1", "http://a:1"), ("http://a:1/", "http://a:1")] {
            assert_eq!(completed(text), url);
        }
    }
}
