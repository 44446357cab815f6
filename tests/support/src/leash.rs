//! Nothing that a test starts outlives the test process, even one that is killed.
//!
//! A shell reads the ids of the children from a pipe. When the test process ends, however it ends, the system closes
//! the pipe, and the shell kills the children that are left and removes the folder with their data.

use std::fmt::Display;
use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock};

const WATCH: &str = r#"
held=
while read -r verb pid; do
  case $verb in
    hold) held="$held $pid" ;;
    free) rest=; for each in $held; do [ "$each" = "$pid" ] || rest="$rest $each"; done; held=$rest ;;
  esac
done
[ -z "$held" ] || kill -9 $held 2>/dev/null
tries=50
until rm -rf -- "$1" 2>/dev/null || [ $tries = 0 ]; do tries=$((tries - 1)); sleep 0.1; done
"#;

/// A watching shell and the folder that goes with it.
pub struct Leash {
    /// Where the children keep their data; removed at the end.
    root: PathBuf,
    /// The shell; waited for by [`Leash::cut`] alone.
    shell: Child,
    /// The pipe whose end the shell waits for. Nobody else holds its writing end: Rust closes it in children.
    pipe: Mutex<ChildStdin>,
}

impl Leash {
    /// Starts the watching shell over a new folder.
    pub fn start() -> Leash {
        let root = tempfile::Builder::new().prefix("mare-it-").tempdir().expect("a temporary folder").keep();
        let mut shell = Command::new("sh")
            .args(["-c", WATCH, "leash"])
            .arg(&root)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            // Its own group: Ctrl-C in a terminal ends the tests and must not end the one who cleans up.
            .process_group(0)
            .spawn()
            .expect("`sh` starts");
        let pipe = Mutex::new(shell.stdin.take().expect("piped"));
        Leash { root, shell, pipe }
    }

    /// A new folder for the data of a child.
    pub fn folder(&self, name: &str) -> PathBuf {
        let folder = self.root.join(super::unique(name));
        fs::create_dir_all(&folder).expect("a folder for a server");
        folder
    }

    /// From now on the child dies with the test process.
    pub fn hold(&self, pid: u32) {
        self.tell("hold", pid);
    }

    /// The child has ended; its id may come to mean another process.
    pub fn free(&self, pid: u32) {
        self.tell("free", pid);
    }

    /// From now on the group that the child leads dies with the test process.
    pub fn hold_group(&self, leader: u32) {
        self.tell("hold", format_args!("-{leader}"));
    }

    /// The group has ended.
    pub fn free_group(&self, leader: u32) {
        self.tell("free", format_args!("-{leader}"));
    }

    fn tell(&self, verb: &str, pid: impl Display) {
        let mut pipe = self.pipe.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        writeln!(pipe, "{verb} {pid}").expect("the leash's shell reads");
    }

    /// What happens when the test process ends; returns when it has been done, and the folder that was removed.
    pub fn cut(mut self) -> PathBuf {
        drop(self.pipe);
        self.shell.wait().expect("the leash's shell ends");
        self.root
    }
}

/// The leash of this test process.
pub fn leash() -> &'static Leash {
    static LEASH: OnceLock<Leash> = OnceLock::new();
    LEASH.get_or_init(Leash::start)
}

/// Removes a folder that [`Leash::folder`] gave; what can't be removed now goes with the test process.
pub fn remove(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
}
