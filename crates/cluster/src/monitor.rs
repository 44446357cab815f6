//! The listening side of the heartbeat.

use std::io::{self, BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use super::beat::Beat;

/// No beat is longer; whoever sends more is none of ours.
const LINE_BYTES_MAX: u64 = 1024;
/// How long a process may take to send its first beat, which it does as soon as it is connected.
const FIRST_BEAT: Duration = Duration::from_secs(10);

/// Takes the beats of all processes, for as long as this process lives.
pub struct Monitor {
    /// Where it listens, on the loopback interface.
    pub address: SocketAddr,
    /// Beats as they come, of whatever token.
    pub beats: Receiver<Beat>,
}

impl Monitor {
    /// Starts to listen.
    ///
    /// # Errors
    /// If the system gives no port or no thread.
    pub fn listen() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (sender, beats) = mpsc::channel();
        thread::Builder::new().name("monitor".to_owned()).spawn(move || accept(&listener, &sender))?;
        Ok(Monitor { address, beats })
    }
}

/// A thread for each process; it ends with the connection.
fn accept(listener: &TcpListener, beats: &Sender<Beat>) {
    for stream in listener.incoming().flatten() {
        let beats = beats.clone();
        let follow = move || follow(stream, &beats);
        // A process without a listener goes silent, which is what then happens to it.
        let _ = thread::Builder::new().name("monitor".to_owned()).spawn(follow);
    }
}

/// Passes on the beats of one process until it says anything else, or nothing more. The first has to come soon, so that
/// whoever only connects is let go; from then on silence is for the supervisor to judge.
fn follow(stream: TcpStream, beats: &Sender<Beat>) {
    if stream.set_read_timeout(Some(FIRST_BEAT)).is_err() {
        return;
    }
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while matches!(stream.by_ref().take(LINE_BYTES_MAX).read_line(&mut line), Ok(1..)) {
        let Some(beat) = Beat::of_line(&line) else { return };
        if beats.send(beat).is_err() || stream.get_ref().set_read_timeout(None).is_err() {
            return;
        }
        line.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::beat::ProcessPhase;
    use super::*;

    #[test]
    fn beats_arrive_in_order_and_strangers_do_no_harm() {
        let monitor = Monitor::listen().expect("listening");
        let mut stranger = TcpStream::connect(monitor.address).expect("connected");
        stranger.write_all(&[b'x'; 4096]).expect("sent");
        let mut process = TcpStream::connect(monitor.address).expect("connected");
        for phase in [ProcessPhase::Starting, ProcessPhase::Up] {
            let beat = Beat { token: "t".to_owned(), pid: 7, phase };
            process.write_all(beat.to_line().as_bytes()).expect("sent");
            assert_eq!(monitor.beats.recv_timeout(Duration::from_secs(20)), Ok(beat));
        }
    }
}
