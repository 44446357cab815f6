//! The first word between two processes: who is calling, and whether both mean the same cluster.
//!
//! It is no authentication. It keeps a port scanner, a process of another version, or one that was started with another
//! number of workers from being taken for a peer, which would end in a panic or in rows sent to nobody.

use std::io::{self, Read, Write};

/// What every greeting begins with. Rows mean something within one version only.
const MAGIC: &[u8] = concat!("mare/", env!("CARGO_PKG_VERSION"), "/cluster\n").as_bytes();
/// How long a greeting is: the index of the caller, the number of processes and that of workers follow.
const LENGTH: usize = MAGIC.len() + 3 * size_of::<u64>();
/// The answer to a greeting that fits.
const WELCOME: u8 = b'+';
/// The answer to one that does not.
const UNFIT: u8 = b'-';

/// How many processes with how many workers each; the same in all processes of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterSize {
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
    Unfit(ClusterSize),
    /// By something else, or another version.
    Stranger,
}

/// Says who we are to the process that listens at the other end, and returns whether it takes us for a peer.
///
/// # Errors
/// If the connection fails, or the answer is none.
pub fn greet(stream: &mut (impl Read + Write), me: usize, shape: ClusterSize) -> io::Result<bool> {
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

/// What has been heard of a greeting so far. A caller may take its time, or never say a word: nobody waits for it, so
/// that others are heard meanwhile.
#[derive(Debug, Default)]
pub struct Ear {
    heard: Vec<u8>,
}

impl Ear {
    /// Hears what there is to hear, on a stream that does not block, and answers once the greeting is whole; `None` if
    /// more of it has to come. Not a byte behind the greeting is taken: it belongs to whoever goes on with the stream.
    ///
    /// # Errors
    /// If the connection fails or ends.
    pub fn hear(&mut self, stream: &mut (impl Read + Write), shape: ClusterSize) -> io::Result<Option<Greeted>> {
        let mut room = [0; LENGTH];
        let greeted = loop {
            if let Some(greeted) = understand(&self.heard, shape) {
                break greeted;
            }
            match stream.read(&mut room[self.heard.len()..]) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => self.heard.extend_from_slice(&room[self.heard.len()..][..read]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        };
        match greeted {
            Greeted::Peer(_) => stream.write_all(&[WELCOME])?,
            Greeted::Unfit(_) => stream.write_all(&[UNFIT])?,
            Greeted::Stranger => {}
        }
        Ok(Some(greeted))
    }
}

/// What `heard`, the beginning of a greeting, means to a process of a cluster of this shape; `None` if that is not
/// clear yet.
fn understand(heard: &[u8], shape: ClusterSize) -> Option<Greeted> {
    if !MAGIC.starts_with(&heard[..heard.len().min(MAGIC.len())]) {
        return Some(Greeted::Stranger);
    }
    let mut numbers = heard.get(MAGIC.len()..LENGTH)?.chunks_exact(size_of::<u64>()).map(number);
    let (caller, processes, workers) = (numbers.next()?, numbers.next()?, numbers.next()?);
    let theirs = ClusterSize { processes, workers };
    Some(if theirs == shape && caller < processes { Greeted::Peer(caller) } else { Greeted::Unfit(theirs) })
}

/// A number that does not fit is larger than any that does.
fn number(bytes: &[u8]) -> usize {
    let number = bytes.try_into().map_or(u64::MAX, u64::from_be_bytes);
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    use super::*;

    const SHAPE: ClusterSize = ClusterSize { processes: 3, workers: 2 };

    /// What the listening side hears of a caller who does `call`, and what that returns.
    fn heard<T: Send>(call: impl FnOnce(TcpStream) -> T + Send) -> (io::Result<Greeted>, T) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        thread::scope(|scope| {
            let caller = scope.spawn(move || call(TcpStream::connect(address).expect("connected")));
            let (mut stream, _) = listener.accept().expect("a caller");
            let heard = Ear::default().hear(&mut stream, SHAPE).map(|greeted| greeted.expect("a whole greeting"));
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
        let other = ClusterSize { workers: 1, ..SHAPE };
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

    /// Says one byte at a time, and nothing while asked again.
    struct Slow(std::collections::VecDeque<u8>, bool);

    impl Read for Slow {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            match self.0.pop_front().filter(|_| self.1) {
                Some(byte) => {
                    room[0] = byte;
                    Ok(1)
                }
                None => Err(io::ErrorKind::WouldBlock.into()),
            }
        }
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            assert_eq!(bytes, [WELCOME]);
            Ok(1)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What comes in, read in pieces of so many bytes; what is answered.
    struct Caller<'a>(&'a [u8], usize, Vec<u8>);

    impl Read for Caller<'_> {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            let most = self.1.min(room.len());
            self.0.read(&mut room[..most])
        }
    }

    impl Write for Caller<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.2.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A kept greeting has its version from here.
    fn of_this_version(kept: &[u8]) -> Vec<u8> {
        let place = b"VERSION";
        let Some(at) = kept.windows(place.len()).position(|piece| piece == place) else { return kept.to_vec() };
        [&kept[..at], env!("CARGO_PKG_VERSION").as_bytes(), &kept[at + place.len()..]].concat()
    }

    /// Whoever is taken for a peer has said the whole greeting, and nothing behind it is taken.
    #[test]
    fn any_bytes_are_a_greeting_or_are_answered_by_nothing() {
        mare_random::fuzz("greetings", 12_000, |input| {
            let input = of_this_version(input);
            let heard = [1, 7, LENGTH].map(|piece| {
                let mut caller = Caller(&input, piece, Vec::new());
                let heard =
                    Ear::default().hear(&mut caller, SHAPE).ok().map(|greeted| greeted.expect("it blocks nowhere"));
                (heard, caller.2, input.len() - caller.0.len())
            });
            let (greeted, answer, taken) = &heard[2];
            assert!(heard.iter().all(|other| (&other.0, &other.1) == (greeted, answer)), "{heard:?}");
            let expected = |caller: usize, shape: ClusterSize| {
                let numbers = [caller, shape.processes, shape.workers].map(|number| (number as u64).to_be_bytes());
                [MAGIC, &numbers.concat()].concat()
            };
            match greeted {
                Some(Greeted::Peer(caller)) => {
                    assert!(*caller < SHAPE.processes && input.starts_with(&expected(*caller, SHAPE)));
                    assert_eq!((&answer[..], *taken), (&[WELCOME][..], LENGTH));
                }
                Some(Greeted::Unfit(_)) => assert_eq!((&answer[..], *taken), (&[UNFIT][..], LENGTH)),
                Some(Greeted::Stranger) | None => assert!(answer.is_empty(), "{answer:?}"),
            }
            matches!(greeted, Some(Greeted::Peer(_) | Greeted::Unfit(_)))
        });
    }

    #[test]
    fn a_greeting_may_come_in_pieces_and_what_follows_is_left() {
        let numbers = [2, 3, 2].map(u64::to_be_bytes).concat();
        let said = [MAGIC, &numbers, b"rows"].concat().into_iter().flat_map(|byte| [byte, 0]).collect();
        let (mut slow, mut ear, mut asked) = (Slow(said, false), Ear::default(), 0);
        let greeted = loop {
            asked += 1;
            if let Some(greeted) = ear.hear(&mut slow, SHAPE).expect("heard") {
                break greeted;
            }
        };
        assert_eq!((greeted, asked), (Greeted::Peer(2), LENGTH));
        assert_eq!(slow.0.iter().copied().filter(|byte| *byte != 0).collect::<Vec<_>>(), b"rows");
    }
}
