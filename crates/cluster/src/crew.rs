//! The processes of one life of a cluster.

use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use tracing::info;

use super::beat::{Beat, ProcessPhase, SupervisorAddress, VARIABLE};
use super::decide::{self, Ending};
use super::lines::{self, LineMark, Unwritten};
use super::ports;

/// How the processes of a cluster are started; the same for each life.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// What is started.
    pub program: PathBuf,
    /// Its arguments, but for those that tell the processes apart.
    pub arguments: Vec<OsString>,
    /// What goes before these arguments until the cluster has been up once: with what it begins.
    pub at_first: Vec<OsString>,
    /// Number of processes.
    pub processes: usize,
    /// What else each of them is told, by index; nothing if there is nothing.
    pub shown: Vec<Vec<OsString>>,
    /// Where they send their beats.
    pub monitor: SocketAddr,
    /// Where the hostfile is written.
    pub folder: PathBuf,
    /// Whether the processes write their lines on standard error as JSON.
    pub logs_json: bool,
}

impl Recipe {
    /// What each process of a cluster that `has_been_up` or not is told, beside its place.
    fn told(&self, has_been_up: bool) -> impl Iterator<Item = &OsString> {
        let at_first = self.at_first.iter().filter(move |_| !has_been_up);
        at_first.chain(&self.arguments)
    }
}

/// The children that are alive, shared with whoever may have to kill them at once.
#[derive(Clone, Debug, Default)]
pub struct Children(Arc<Mutex<Vec<Child>>>);

impl Children {
    /// Kills them all.
    pub fn kill(&self) {
        // One that has ended needs no killing.
        self.lock().iter_mut().for_each(|child| drop(child.kill()));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Child>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The processes of one life; killed and waited for when dropped.
pub struct Crew {
    children: Children,
    /// By index, as the children.
    members: Vec<Member>,
    /// What they print is copied to its end before the next life begins.
    copies: Vec<JoinHandle<()>>,
    /// Beats of this life bear it.
    token: String,
}

/// What is known of one process.
struct Member {
    pid: u32,
    phase: ProcessPhase,
    /// Its last beat, or its start.
    beat: Instant,
    ended: Option<(Ending, Instant)>,
}

impl Crew {
    /// Starts all processes, of a cluster that `has_been_up` or not. The system kills them when the calling thread
    /// ends.
    ///
    /// # Errors
    /// If one cannot be started; then none is left.
    pub fn start(recipe: &Recipe, has_been_up: bool, children: &Children) -> io::Result<Self> {
        let hostfile = recipe.folder.join("hosts");
        let hosts = ports::free(recipe.processes)?.into_iter().map(|port| format!("127.0.0.1:{port}\n"));
        std::fs::write(&hostfile, hosts.collect::<String>())?;
        let token = uuid::Uuid::new_v4().to_string();
        let supervisor = SupervisorAddress { pid: std::process::id(), address: recipe.monitor, token: token.clone() };
        let mut crew = Crew { children: children.clone(), members: Vec::new(), copies: Vec::new(), token };
        for index in 0..recipe.processes {
            let mut command = Command::new(&recipe.program);
            command.arg("run").arg("-n").arg(recipe.processes.to_string()).arg("-p").arg(index.to_string());
            command.arg("-h").arg(&hostfile).args(recipe.shown.get(index).into_iter().flatten());
            command.args(recipe.told(has_been_up));
            command.env(VARIABLE, supervisor.to_text());
            let mark = if recipe.logs_json { LineMark::Field(index) } else { LineMark::Prefix(lines::prefix(index)) };
            crew.add(index, command, mark)?;
        }
        Ok(crew)
    }

    fn add(&mut self, index: usize, mut command: Command, mark: LineMark) -> io::Result<()> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Ctrl-C in a terminal is for the supervisor, who passes it on.
        command.process_group(0);
        if console::colors_enabled_stderr() {
            command.env("CLICOLOR_FORCE", "1"); // it ends on our terminal after all
        }
        let mut child = command.spawn()?;
        let (pid, stdout, stderr) = (child.id(), child.stdout.take(), child.stderr.take());
        self.children.lock().push(child);
        self.members.push(Member { pid, phase: ProcessPhase::Starting, beat: Instant::now(), ended: None });
        info!("process {index} started, pid {pid}");
        if let (Some(stdout), Some(stderr)) = (stdout, stderr) {
            self.copies.push(lines::copy(stdout, LineMark::None, Unwritten::Ends, || io::stdout().lock())?);
            self.copies.push(lines::copy(stderr, mark, Unwritten::LetGo, || io::stderr().lock())?);
        }
        Ok(())
    }

    /// Takes a beat; those of other lives are not believed.
    pub fn take(&mut self, beat: &Beat) {
        let sender = self.members.iter_mut().find(|member| member.pid == beat.pid && self.token == beat.token);
        if let Some(member) = sender {
            (member.phase, member.beat) = (beat.phase, Instant::now());
        }
    }

    /// As if all had just sent a beat: for when nobody has listened for a time.
    pub fn excuse(&mut self) {
        self.members.iter_mut().for_each(|member| member.beat = Instant::now());
    }

    /// Looks who has ended.
    ///
    /// # Errors
    /// If the system doesn't tell.
    pub fn look(&mut self) -> io::Result<()> {
        for (child, member) in self.children.lock().iter_mut().zip(&mut self.members) {
            if member.ended.is_none()
                && let Some(status) = child.try_wait()?
            {
                member.ended = Some((ending(status), Instant::now()));
            }
        }
        Ok(())
    }

    /// Whether all run, with all of their workers.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.members.iter().all(|member| member.ended.is_none() && member.phase == ProcessPhase::Up)
    }

    /// What a decision needs to know.
    #[must_use]
    pub fn facts(&self) -> Vec<decide::Child> {
        let fact = |member: &Member| match member.ended {
            Some((ending, at)) => decide::Child::Ended { ending, since: at.elapsed() },
            None => decide::Child::Running { phase: member.phase, since_beat: member.beat.elapsed() },
        };
        self.members.iter().map(fact).collect()
    }

    /// Asks all to end in good order.
    pub fn stop(&self) {
        for member in self.members.iter().filter(|member| member.ended.is_none()) {
            if let Ok(pid) = i32::try_from(member.pid) {
                let _ended = signal::kill(Pid::from_raw(pid), Signal::SIGTERM); // not waited for, so the id is still its own
            }
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.children.kill();
        for mut child in self.children.lock().drain(..) {
            let _status = child.wait(); // killed: how it ends says nothing
        }
        for copy in self.copies.drain(..) {
            let _panicked = copy.join();
        }
    }
}

fn ending(status: ExitStatus) -> Ending {
    match (status.code(), status.signal()) {
        (Some(code), _) => Ending::Code(code),
        (None, signal) => Ending::Signal(signal.unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_what_a_cluster_begins_is_told_until_it_has_been_up() {
        let [arguments, at_first] = ["flow.toml", "--overwrite"].map(|word| vec![OsString::from(word)]);
        let (monitor, folder) = (SocketAddr::from(([127, 0, 0, 1], 1)), PathBuf::new());
        let (program, shown) = (PathBuf::new(), Vec::new());
        let recipe = Recipe { program, arguments, at_first, processes: 2, shown, monitor, folder, logs_json: false };
        assert_eq!(recipe.told(false).collect::<Vec<_>>(), ["--overwrite", "flow.toml"]);
        assert_eq!(recipe.told(true).collect::<Vec<_>>(), ["flow.toml"]);
    }
}
