//! `/metrics` for a command that serves nothing else.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::{io, thread};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::runtime::Builder;
use tracing::warn;

use super::connections::{Connections, SILENCE};
use super::hosts::Hosts;
use mare_metrics::MEDIA_TYPE;

/// How many connections are taken at the same time: Prometheus needs one.
const PLACES: usize = 16;

/// Answers `GET /metrics` at `address`, and for the hosts `named`, with what `text` says then, on a thread of its own
/// for as long as the process lives. Returns the address, with the port that the system chose where it is 0.
///
/// # Errors
/// If the address cannot be listened at.
pub fn listen(
    address: SocketAddr,
    named: &[String],
    text: impl Fn() -> String + Clone + Send + Sync + 'static,
) -> io::Result<SocketAddr> {
    let socket = TcpListener::bind(address)?;
    socket.set_nonblocking(true)?;
    let address = socket.local_addr()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let hosts = Arc::new(Hosts::of(address, named));
    let answer = async move |request: Request| match hosts.stranger(request.uri(), request.headers()) {
        None => ([(CONTENT_TYPE, MEDIA_TYPE)], text()).into_response(),
        Some(host) => {
            (StatusCode::MISDIRECTED_REQUEST, format!("{host:?} is not named by --metrics-host\n")).into_response()
        }
    };
    let routes = Router::new().route("/metrics", get(answer));
    let serve = async move {
        let socket = tokio::net::TcpListener::from_std(socket)?;
        axum::serve(Connections::new(socket, PLACES, SILENCE), routes).await
    };
    let body = move || {
        if let Err(error) = runtime.block_on(serve) {
            warn!("nothing is answered at {address} any more: {error}");
        }
    };
    thread::Builder::new().name("mare-http".to_owned()).spawn(body)?;
    Ok(address)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;

    fn ask(address: SocketAddr, request: &str) -> String {
        ask_for("localhost", address, request)
    }

    fn ask_for(host: &str, address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).expect("somebody listens");
        stream
            .write_all(format!("{request} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes())
            .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer and its end");
        answer.to_lowercase()
    }

    #[test]
    fn metrics_are_there_and_nothing_else() {
        let named = ["producer".to_owned()];
        let address = listen(SocketAddr::from(([127, 0, 0, 1], 0)), &named, || "x 1\n".to_owned()).expect("a port");
        let answer = ask(address, "GET /metrics?x=1");
        assert!(answer.starts_with("http/1.1 200 ok\r\n") && answer.ends_with("\r\n\r\nx 1\n"), "{answer}");
        assert!(answer.contains(&format!("content-type: {MEDIA_TYPE}\r\n")), "{answer}");
        assert!(ask(address, "POST /metrics").starts_with("http/1.1 405 "));
        assert!(ask(address, "GET /").starts_with("http/1.1 404 "));
        assert!(ask_for("producer:4041", address, "GET /metrics").starts_with("http/1.1 200 "));
        assert!(ask_for("evil.example", address, "GET /metrics").starts_with("http/1.1 421 "));
    }
}
