//! Whether this host reaches an address: its name, then a connection, which is closed at once.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// What came of trying to reach an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Somebody listens there.
    Open(SocketAddr),
    /// The name has no address, or the text is no `host:port`.
    Unresolved(String),
    /// The host is there, and nobody listens.
    Refused,
    /// No answer within three seconds.
    Silent,
    /// Anything else, in the words of the system.
    Other(String),
}

impl Reach {
    /// Tries to reach `address`, `host:port`; of several that a name has, the first that answers decides.
    #[must_use]
    pub fn of(address: &str) -> Reach {
        let resolved = match address.to_socket_addrs() {
            Ok(resolved) => resolved,
            Err(error) => return Reach::Unresolved(error.to_string()),
        };
        let mut outcome = Reach::Unresolved("the name has no address".to_owned());
        for socket in resolved {
            match TcpStream::connect_timeout(&socket, PATIENCE) {
                Ok(_closed) => return Reach::Open(socket),
                Err(error) => outcome = Reach::from_error(&error),
            }
        }
        outcome
    }

    fn from_error(error: &io::Error) -> Reach {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Reach::Refused,
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Reach::Silent,
            _ => Reach::Other(error.to_string()),
        }
    }

    /// Whether somebody listens there.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Reach::Open(_))
    }

    /// What it is, as the end of a sentence that begins with the address.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Reach::Open(socket) => format!("answers at {socket}"),
            Reach::Unresolved(why) => format!("does not resolve: {why}"),
            Reach::Refused => "refuses the connection: nobody listens on that port".to_owned(),
            Reach::Silent => format!("does not answer within {} s", PATIENCE.as_secs()),
            Reach::Other(why) => format!("cannot be reached: {why}"),
        }
    }

    /// What to do about it; `key` names the place where the address stands.
    #[must_use]
    pub fn remedy(&self, key: &str) -> String {
        match self {
            Reach::Open(_) => String::new(),
            Reach::Unresolved(_) => {
                format!(
                    "correct the name in {key}, or make it known to this host (DNS, /etc/hosts, the container's network)"
                )
            }
            Reach::Refused => format!("start the server, or correct the port in {key}"),
            Reach::Silent | Reach::Other(_) => {
                format!("look for a firewall or a missing route on the way, or correct {key}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn somebody_listens_or_nobody_does() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert_eq!(Reach::of(&address.to_string()), Reach::Open(address));
        drop(listener);
        assert_eq!(Reach::of(&address.to_string()), Reach::Refused);
    }

    #[test]
    fn a_name_that_does_not_resolve_is_told_from_a_port() {
        let reach = Reach::of("no-such-host.invalid:9092");
        assert!(matches!(reach, Reach::Unresolved(_)), "{reach:?}");
        assert!(reach.remedy("source.kafka.brokers").contains("source.kafka.brokers"));
        assert!(matches!(Reach::of("localhost"), Reach::Unresolved(_)), "without a port");
    }

    #[test]
    fn silence_is_told_from_a_refusal() {
        assert_eq!(Reach::from_error(&io::ErrorKind::TimedOut.into()), Reach::Silent);
        assert!(matches!(Reach::from_error(&io::ErrorKind::NetworkUnreachable.into()), Reach::Other(_)));
    }
}
