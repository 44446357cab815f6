//! Whether a port of a Kafka broker wants a login: a client that offers none is greeted there, and then cut off without
//! a word.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long it may take to connect, and to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// SaslHandshake (17), version 1, correlation id 0, no client id, for a mechanism that nobody has: the empty one.
/// Behind its size.
const HANDSHAKE: [u8; 16] = [0, 0, 0, 12, 0, 17, 0, 1, 0, 0, 0, 0, 0xff, 0xff, 0, 0];
/// What a port that wants a login says to that: UNSUPPORTED_SASL_MECHANISM. One that wants none says ILLEGAL_SASL_STATE
/// (34).
const UNSUPPORTED: [u8; 2] = [0, 33];

/// Whether whoever listens at `address`, `host:port`, is a Kafka broker that wants a login, without TLS.
#[must_use]
pub fn is_wanted_at(address: &str) -> bool {
    let ask = || -> io::Result<[u8; 2]> {
        let address = address.to_socket_addrs()?.next().ok_or(io::ErrorKind::NotFound)?;
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(&HANDSHAKE)?;
        let mut answer = [0; 10]; // its size, the correlation id, the code
        stream.read_exact(&mut answer).map(|()| [answer[8], answer[9]])
    };
    ask().is_ok_and(|code| code == UNSUPPORTED)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn a_mechanism_that_is_not_known_is_a_login_that_is_wanted() {
        let plain: &[u8] = &[0, 0, 0, 10, 0, 0, 0, 0, 0, 34, 0, 0, 0, 0];
        let sasl: &[u8] = &[0, 0, 0, 17, 0, 0, 0, 0, 0, 33, 0, 0, 0, 1, 0, 5, b'P', b'L', b'A', b'I', b'N'];
        for (answer, expected) in [(plain, false), (sasl, true), (b"HTTP/1.1 400 Bad Request", false), (b"", false)] {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let address = listener.local_addr().expect("bound").to_string();
            let server = thread::spawn(move || {
                let (mut stream, _) = listener.accept().expect("a client");
                stream.read_exact(&mut [0; HANDSHAKE.len()]).expect("a question");
                stream.write_all(answer).expect("an answer");
            });
            assert_eq!(is_wanted_at(&address), expected, "{answer:?}");
            server.join().expect("served");
        }
    }
}
