//! A headless browser that looks at a page: Debian's Chromium, driven by Playwright.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::Value as Json;

use super::fetch;
use super::leash::leash;

/// A browser with one page open; killed when dropped.
pub struct Browser {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Browser {
    /// Opens `url`.
    ///
    /// # Panics
    /// If there is no browser or no Node.js; the message says what to do.
    pub fn open(url: &str) -> Browser {
        let (playwright, chromium) = fetch::playwright();
        let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dashboard/page.mjs");
        let mut command = fetch::tool("node");
        let command = command.arg(driver).arg(playwright).arg(chromium).arg(url);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node starts");
        leash().hold(child.id());
        let commands = child.stdin.take().expect("piped");
        let answers = BufReader::new(child.stdout.take().expect("piped"));
        Browser { child, commands, answers }
    }

    /// What a person reads on the page.
    pub fn read(&mut self) -> Json {
        self.ask("read")
    }

    /// The errors that the page has logged.
    pub fn problems(&mut self) -> Json {
        self.ask("problems")
    }

    /// Does what a person would: `press SELECTOR`, `type SELECTOR TEXT`, `point SELECTOR X`, `drag SELECTOR X Y`.
    pub fn act(&mut self, action: &str) {
        self.ask(action);
    }

    /// How many pixels hang over on a page that is so many wide.
    pub fn hangs_over(&mut self, width: u32) -> Json {
        self.ask(&format!("over {width}"))
    }

    fn ask(&mut self, command: &str) -> Json {
        writeln!(self.commands, "{command}").expect("a browser that listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("a browser that answers");
        serde_json::from_str(&answer).unwrap_or_else(|e| panic!("`{command}` is answered by `{answer}`: {e}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = writeln!(self.commands, "close"); // the browser goes with its driver
        let _ = self.child.wait();
        leash().free(self.child.id());
    }
}
