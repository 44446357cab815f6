//! `/metrics` for a command that serves nothing else: HTTP/1.1, one short answer a connection.
//!
//! Whoever asks sends a request line and headers within [`PATIENCE`] and [`HEAD_MAX`] bytes; the answer says how long it is and
//! that the connection closes behind it. No body of a request is read.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use tracing::debug;

/// How long a request, and the taking of its answer, may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a request may be, in bytes.
const HEAD_MAX: usize = 8 * 1024;
/// The media type of Prometheus's text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Answers `GET /metrics` at `address` with what `text` says then, on a thread of its own for as long as the process lives.
/// Returns the address, with the port that the system chose where it is 0.
///
/// # Errors
/// If the address cannot be listened at.
pub fn listen(address: SocketAddr, text: impl Fn() -> String + Send + 'static) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address)?;
    let address = listener.local_addr()?;
    let body = move || {
        for stream in listener.incoming() {
            match stream.and_then(|stream| answer(stream, &text)) {
                Ok(()) => {}
                Err(error) => debug!("a question for metrics was not answered: {error}"),
            }
        }
    };
    thread::Builder::new().name("mare-http".to_owned()).spawn(body)?;
    Ok(address)
}

/// An answer: status, what it is, and more headers.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: &'static str,
    kind: &'static str,
    headers: &'static str,
    body: String,
    /// Whether the body goes out, or only its length.
    is_sent: bool,
}

/// Answers the one request of a connection.
fn answer(mut stream: TcpStream, text: impl Fn() -> String) -> io::Result<()> {
    stream.set_write_timeout(Some(PATIENCE))?;
    let head = read_head(&mut stream)?;
    let answer = decide(&head, text);
    let Answer { status, kind, headers, body, is_sent } = answer;
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes())?;
    if is_sent {
        stream.write_all(body.as_bytes())?;
    }
    stream.flush()?;
    stream.shutdown(std::net::Shutdown::Write)
}

/// Reads until the empty line behind the headers; what is too long or too slow ends where it is.
fn read_head(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let (mut head, mut piece, deadline) = (Vec::new(), [0; 1024], Instant::now() + PATIENCE);
    while !is_whole(&head) && head.len() < HEAD_MAX {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut piece)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => head.extend_from_slice(&piece[..read]),
        }
    }
    Ok(head)
}

fn is_whole(head: &[u8]) -> bool {
    head.windows(4).any(|end| end == b"\r\n\r\n")
}

/// What to answer to a request that begins with `head`.
fn decide(head: &[u8], text: impl Fn() -> String) -> Answer {
    let refuse = |status, headers| {
        let body = format!("{status}\n");
        Answer { status, kind: "text/plain; charset=utf-8", headers, body, is_sent: true }
    };
    if !is_whole(head) {
        return refuse("431 Request Header Fields Too Large", "");
    }
    let line = head.split(|byte| *byte == b'\r').next().and_then(|line| std::str::from_utf8(line).ok());
    let mut words = line.unwrap_or_default().split(' ');
    let request = (words.next(), words.next(), words.next(), words.next());
    let (Some(method), Some(target), Some("HTTP/1.1" | "HTTP/1.0"), None) = request else {
        return refuse("400 Bad Request", "");
    };
    let path = target.split('?').next().unwrap_or_default();
    match (method, path) {
        ("GET" | "HEAD", "/metrics") => {
            Answer { status: "200 OK", kind: TEXT, headers: "", body: text(), is_sent: method == "GET" }
        }
        (_, "/metrics") => refuse("405 Method Not Allowed", "Allow: GET, HEAD\r\n"),
        _ => refuse("404 Not Found", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).expect("somebody listens");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer and its end");
        answer
    }

    #[test]
    fn metrics_are_there_and_nothing_else() {
        let address = listen(SocketAddr::from(([127, 0, 0, 1], 0)), || "x 1\n".to_owned()).expect("a port");
        let answer = ask(address, "GET /metrics?x=1 HTTP/1.1\r\nHost: h\r\n\r\n");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains(TEXT), "{head}");
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{head}");
        assert!(body == "x 1\n", "{body}");
        let answer = ask(address, "HEAD /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\n"), "{answer}");
        for (request, status) in [
            ("POST /metrics HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "405 "),
            ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", "404 "),
            ("GET /metrics\r\n\r\n", "400 "),
            ("\r\n\r\n", "400 "),
        ] {
            let answer = ask(address, request);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{request}: {answer}");
        }
    }

    #[test]
    fn a_head_without_end_is_refused() {
        let answer = decide(&[b'x'; HEAD_MAX], || panic!("not asked for"));
        assert_eq!(answer.status, "431 Request Header Fields Too Large");
    }

    #[test]
    fn who_hangs_up_early_harms_nobody() {
        let address = listen(SocketAddr::from(([127, 0, 0, 1], 0)), || "x 1\n".to_owned()).expect("a port");
        drop(TcpStream::connect(address).expect("somebody listens"));
        assert!(ask(address, "GET /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 "));
    }
}
