//! Whether a port speaks TLS: a client that does not is only cut off there, and is not told why.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long it may take to connect, and to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// A greeting of TLS 1.2: one cipher, no extension. Whoever speaks TLS answers it, at least by an alert.
const HELLO: [u8; 50] = {
    let mut hello = [0; 50];
    let (record, handshake) = ([22, 3, 1, 0, 45], [1, 0, 0, 41, 3, 3]);
    let mut at = 0;
    while at < record.len() {
        hello[at] = record[at];
        at += 1;
    }
    while at < record.len() + handshake.len() {
        hello[at] = handshake[at - record.len()];
        at += 1;
    }
    // The random bytes (32) and the empty session (1) stay zero; one cipher (0x002f), one compression (none).
    hello[45] = 2;
    hello[47] = 0x2f;
    hello[48] = 1;
    hello
};
/// How an answer to it begins: a handshake, or an alert.
const ANSWERS: [u8; 2] = [22, 21];

/// Whether whoever listens at `address`, `host:port`, answers a greeting of TLS.
#[must_use]
pub fn is_spoken_at(address: &str) -> bool {
    let greet = || -> io::Result<u8> {
        let address = address.to_socket_addrs()?.next().ok_or(io::ErrorKind::NotFound)?;
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(&HELLO)?;
        let mut first = [0];
        stream.read_exact(&mut first).map(|()| first[0])
    };
    greet().is_ok_and(|first| ANSWERS.contains(&first))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn an_alert_is_an_answer_and_silence_or_another_protocol_is_none() {
        for (answer, expected) in [(&[21, 3, 1][..], true), (&[22, 3, 3], true), (b"HTTP/1.1 400", false), (b"", false)]
        {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let address = listener.local_addr().expect("bound").to_string();
            let server = thread::spawn(move || {
                let (mut stream, _) = listener.accept().expect("a client");
                let mut hello = [0; HELLO.len()];
                stream.read_exact(&mut hello).expect("a greeting");
                stream.write_all(answer).expect("an answer");
                hello
            });
            assert_eq!(is_spoken_at(&address), expected, "{answer:?}");
            let hello = server.join().expect("served");
            assert_eq!((&hello[..6], &hello[44..]), (&[22, 3, 1, 0, 45, 1][..], &[0, 2, 0, 0x2f, 1, 0][..]));
        }
    }
}
