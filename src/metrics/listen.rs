//! `/metrics` for a command that serves nothing else.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use tokio::runtime::Builder;
use tracing::warn;

use super::MEDIA_TYPE;

/// Answers `GET /metrics` at `address` with what `text` says then, on a thread of its own for as long as the process lives.
/// Returns the address, with the port that the system chose where it is 0.
///
/// # Errors
/// If the address cannot be listened at.
pub fn listen(
    address: SocketAddr,
    text: impl Fn() -> String + Clone + Send + Sync + 'static,
) -> io::Result<SocketAddr> {
    let socket = TcpListener::bind(address)?;
    socket.set_nonblocking(true)?;
    let address = socket.local_addr()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let routes = Router::new().route("/metrics", get(async move || ([(CONTENT_TYPE, MEDIA_TYPE)], text())));
    let serve = async move { axum::serve(tokio::net::TcpListener::from_std(socket)?, routes).await };
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
        let mut stream = TcpStream::connect(address).expect("somebody listens");
        stream
            .write_all(format!("{request} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").as_bytes())
            .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer and its end");
        answer.to_lowercase()
    }

    #[test]
    fn metrics_are_there_and_nothing_else() {
        let address = listen(SocketAddr::from(([127, 0, 0, 1], 0)), || "x 1\n".to_owned()).expect("a port");
        let answer = ask(address, "GET /metrics?x=1");
        assert!(answer.starts_with("http/1.1 200 ok\r\n") && answer.ends_with("\r\n\r\nx 1\n"), "{answer}");
        assert!(answer.contains(&format!("content-type: {MEDIA_TYPE}\r\n")), "{answer}");
        assert!(ask(address, "POST /metrics").starts_with("http/1.1 405 "));
        assert!(ask(address, "GET /").starts_with("http/1.1 404 "));
    }
}
