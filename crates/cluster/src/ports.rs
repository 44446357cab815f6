//! Free ports of this machine's loopback interface.
//!
//! They lie below the range that systems hand out to outgoing connections (from 32768 on Linux): in that range, a
//! process that keeps calling a peer that is not there yet sooner or later calls itself, and takes the peer's port.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

use rand::RngExt;

/// The range that ports are taken from.
const RANGE: std::ops::Range<u16> = 20_000..32_000;
/// Ports that are tried for one that is wanted.
const TRIES: usize = 200;

/// `count` ports, all different, that nobody listens on at the moment.
///
/// # Errors
/// If there are none to be found.
pub fn free(count: usize) -> io::Result<Vec<u16>> {
    let mut random = rand::rng();
    // Held until all are found, so that none is found twice.
    let mut held: Vec<(u16, TcpListener)> = Vec::new();
    for _ in 0..count.saturating_mul(TRIES) {
        if held.len() == count {
            break;
        }
        let port = random.random_range(RANGE);
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            held.push((port, listener));
        }
    }
    let found: Vec<u16> = held.iter().map(|(port, _)| *port).collect();
    if found.len() == count { Ok(found) } else { Err(io::Error::other("this machine has no free ports")) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ports_differ_and_are_free() {
        let ports = free(20).expect("ports");
        assert_eq!(ports.iter().collect::<BTreeSet<_>>().len(), 20);
        assert!(ports.iter().all(|port| RANGE.contains(port)));
    }
}
