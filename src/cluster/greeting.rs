//! The first word between two processes: who is calling, and whether both mean the same cluster.
//!
//! It is no authentication. It keeps a port scanner, a process of another version, or one that was started with another
//! number of workers from being taken for a peer, which would end in a panic or in rows sent to nobody.

use std::io::{self, Read, Write};

/// What every greeting begins with. Rows mean something within one version only.
const MAGIC: &[u8] = concat!("mare/", env!("CARGO_PKG_VERSION"), "/cluster\n").as_bytes();
/// The answer to a greeting that fits.
const WELCOME: u8 = b'+';
/// The answer to one that does not.
const UNFIT: u8 = b'-';

/// How many processes with how many workers each; the same in all processes of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Number of processes.
    pub processes: usize,
    /// Number of workers of each process.
    pub workers: usize,
}

/// What came of a greeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Greeted {
    /// By the process of this index, of a cluster of the same shape.
    Peer(usize),
    /// By a process of another shape.
    Unfit(Shape),
    /// By something else, or another version.
    Stranger,
}

/// Says who we are to the process that listens at the other end, and returns whether it takes us for a peer.
///
/// # Errors
/// If the connection fails, or the answer is none.
pub fn greet(stream: &mut (impl Read + Write), me: usize, shape: Shape) -> io::Result<bool> {
    let mut greeting = MAGIC.to_vec();
    [me, shape.processes, shape.workers].iter().for_each(|number| greeting.extend((*number as u64).to_be_bytes()));
    stream.write_all(&greeting)?;
    let mut answer = [0];
    stream.read_exact(&mut answer)?;
    match answer {
        [WELCOME] => Ok(true),
        [UNFIT] => Ok(false),
        _ => Err(io::Error::other("what listens there is no process of a cluster")),
    }
}

/// Hears who calls, and answers.
///
/// # Errors
/// If the connection fails.
pub fn hear(stream: &mut (impl Read + Write), shape: Shape) -> io::Result<Greeted> {
    let mut magic = [0; MAGIC.len()];
    stream.read_exact(&mut magic)?;
    if magic != MAGIC {
        return Ok(Greeted::Stranger);
    }
    let [caller, processes, workers] = [number(stream)?, number(stream)?, number(stream)?];
    let theirs = Shape { processes, workers };
    let fits = theirs == shape && caller < processes;
    stream.write_all(&[if fits { WELCOME } else { UNFIT }])?;
    Ok(if fits { Greeted::Peer(caller) } else { Greeted::Unfit(theirs) })
}

/// A number that does not fit is larger than any that does.
fn number(stream: &mut impl Read) -> io::Result<usize> {
    let mut bytes = [0; 8];
    stream.read_exact(&mut bytes)?;
    Ok(usize::try_from(u64::from_be_bytes(bytes)).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    use super::*;

    const SHAPE: Shape = Shape { processes: 3, workers: 2 };

    /// What the listening side hears of a caller who does `call`, and what that returns.
    fn heard<T: Send>(call: impl FnOnce(TcpStream) -> T + Send) -> (io::Result<Greeted>, T) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        thread::scope(|scope| {
            let caller = scope.spawn(move || call(TcpStream::connect(address).expect("connected")));
            let (mut stream, _) = listener.accept().expect("a caller");
            let heard = hear(&mut stream, SHAPE);
            drop(stream);
            (heard, caller.join().expect("no panic"))
        })
    }

    #[test]
    fn a_peer_is_welcome() {
        let (heard, answered) = heard(|mut stream| greet(&mut stream, 2, SHAPE).expect("an answer"));
        assert_eq!((heard.expect("heard"), answered), (Greeted::Peer(2), true));
    }

    #[test]
    fn another_shape_is_told_so() {
        let other = Shape { workers: 1, ..SHAPE };
        let (heard, answered) = heard(|mut stream| greet(&mut stream, 2, other).expect("an answer"));
        assert_eq!((heard.expect("heard"), answered), (Greeted::Unfit(other), false));
    }

    #[test]
    fn whatever_else_calls_is_no_peer() {
        let (stranger, ()) =
            heard(|mut stream| stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("sent"));
        assert_eq!(stranger.expect("heard"), Greeted::Stranger);
        let (silent, ()) = heard(drop);
        assert!(silent.is_err());
    }
}
