//! A bad network between a client and a server: a TCP proxy that delays, cuts connections in the middle of a reply or
//! of a login, or swallows everything for a while.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use super::wait::BOUND;

/// A proxy on a port of its own. It ends with the test process.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    weather: Mutex<Weather>,
    /// Told of each change.
    changed: Condvar,
}

/// What happens to the bytes on their way.
#[derive(Clone, Copy, Debug, Default)]
struct Weather {
    /// How long each piece takes.
    delay: Duration,
    /// How many replies more are cut in the middle, with their connections.
    cuts: usize,
    /// How many logins to a Kafka broker more are cut before they arrive, with their connections.
    logins: usize,
    /// Whether bytes are kept instead of passed on.
    is_dark: bool,
    /// How many pieces wait for the light.
    held: usize,
    /// Whether what was kept is lost, with its connections.
    loses: bool,
    /// How many replies have been cut.
    cut: usize,
}

/// Which way bytes go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Request,
    Reply,
}

impl Proxy {
    /// Listens on 127.0.0.1 and passes on to `server`.
    pub fn to(server: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        Proxy::on(listener, server)
    }

    /// Takes connections from `listener` and passes them on to `server`.
    pub fn on(listener: TcpListener, server: SocketAddr) -> Proxy {
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared::default());
        let weather = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // A client whose server is gone sees its connection closed.
                let Ok(server) = TcpStream::connect(server) else { continue };
                let (back, forth) = (client.try_clone(), server.try_clone());
                let (Ok(back), Ok(forth)) = (back, forth) else { continue };
                pump(client, server, Way::Request, Arc::clone(&weather));
                pump(forth, back, Way::Reply, Arc::clone(&weather));
            }
        });
        Proxy { port, shared }
    }

    /// Where clients connect to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on each piece takes so long.
    pub fn delay(&self, delay: Duration) {
        self.shared.change(|weather| weather.delay = delay);
    }

    /// Cuts the next `count` replies in the middle, and returns when that has happened.
    pub fn cut(&self, count: usize) {
        self.shared.change(|weather| (weather.cuts, weather.cut) = (count, 0));
        self.shared.wait_until("replies to cut", |weather| weather.cut >= count);
    }

    /// Cuts the next `count` connections at the first word of a login to a Kafka broker.
    pub fn cut_logins(&self, count: usize) {
        self.shared.change(|weather| weather.logins = count);
    }

    /// How many logins are still to be cut.
    pub fn logins_to_cut(&self) -> usize {
        self.shared.lock().logins
    }

    /// Keeps everything, and returns when there is something to keep.
    pub fn darken(&self) {
        self.shared.change(|weather| weather.is_dark = true);
        self.shared.wait_until("bytes to keep", |weather| weather.held > 0);
    }

    /// Keeps everything from now on.
    pub fn swallow(&self) {
        self.shared.change(|weather| weather.is_dark = true);
    }

    /// Keeps everything until there is something, and then loses it with its connections.
    pub fn lose(&self) {
        self.darken();
        self.shared.change(|weather| (weather.is_dark, weather.loses) = (false, true));
        self.shared.wait_until("what was kept is lost", |weather| weather.held == 0);
        self.shared.change(|weather| weather.loses = false);
    }

    /// Passes on what was kept.
    pub fn lighten(&self) {
        self.shared.change(|weather| weather.is_dark = false);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Weather> {
        self.weather.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn change(&self, change: impl FnOnce(&mut Weather)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn wait_until(&self, what: &str, is_so: impl Fn(&Weather) -> bool) {
        let wait = self.changed.wait_timeout_while(self.lock(), BOUND, |weather| !is_so(weather));
        let (weather, timeout) = wait.unwrap_or_else(|poisoned| poisoned.into_inner());
        assert!(!timeout.timed_out(), "{what}: not within {BOUND:?}, {weather:?}");
    }

    /// Lets a piece pass, when it may; if its connection is to be cut, behind how many of its bytes.
    fn pass(&self, way: Way, piece: &[u8]) -> Option<usize> {
        let length = piece.len();
        let mut weather = self.lock();
        if way == Way::Request && weather.logins > 0 && is_login(piece) {
            weather.logins -= 1;
            return Some(0);
        }
        if weather.is_dark {
            weather.held += 1;
            self.changed.notify_all();
            let wait = self.changed.wait_while(weather, |weather| weather.is_dark);
            weather = wait.unwrap_or_else(|poisoned| poisoned.into_inner());
            weather.held -= 1;
            self.changed.notify_all();
            if weather.loses {
                return Some(0);
            }
        }
        let is_cut = way == Way::Reply && weather.cuts > 0;
        if is_cut {
            weather.cuts -= 1;
            weather.cut += 1;
            self.changed.notify_all();
        }
        let delay = weather.delay;
        drop(weather);
        thread::sleep(delay);
        is_cut.then_some(length / 2)
    }
}

/// Whether a request to a Kafka broker begins a login: behind its size stands which it is, and SaslHandshake is 17.
fn is_login(request: &[u8]) -> bool {
    request.get(4..6) == Some(&[0, 17])
}

/// Passes bytes on, in a thread of its own, until one side closes.
fn pump(mut from: TcpStream, mut to: TcpStream, way: Way, shared: Arc<Shared>) {
    thread::spawn(move || {
        let mut piece = [0; 16 * 1024];
        while let Ok(length @ 1..) = from.read(&mut piece) {
            let cut = shared.pass(way, &piece[..length]);
            if to.write_all(&piece[..cut.unwrap_or(length)]).is_err() || cut.is_some() {
                break;
            }
        }
        for side in [&from, &to] {
            let _closed = side.shutdown(Shutdown::Both); // the other pump may have done so
        }
    });
}
