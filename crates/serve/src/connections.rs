//! Connections that are bounded, in number and in silence.
//!
//! # Nobody holds a place for ever, and nobody is kept out for long
//! * A connection on which nothing has been *written* for [`SILENCE`] is closed. One rule for all of it: half a head,
//!   half a body, an answer that nobody takes, a connection that nobody uses. An answer takes less than that
//!   ([`deadline`](super::deadline)), and a stream says something more often, if only that it lives.
//! * Where all places are taken, a new connection takes that of the one that has been silent for longest. So whoever
//!   only holds places makes way for whoever asks, the health check among them.
//! * There are a quarter as many places as the process may have files open: the rest is for checkpoints, brokers and
//!   the sink.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use nix::sys::resource::{Resource, getrlimit};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

/// How long a connection may live on which nothing is written.
pub const SILENCE: Duration = Duration::from_secs(20);
/// Places where the system would allow for more.
const PLACES_MAX: usize = 256;
/// Places however few files the process may have open.
const PLACES_MIN: usize = 8;
/// The pause after a connection that the system could not give.
const PAUSE: Duration = Duration::from_millis(500);

/// How many connections this process takes.
#[must_use]
pub fn places() -> usize {
    let files = getrlimit(Resource::RLIMIT_NOFILE).map_or(0, |(soft, _)| soft);
    usize::try_from(files / 4).unwrap_or(usize::MAX).clamp(PLACES_MIN, PLACES_MAX)
}

/// Takes connections at a socket.
pub struct Connections {
    socket: TcpListener,
    /// As many permits as there are places.
    room: Arc<Semaphore>,
    taken: Arc<Mutex<Vec<Arc<Seat>>>>,
    silence: Duration,
}

/// The place that a connection takes.
struct Seat {
    /// When something was written last, or the connection came.
    heard: Mutex<Instant>,
    /// Whether it has to make way.
    is_wanted: AtomicBool,
    /// Wakes the connection to be told so.
    waker: AtomicWaker,
}

impl Connections {
    /// Takes as many as `places` at the same time, each of which may be silent for so long.
    #[must_use]
    pub fn new(socket: TcpListener, places: usize, silence: Duration) -> Connections {
        Connections { socket, room: Arc::new(Semaphore::new(places)), taken: Arc::default(), silence }
    }

    /// A permit for one more; if there is none left, that of the connection that has been silent for longest.
    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() {
            return Some(permit);
        }
        let silent = lock(&self.taken).iter().min_by_key(|place| *lock(&place.heard)).map(Arc::clone);
        if let Some(place) = silent {
            place.is_wanted.store(true, Ordering::Release);
            place.waker.wake();
        }
        Arc::clone(&self.room).acquire_owned().await.ok()
    }
}

impl axum::serve::Listener for Connections {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            let Ok((stream, from)) = self.socket.accept().await else {
                sleep(PAUSE).await; // the caller has gone, or the process has no files left: both pass
                continue;
            };
            let Some(permit) = self.permit().await else { continue };
            let now = Instant::now();
            let place =
                Arc::new(Seat { heard: Mutex::new(now), is_wanted: AtomicBool::new(false), waker: AtomicWaker::new() });
            lock(&self.taken).push(Arc::clone(&place));
            let alarm = Box::pin(sleep_until(now + self.silence));
            let (taken, silence) = (Arc::clone(&self.taken), self.silence);
            return (Connection { stream, place, taken, silence, alarm, _permit: permit }, from);
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

/// A connection that ends by itself when it has been silent for too long, or has to make way.
pub struct Connection {
    stream: TcpStream,
    place: Arc<Seat>,
    taken: Arc<Mutex<Vec<Arc<Seat>>>>,
    silence: Duration,
    /// Goes off when it has been silent for too long, or a little before: then it is set again.
    alarm: Pin<Box<Sleep>>,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    /// Whether it is to end; if not, the task is woken when it is.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        self.place.waker.register(cx.waker());
        if self.place.is_wanted.load(Ordering::Acquire) {
            return Poll::Ready(io::ErrorKind::ConnectionAborted.into());
        }
        loop {
            ready!(self.alarm.as_mut().poll(cx));
            let end = *lock(&self.place.heard) + self.silence;
            if end <= Instant::now() {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            self.alarm.as_mut().reset(end);
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, read: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if let Poll::Ready(error) = self.poll_end(cx) {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.stream).poll_read(cx, read)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Poll::Ready(error) = self.poll_end(cx) {
            return Poll::Ready(Err(error));
        }
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes));
        *lock(&self.place.heard) = Instant::now();
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        lock(&self.taken).retain(|place| !Arc::ptr_eq(place, &self.place));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::timeout;

    use super::*;

    /// The longest that anything may take here; no test passes by a shorter time.
    const PATIENCE: Duration = Duration::from_secs(30);

    /// A server with so many places.
    async fn serve(places: usize, silence: Duration) -> SocketAddr {
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = socket.local_addr().expect("bound");
        let connections = Connections::new(socket, places, silence);
        let routes = Router::new().route("/", get(|| async { "here" }));
        tokio::spawn(async move { axum::serve(connections, routes).await });
        address
    }

    /// A connection that says so much.
    async fn saying(address: SocketAddr, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.expect("connected");
        stream.write_all(text.as_bytes()).await.expect("sent");
        stream
    }

    /// What comes back until the connection ends.
    async fn rest(mut stream: TcpStream) -> String {
        let mut answer = Vec::new();
        let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an end");
        let _reset = read; // an end is an end
        String::from_utf8(answer).expect("text")
    }

    #[tokio::test]
    async fn half_a_request_ends_with_its_silence() {
        let address = serve(4, Duration::from_millis(50)).await;
        for half in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: h\r\n"] {
            assert_eq!(rest(saying(address, half).await).await, "", "{half:?}");
        }
        // What nobody reads of a body does not keep the connection either.
        let answer = rest(saying(address, "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx").await).await;
        assert!(answer.ends_with("here"), "{answer}");
        let answer = rest(saying(address, "GET / HTTP/1.1\r\nHost: h\r\n\r\n").await).await;
        assert!(answer.ends_with("here"), "it is answered, and closed when it is not used again: {answer}");
    }

    #[tokio::test]
    async fn whoever_asks_is_answered_although_all_places_are_held() {
        let address = serve(4, PATIENCE * 100).await;
        let mut held = Vec::new();
        for _ in 0..20 {
            held.push(saying(address, "GET / HT").await);
            let answer = rest(saying(address, "GET / HTTP/1.0\r\n\r\n").await).await;
            assert!(answer.ends_with("here"), "{answer}");
        }
        let first = held.remove(0);
        assert_eq!(rest(first).await, "", "it has made way");
    }
}
