//! More half requests than the process may have files open: who asks is answered, checkpoints go on, and the run is
//! exact.

use std::io::Write;
use std::net::TcpStream;

use nix::sys::signal::Signal;

use crate::support::checkpoints::{OFTEN, folders};
use crate::support::flagship::{Flagship, produce_hour};
use crate::support::http::Http;
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::{BOUND, Mare};
use crate::support::wait;

#[test]
fn half_a_request_holds_nothing() {
    let topic = Topic::create(kafka(), "half", 3);
    produce_hour(kafka(), &topic.name, 41, 2_000);
    let flagship = Flagship::shared(&topic);
    let limited = ["sh", "-c", "ulimit -n 256; exec \"$0\" \"$@\""];
    let arguments = flagship.arguments(&[&["-w", "2", "--http", "127.0.0.1:0"][..], &OFTEN].concat());
    let mut run = Mare::spawn_by(&limited, arguments);
    let http = Http::of(&run);
    flagship.wait_until_exact(&mut run);
    let half = |_| {
        let mut stream = TcpStream::connect(&http.address).expect("connected");
        stream.write_all(b"GET /api/v1/status HT").expect("sent");
        stream
    };
    let _held: Vec<TcpStream> = (0..300).map(half).collect();
    for path in ["/health/live", "/api/v1/status"] {
        assert_eq!(http.get(path).status, 200, "{path}");
    }
    let newest = folders(&flagship).first().cloned();
    produce_hour(kafka(), &topic.name, 42, 1_000);
    flagship.wait_until_exact(&mut run);
    wait::until(BOUND, "a checkpoint beside them", || {
        let now = folders(&flagship).first().cloned();
        if now > newest { Ok(()) } else { Err(run.output()) }
    });
    assert_eq!(http.get("/health/live").status, 200);
    let finished = run.end_by(Signal::SIGTERM).success();
    assert!(!finished.output().contains("no checkpoint this time"), "{}", finished.output());
}
