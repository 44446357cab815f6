//! Free ports for servers.
//!
//! They lie below the range that systems hand out to outgoing connections (from 32768 on Linux). In that range, a
//! client that keeps asking a dead server's port sooner or later connects to itself, and the server cannot come back.

use std::net::TcpListener;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// The first port that may be given out.
const FIRST: u32 = 12_000;
/// How many ports may be given out.
const COUNT: u32 = 20_000;

/// A port of 127.0.0.1 that nobody listens on, different each time in this process.
pub fn free() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    for _ in 0..COUNT {
        // Processes that run side by side begin far apart.
        let step = process::id().wrapping_mul(7_919).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = (FIRST + step % COUNT) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port between {FIRST} and {}", FIRST + COUNT);
}
