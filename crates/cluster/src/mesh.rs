//! Connects the processes of a cluster: each with each, by one stream.
//!
//! A process listens on its own address for those with a larger index and calls those with a smaller one, again and
//! again until they answer. Timely could do that as well, but it reports to standard output, which belongs to
//! documents; takes any caller for a peer; and cannot be asked to stop. It takes over the streams that are made here.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use socket2::{SockRef, TcpKeepalive};
use thiserror::Error;
use timely::communication::allocator::zero_copy::initialize::initialize_networking_from_sockets;
use timely::communication::{AllocatorBuilder, Hooks, allocator::ProcessBuilder};
use tracing::{info, warn};

use super::address::Address;
use super::callers::{Callers, Heard};
use super::greeting::{ClusterSize, Greeted, greet};
use mare_engine::{Control, Fabric};

/// Time between two rounds of calls.
const ROUND: Duration = Duration::from_millis(100);
/// How long a call may take to be answered, and a caller to greet.
const ANSWER: Duration = Duration::from_secs(2);
/// Time after which the missing processes are named, and named again.
const PATIENCE: Duration = Duration::from_secs(5);
/// A peer whose machine has gone without a word is noticed after about so long.
const SILENCE: Duration = Duration::from_secs(30);

/// The place of a process among those that it is to be connected with.
#[derive(Clone, Debug)]
pub struct Mesh {
    /// Index of this process.
    pub me: usize,
    /// Workers of each process.
    pub workers: usize,
    /// The addresses of all processes, by index.
    pub addresses: Vec<Address>,
    /// Where this process listens.
    pub listen: Vec<SocketAddr>,
}

/// Why the processes cannot be connected, however long one waits.
#[derive(Debug, Error)]
pub enum MeshError {
    /// This process cannot listen on its address.
    #[error(
        "cannot listen on {address}, the address of process {me}: {error}; it must be one of this machine's, with a free port"
    )]
    Listen {
        /// The own address.
        address: String,
        /// The own index.
        me: usize,
        /// Why.
        error: io::Error,
    },
    /// A peer was started with other flags.
    #[error("process {peer} at {address} belongs to a cluster of another shape; start all with the same -n and -w")]
    Unfit {
        /// The index of the peer.
        peer: usize,
        /// Where it listens.
        address: Address,
    },
    /// The system refuses a thread or a socket.
    #[error("cannot set up the connections between processes: {0}")]
    System(#[from] io::Error),
}

/// The streams to all processes, by index; none to oneself, nor to those that are still missing.
type Streams = Vec<Option<TcpStream>>;

impl Mesh {
    /// Waits for all other processes and returns what connects the workers with theirs; `None` if the run is asked to
    /// stop meanwhile.
    ///
    /// # Errors
    /// If the own address cannot be listened on, or a peer was started with other flags.
    pub fn connect(&self, control: &Control) -> Result<Option<Fabric>, MeshError> {
        let Some(streams) = self.streams(control)? else { return Ok(None) };
        for stream in streams.iter().flatten() {
            prepare(stream)?;
        }
        let Hooks { refill, spill, .. } = Hooks::default();
        let workers = ProcessBuilder::new_typed_vector(self.workers, refill, spill);
        let (builders, guard) =
            initialize_networking_from_sockets(workers, streams, self.me, self.workers, Hooks::default())?;
        Ok(Some((builders.into_iter().map(AllocatorBuilder::Tcp).collect(), Box::new(guard))))
    }

    /// Listens and calls until there is a stream to each.
    fn streams(&self, control: &Control) -> Result<Option<Streams>, MeshError> {
        let listener = self.listener()?;
        let mut streams: Streams = self.addresses.iter().map(|_| None).collect();
        let mut callers = Callers::new(self.shape(), ANSWER);
        let mut said = Instant::now();
        loop {
            self.answer_all(&listener, &mut callers, &mut streams)?;
            self.call_missing(&mut streams)?;
            let missing = self.missing(&streams);
            if missing.is_empty() {
                return Ok(Some(streams));
            }
            if said.elapsed() >= PATIENCE {
                info!("waiting for the other processes: {}", missing.join(", "));
                said = Instant::now();
            }
            if control.stops_within(ROUND) {
                return Ok(None);
            }
        }
    }

