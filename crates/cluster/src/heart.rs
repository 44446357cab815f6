//! The heart of a supervised process: it tells the supervisor that all workers run, and ends the process when the
//! supervisor has gone.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use super::beat::{Beat, ProcessPhase, SupervisorAddress};
use mare_engine::Vitality;

/// Time between two beats.
const BEAT: Duration = Duration::from_secs(1);
/// Exit code of a process whose supervisor has gone.
const ORPHANED: i32 = 1;

/// Beats for this process from now on, if it is supervised; `vitality` says how its workers are.
///
/// The process ends when its supervisor does, however that ends: on Linux the system kills it, elsewhere it ends by
/// itself once the connection is closed.
///
/// # Errors
/// If the supervisor cannot be reached, or its address cannot be understood.
pub fn beat_for(vitality: impl Fn() -> Vitality + Send + 'static) -> Result<(), String> {
    let Some(supervisor) = SupervisorAddress::of_this_process()? else { return Ok(()) };
    die_with(&supervisor)?;
    let gone = |error: io::Error| format!("the supervisor of this process cannot be reached: {error}");
    let stream = TcpStream::connect(supervisor.address).map_err(gone)?;
    stream.set_read_timeout(Some(BEAT)).map_err(gone)?;
    let beat = move || {
        let error = beat(stream, &supervisor, vitality);
        let _unheard = writeln!(io::stderr(), "error: the supervisor (process {}) has gone: {error}", supervisor.pid);
        std::process::exit(ORPHANED);
    };
    thread::Builder::new().name("heart".to_owned()).spawn(beat).map_err(|error| error.to_string())?;
    Ok(())
}

/// Beats until the connection fails.
fn beat(mut stream: TcpStream, supervisor: &SupervisorAddress, vitality: impl Fn() -> Vitality) -> io::Error {
    let pid = std::process::id();
    loop {
        let phase = match vitality() {
            Vitality::Starting => Some(ProcessPhase::Starting),
            Vitality::Alive => Some(ProcessPhase::Up),
            Vitality::Silent => None,
        };
        let beat = phase.map(|phase| Beat { token: supervisor.token.clone(), pid, phase });
        let line = beat.map(|beat| beat.to_line()).unwrap_or_default();
        if let Err(error) = stream.write_all(line.as_bytes()).and_then(|()| rest(&mut stream)) {
            return error;
        }
    }
}

/// Waits until the next beat is due, or the supervisor closes the connection; it never says anything.
fn rest(stream: &mut TcpStream) -> io::Result<()> {
    let begin = Instant::now();
    match stream.read(&mut [0]) {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Err(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
            ) =>
        {
            Err(error)
        }
        _ => {
            thread::sleep(BEAT.saturating_sub(begin.elapsed()));
            Ok(())
        }
    }
}

/// Asks the system to kill this process when its parent ends.
#[cfg(target_os = "linux")]
fn die_with(supervisor: &SupervisorAddress) -> Result<(), String> {
    use nix::sys::{prctl, signal::Signal};
    prctl::set_pdeathsig(Signal::SIGKILL).map_err(|error| format!("cannot follow the supervisor: {error}"))?;
    // It may have ended before the system knew.
    let parent = u32::try_from(nix::unistd::getppid().as_raw()).ok();
    if parent == Some(supervisor.pid) { Ok(()) } else { Err("the supervisor of this process has gone".to_owned()) }
}

/// The closed connection has to do.
#[cfg(not(target_os = "linux"))]
fn die_with(_: &SupervisorAddress) -> Result<(), String> {
    Ok(())
}
