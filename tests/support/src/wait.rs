//! Waiting for something that can be observed, with a bound.

use std::thread;
use std::time::{Duration, Instant};

/// The longest that any run may take.
pub const BOUND: Duration = Duration::from_secs(180);
/// Long enough for a server to start on a machine that is busy with the other tests.
pub const SERVER_START: Duration = Duration::from_secs(120);

/// Asks `probe` again and again until it answers, and returns the answer.
///
/// # Panics
/// After `bound`, with the last complaint of `probe`.
pub fn until<T>(bound: Duration, what: &str, mut probe: impl FnMut() -> Result<T, String>) -> T {
    let begin = Instant::now();
    loop {
        match probe() {
            Ok(answer) => return answer,
            Err(complaint) if begin.elapsed() > bound => panic!("{what}: not within {bound:?}: {complaint}"),
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
    }
}
