//! A page, told to its end.

use std::net::TcpStream;
use std::time::Instant;

use super::endless::{self, Endless};
use super::exceptions::{self, Verdict};
use super::page::{Block, Page, Part, Typed, Wish};
use super::shell::{Running, Shell, is_installed, soon};
use super::words;
use super::world::World;
use crate::support::http::Http;

/// A page as it is told.
pub struct Story<'a> {
    world: &'a World,
    page: &'a Page,
    shell: Shell,
    /// What goes on, and where it was typed.
    running: Vec<(Typed, Running)>,
    /// How many of these, the first ones, go on to the end of the page: the reader has not begun them.
    staying: usize,
    /// What did not hold.
    failures: Vec<String>,
}

impl<'a> Story<'a> {
    /// A page at its beginning.
    pub fn new(world: &'a World, page: &'a Page) -> Story<'a> {
        let shell = Shell::new(world.environment());
        Story { world, page, shell, running: Vec::new(), staying: 0, failures: Vec::new() }
    }

    /// Does what the page says: what did not hold.
    pub fn tell(mut self) -> Vec<String> {
        if self.page.parts.iter().all(|part| matches!(part, Part::Heading)) {
            return self.failures;
        }
        self.world.clean();
        for part in &self.page.parts {
            match part {
                Part::Heading => self.end_down_to(self.staying),
                Part::First(commands) => self.first(commands),
                Part::Stray(typed) => self.fails(typed, "it stands in no block ```sh, so nobody finds it"),
                Part::Block(block) => self.block(block),
            }
        }
        self.end_down_to(0);
        self.failures
    }

    fn first(&mut self, commands: &[Typed]) {
        commands.iter().for_each(|typed| self.run(typed, 0));
        self.staying = self.running.len();
    }

    fn block(&mut self, block: &Block) {
        if ["bash", "shell", "shell-session", "zsh"].contains(&block.language.as_str()) {
            let first = Typed { line: block.line(), text: block.language.clone() };
            return self.fails(&first, "say ```sh, or ```console if the block shows what is printed");
        }
        let commands = block.commands();
        for (at, typed) in commands.iter().enumerate() {
            let is_last = at + 1 == commands.len();
            match (&block.wish, exceptions::verdict(&typed.text)) {
                (Wish::NotRun, _) => self.only_read(typed),
                (_, Err(why)) => self.fails(typed, &why),
                (_, Ok(Verdict::Excepted(why))) => {
                    println!("  not run  {}:{}: {}: {why}", self.page.path, typed.line, typed.text)
                }
                (Wish::Expect(code), Ok(Verdict::Run)) if is_last => self.run(typed, *code),
                (_, Ok(Verdict::Run)) => self.run(typed, 0),
            }
        }
    }

    /// What cannot be run is read by the command line's own parser.
    fn only_read(&mut self, typed: &Typed) {
        for words in words::simple(&typed.text).iter().filter(|words| words[0] == "mare") {
            if let Err(why) = exceptions::parsed(&words[1..]) {
                self.fails(typed, &why);
            }
        }
    }

    fn run(&mut self, typed: &Typed, code: i32) {
        let (told, begin) = (self.world.told(&typed.text), Instant::now());
        self.end_same(&told);
        match (without_missing(&told), endless::kind(&told)) {
            (None, _) => self.ask(typed, &told),
            (Some(told), Some(kind)) => self.begin(typed, told.trim_end().trim_end_matches('&'), kind),
            (Some(told), None) => self.finish(typed, &told, code),
        }
        println!("{:>6} ms  {}:{}: {}", begin.elapsed().as_millis(), self.page.path, typed.line, typed.text);
    }

    /// A command that ends. While something goes on beside it, what it looks at may need a moment.
    fn finish(&mut self, typed: &Typed, told: &str, code: i32) {
        let mut last = self.shell.run(told);
        if last.0 != code && !self.running.is_empty() {
            println!("  once more, for it ended with {}: {}", last.0, last.1.trim_end());
            soon(|| {
                last = self.shell.run(told);
                last.0 == code
            });
        }
        if last.0 != code {
            self.fails(typed, &format!("ended with {} instead of {code}:\n{}", last.0, last.1));
        }
    }

    /// A command that goes on, once it is at work, and ready if it is shown over HTTP.
    fn begin(&mut self, typed: &Typed, told: &str, kind: &Endless) {
        let mut running = self.shell.spawn(told);
        let is_shown = told.contains("--http ");
        running.wait_for_life(|said| said.contains(kind.sign) && (!is_shown || address(said).is_some_and(is_ready)));
        self.running.push((typed.clone(), running));
    }

    /// Whoever starts the same anew has ended the one before.
    fn end_same(&mut self, told: &str) {
        let Some(name) = endless::name(told) else { return };
        let mut begun = self.running.iter().enumerate().skip(self.staying);
        if let Some((at, _)) = begun.find(|(_, (_, each))| endless::name(&each.command) == Some(name)) {
            self.end_down_to(at);
        }
    }

    /// Ends what goes on, the newest first, until so many are left.
    fn end_down_to(&mut self, left: usize) {
        while self.running.len() > left {
            let Some((typed, mut running)) = self.running.pop() else { break };
            let code = running.end(endless::kind(&running.command).is_none_or(|kind| kind.sign.is_empty()));
            let is_mare = running.command.contains("mare ");
            if code != 0 && (is_mare || code != 143) {
                self.fails(&typed, &format!("ended with {code}:\n{}", running.said()));
            }
        }
    }

    /// A request, where there is no `curl`.
    fn ask(&mut self, typed: &Typed, told: &str) {
        let urls = words::simple(told).concat();
        let Some(url) = urls.iter().find(|word| word.contains(":") && word.contains('/')) else { return };
        let url = url.trim_start_matches("http://");
        let (address, path) = url.split_once('/').unwrap_or((url, ""));
        let http = Http { address: address.to_owned(), headers: String::new() };
        let first = http.lines(&format!("/{path}")).next().unwrap_or_default();
        if !first.contains(" 200 ") && !first.contains(" 400 ") {
            self.fails(typed, &first);
        }
    }

    fn fails(&mut self, typed: &Typed, why: &str) {
        self.failures.push(format!("{}:{}: {}\n{why}", self.page.path, typed.line, typed.text));
    }
}

/// Where a run says to be shown.
fn address(said: &str) -> Option<String> {
    said.lines().find_map(|line| line.split("  http    http://").nth(1)).map(|address| address.trim().to_owned())
}

/// Whether the run there has caught up.
fn is_ready(address: String) -> bool {
    let listens = TcpStream::connect(&address).is_ok();
    listens && Http { address, headers: String::new() }.get("/health/ready").status == 200
}

/// The command up to the first filter that this machine does not have; `None` if it is the first program that is
/// missing.
fn without_missing(told: &str) -> Option<String> {
    let missing: Vec<&str> = ["jq", "curl"].into_iter().filter(|program| !is_installed(program)).collect();
    if missing.iter().any(|program| told.trim_start().starts_with(program)) {
        return None;
    }
    let cuts = missing.iter().filter_map(|program| told.find(&format!("| {program} ")));
    Some(told[..cuts.min().unwrap_or(told.len())].to_owned())
}