    fn shape(&self) -> ClusterSize {
        ClusterSize { processes: self.addresses.len(), workers: self.workers }
    }

    /// The last process listens as well, though nobody calls it: a second run with the same address is found out.
    fn listener(&self) -> Result<TcpListener, MeshError> {
        let listen = || -> io::Result<TcpListener> {
            let listener = TcpListener::bind(self.listen.as_slice())?;
            listener.set_nonblocking(true)?;
            Ok(listener)
        };
        listen().map_err(|error| {
            let address = self.listen.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
            MeshError::Listen { address, me: self.me, error }
        })
    }

    /// Takes in those who have called. One that calls again has been started again: the newer stream counts.
    fn answer_all(
        &self,
        listener: &TcpListener,
        callers: &mut Callers,
        streams: &mut Streams,
    ) -> Result<(), MeshError> {
        loop {
            match listener.accept() {
                Ok((stream, from)) => {
                    callers.take(stream, from).into_iter().for_each(|heard| self.answer(heard, streams));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => return Err(error.into()),
            }
        }
        callers.heard().into_iter().for_each(|heard| self.answer(heard, streams));
        Ok(())
    }

    /// Whoever is no peer is sent away; it may be a mistake of somebody else, so it does not end this process.
    fn answer(&self, heard: Heard, streams: &mut Streams) {
        let Heard { stream, from, greeted } = heard;
        match greeted {
            Ok(Greeted::Peer(peer)) if peer > self.me => {
                if let Some(slot) = streams.get_mut(peer) {
                    *slot = Some(stream);
                }
            }
            Ok(Greeted::Unfit(ClusterSize { processes, workers })) => {
                warn!("{from} was started with -n {processes} -w {workers}, which is not this cluster: sent away");
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                warn!("{from} called and did not say in {} s who it is: sent away", ANSWER.as_secs());
            }
            Ok(Greeted::Peer(_) | Greeted::Stranger) | Err(_) => {
                warn!("{from} called and is no process of this cluster and version: sent away")
            }
        }
    }

    fn call_missing(&self, streams: &mut Streams) -> Result<(), MeshError> {
        for (peer, (slot, address)) in streams.iter_mut().zip(&self.addresses).enumerate().take(self.me) {
            if slot.is_some() {
                continue;
            }
            match self.call(address) {
                Ok(Some(stream)) => *slot = Some(stream),
                Ok(None) => return Err(MeshError::Unfit { peer, address: address.clone() }),
                Err(_not_yet) => {} // it is named among the missing
            }
        }
        Ok(())
    }

    /// A stream to the process at `address`; `None` if it belongs to another cluster.
    fn call(&self, address: &Address) -> io::Result<Option<TcpStream>> {
        let mut last = None;
        for candidate in address.resolve()? {
            match TcpStream::connect_timeout(&candidate, ANSWER) {
                Ok(mut stream) => {
                    bound(&stream)?;
                    return Ok(greet(&mut stream, self.me, self.shape())?.then_some(stream));
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| io::Error::other("no address")))
    }

    /// For people: the processes that there is no stream to.
    fn missing(&self, streams: &Streams) -> Vec<String> {
        let others = streams.iter().zip(&self.addresses).enumerate().filter(|(index, _)| *index != self.me);
        let missing = others.filter(|(_, (stream, _))| stream.is_none());
        missing.map(|(index, (_, address))| format!("process {index} at {address}")).collect()
    }
}

/// Bounds the time that an answer may take.
fn bound(stream: &TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(ANSWER))?;
    stream.set_write_timeout(Some(ANSWER))
}

/// From here on a stream waits without bound and sends small messages at once; but it notices a machine that has gone.
fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_read_timeout(None)?;
    stream.set_write_timeout(None)?;
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(SILENCE / 3).with_interval(SILENCE / 6).with_retries(4))?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(SILENCE))?;
    Ok(())
}

#[cfg(test)]
mod tests;
