//! Those who have called and have not been heard out yet: all are heard side by side, each with a deadline of its own,
//! so that one who never says a word keeps nobody waiting.

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::greeting::{ClusterSize, Ear, Greeted};

/// How many are heard side by side. Where more call, who has been silent for longest makes way: each holds a file
/// descriptor.
const CALLERS_MAX: usize = 64;

/// Callers that may have more to say.
pub struct Callers {
    /// Of the cluster that they should belong to.
    shape: ClusterSize,
    /// How long each may take to greet.
    patience: Duration,
    /// In the order of their calls, and so of their deadlines.
    waiting: VecDeque<Caller>,
}

struct Caller {
    stream: TcpStream,
    from: SocketAddr,
    ear: Ear,
    called: Instant,
}

/// A caller who has been heard out.
pub struct Heard {
    /// Blocks again.
    pub stream: TcpStream,
    /// Where the call is from.
    pub from: SocketAddr,
    /// What the greeting means; an error if none came in time.
    pub greeted: io::Result<Greeted>,
}

impl Callers {
    /// Nobody has called yet.
    pub fn new(shape: ClusterSize, patience: Duration) -> Callers {
        Callers { shape, patience, waiting: VecDeque::new() }
    }

    /// Takes a call, and hears what has been said by now. Returns whoever was heard out by that, or had to make way.
    pub fn take(&mut self, stream: TcpStream, from: SocketAddr) -> Option<Heard> {
        let caller = Caller { stream, from, ear: Ear::default(), called: Instant::now() };
        match caller.stream.set_nonblocking(true) {
            Ok(()) => self.waiting.push_back(caller),
            Err(error) => return Some(caller.heard(Err(error))),
        }
        let newest = self.waiting.len() - 1;
        self.listen(newest).or_else(|| {
            let is_crowded = self.waiting.len() > CALLERS_MAX;
            is_crowded.then(|| self.waiting.pop_front()).flatten().map(|caller| caller.heard(Err(silence())))
        })
    }

    /// Those who are heard out by now.
    pub fn heard(&mut self) -> Vec<Heard> {
        let mut heard = Vec::new();
        let mut index = 0;
        while index < self.waiting.len() {
            match self.listen(index) {
                Some(out) => heard.push(out),
                None => index += 1,
            }
        }
        heard
    }

    /// Listens to one, and lets go of it if it has said enough, or nothing for too long.
    fn listen(&mut self, index: usize) -> Option<Heard> {
        let caller = self.waiting.get_mut(index)?;
        let greeted = match caller.ear.hear(&mut caller.stream, self.shape).transpose() {
            None if caller.called.elapsed() < self.patience => return None,
            None => Err(silence()),
            Some(greeted) => greeted,
        };
        self.waiting.remove(index).map(|caller| caller.heard(greeted))
    }
}

impl Caller {
    fn heard(self, greeted: io::Result<Greeted>) -> Heard {
        let greeted = greeted.and_then(|greeted| self.stream.set_nonblocking(false).map(|()| greeted));
        Heard { stream: self.stream, from: self.from, greeted }
    }
}

fn silence() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn who_has_been_silent_for_longest_makes_way() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let mut callers = Callers::new(ClusterSize { processes: 2, workers: 1 }, Duration::from_secs(3_600));
        let calls: Vec<_> = (0..=CALLERS_MAX).map(|_| TcpStream::connect(address).expect("connected")).collect();
        let mut gone = Vec::new();
        for _ in &calls {
            let (stream, from) = listener.accept().expect("a caller");
            gone.extend(callers.take(stream, from).map(|heard| heard.from));
        }
        assert_eq!(gone, [calls[0].local_addr().expect("connected")]);
        assert!(callers.heard().is_empty(), "the others have time");
        callers.patience = Duration::ZERO;
        assert_eq!(callers.heard().len(), CALLERS_MAX);
    }
}
