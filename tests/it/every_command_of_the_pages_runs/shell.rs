//! The shell of a page: commands that end, and commands that go on.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::support::leash::leash;
use crate::support::wait;

/// The longest that a command may take, and that one which is asked to end may go on.
const BOUND: Duration = Duration::from_secs(60);

/// What each command finds: the folder and the variables as the one before has left them. A request that is refused
/// fails.
const BEGIN: &str = r#"
cd -- "$(cat "$SHELL_HOME/folder")"
[ ! -e "$SHELL_HOME/variables" ] || . "$SHELL_HOME/variables"
curl() { command curl --silent --show-error --fail-with-body "$@"; }
"#;

/// What it leaves.
const KEEP: &str = r#"
trap 'pwd >"$SHELL_HOME/folder"; export -p >"$SHELL_HOME/variables"' EXIT
"#;

/// A shell that is asked to end waits for its command, which is asked as well.
const WAIT: &str = "\ntrap : TERM\n";

/// The one thing that pages do with SQLite's own shell, for machines without it: a copy by `.backup`, or a query.
const SQLITE3: &str = r#"#!/usr/bin/env python3
import sqlite3, sys
file, command = sys.argv[1:3]
source = sqlite3.connect(file)
if command.startswith(".backup "):
    source.backup(sqlite3.connect(command.split()[1]))
else:
    print("\n".join("|".join(map(str, row)) for row in source.execute(command)))
"#;

/// A shell with a home and a folder of its own.
pub struct Shell {
    home: TempDir,
    environment: Vec<(String, String)>,
}

impl Shell {
    /// One in a new folder that has what a checkout has.
    pub fn new(environment: Vec<(String, String)>) -> Shell {
        let home = tempfile::tempdir().expect("a folder");
        for folder in ["bin", "work"] {
            fs::create_dir(home.path().join(folder)).expect("a folder");
        }
        symlink(env!("CARGO_BIN_EXE_mare"), home.path().join("bin/mare")).expect("the binary");
        if !is_installed("sqlite3") {
            let script = home.path().join("bin/sqlite3");
            fs::write(&script, SQLITE3).expect("a file");
            fs::set_permissions(&script, Permissions::from_mode(0o755)).expect("a program");
        }
        let (root, work) = (Path::new(env!("CARGO_MANIFEST_DIR")), home.path().join("work"));
        for name in ["deploy", "docs", "scripts", "docker-compose.yml", "README.md"] {
            symlink(root.join(name), work.join(name)).expect("a link");
        }
        copy(&root.join("dataflows"), &work.join("dataflows"));
        fs::write(home.path().join("folder"), work.display().to_string()).expect("a file");
        Shell { home, environment }
    }

    /// Where commands are typed at first.
    pub fn folder(&self) -> PathBuf {
        self.home.path().join("work")
    }

    /// Runs a command to its end: its exit code, and what it said.
    ///
    /// # Panics
    /// If it does not end.
    pub fn run(&self, command: &str) -> (i32, String) {
        let mut running = self.start(&format!("{BEGIN}{KEEP}{command}"), command);
        let code = running.wait();
        (code, running.said())
    }

    /// Starts one that goes on.
    pub fn spawn(&self, command: &str) -> Running {
        self.start(&format!("{BEGIN}{WAIT}{command}"), command)
    }

    fn start(&self, script: &str, command: &str) -> Running {
        let said = tempfile::NamedTempFile::new_in(self.home.path()).expect("a file").into_temp_path();
        let out = File::create(&said).expect("a file");
        let err = out.try_clone().expect("the file twice");
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", script]).env_clear().envs(self.variables());
        bash.current_dir(self.folder()).stdin(Stdio::null()).stdout(out).stderr(err).process_group(0);
        let child = bash.spawn().expect("`bash` starts");
        leash().hold_group(child.id());
        Running { child, said, command: command.to_owned() }
    }

    fn variables(&self) -> impl Iterator<Item = (String, String)> {
        let home = self.home.path().display().to_string();
        let path = format!("{home}/bin:{}", std::env::var("PATH").unwrap_or_default());
        let own =
            [("HOME", home.as_str()), ("SHELL_HOME", &home), ("PATH", &path), ("NO_COLOR", "1"), ("LANG", "C.UTF-8")];
        let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
        own.into_iter().chain(self.environment.clone())
    }
}

/// A command that has been started, in a group of its own; killed when dropped.
pub struct Running {
    child: Child,
    /// Both its streams.
    said: tempfile::TempPath,
    /// What was typed.
    pub command: String,
}

impl Running {
    /// What it has printed so far.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.said).unwrap_or_default()).into_owned()
    }

    /// Its exit code, once it has ended; that of a shell if a signal ended it.
    pub fn ended(&mut self) -> Option<i32> {
        let status = self.child.try_wait().expect("the state of a child")?;
        status.code().or_else(|| status.signal().map(|signal| 128 + signal))
    }

    /// Waits until it shows a sign of life, or has ended.
    ///
    /// # Panics
    /// If there is neither.
    pub fn wait_for_life(&mut self, mut is_alive: impl FnMut(&str) -> bool) {
        wait::until(BOUND, &self.command.clone(), || {
            let said = self.said();
            if is_alive(&said) || self.ended().is_some() { Ok(()) } else { Err(format!("no sign of life:\n{said}")) }
        });
    }

    /// Asks it to end, unless it does so by itself, and waits until it has: its exit code.
    pub fn end(&mut self, by_itself: bool) -> i32 {
        if !by_itself && self.ended().is_none() {
            let _ = signal::killpg(Pid::from_raw(self.child.id() as i32), Signal::SIGTERM);
        }
        self.wait()
    }

    fn wait(&mut self) -> i32 {
        wait::until(BOUND, &self.command.clone(), || {
            self.ended().ok_or_else(|| format!("still running:\n{}", self.said()))
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = signal::killpg(Pid::from_raw(self.child.id() as i32), Signal::SIGKILL);
        let _ = self.child.wait();
        leash().free_group(self.child.id());
    }
}

/// Whether this machine has a program.
pub fn is_installed(program: &str) -> bool {
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':').any(|folder| Path::new(folder).join(program).exists())
}

/// Asks again until `probe` agrees, for a while; whether it did.
pub fn soon(mut probe: impl FnMut() -> bool) -> bool {
    let begin = Instant::now();
    loop {
        if probe() {
            return true;
        }
        if begin.elapsed() > Duration::from_secs(20) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
        fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
    }
}
