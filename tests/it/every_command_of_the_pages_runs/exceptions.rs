//! What is not run, and why; and what is looked at instead.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use clap::error::ErrorKind;

use super::page::{Page, Typed};
use super::words;

/// What becomes of a command line.
#[derive(Debug)]
pub enum Verdict {
    /// It is run.
    Run,
    /// It is not, for this reason; what could be looked at is good.
    Excepted(&'static str),
}

/// A program that is not run.
struct Exception {
    program: &'static str,
    /// The word behind it, if it matters.
    verb: &'static str,
    why: &'static str,
    /// What is looked at instead, beside that all files are there.
    check: fn(&[String]) -> Result<(), String>,
}

impl Exception {
    /// Whether a simple command is one of these.
    fn is(&self, words: &[String]) -> bool {
        let verb = words.get(1).map_or("", String::as_str);
        words[0] == self.program && (self.verb.is_empty() || self.verb == verb)
    }
}

const fn except(
    program: &'static str,
    verb: &'static str,
    why: &'static str,
    check: fn(&[String]) -> Result<(), String>,
) -> Exception {
    Exception { program, verb, why, check }
}

const NETWORK: &str = "it fetches from a network that a test may not have";
const ENGINE: &str = "it needs a container engine";
const BUILD: &str = "it builds or tests for minutes, as everything else that runs these tests does";
const TOOLS: &str = "it is a program of its own, which no test installs";
const SYSTEM: &str = "it changes the machine";

const EXCEPTIONS: [Exception; 25] = [
    except("docker", "compose", ENGINE, services),
    except("docker", "", ENGINE, nothing),
    except("kubectl", "", "it needs a Kubernetes cluster", nothing),
    except("cargo", "test", BUILD, targets),
    except("cargo", "bench", BUILD, targets),
    except("cargo", "build", BUILD, targets),
    except("cargo", "install", BUILD, nothing),
    except("cargo", "xtask", BUILD, subcommand),
    except("cargo", "fmt", BUILD, nothing),
    except("cargo", "clippy", BUILD, nothing),
    except("cargo", "doc", BUILD, nothing),
    except("git", "", NETWORK, nothing),
    except("rustup", "", NETWORK, nothing),
    except("npm", "", NETWORK, nothing),
    except("npx", "", NETWORK, nothing),
    except("pip", "", NETWORK, nothing),
    except("mongosh", "", TOOLS, nothing),
    except("mongodump", "", TOOLS, nothing),
    except("mongorestore", "", TOOLS, nothing),
    except("promtool", "", TOOLS, nothing),
    except("sudo", "", SYSTEM, nothing),
    except("apt", "", SYSTEM, nothing),
    except("apt-get", "", SYSTEM, nothing),
    except("systemctl", "", SYSTEM, nothing),
    except("journalctl", "", SYSTEM, nothing),
];

/// What may be run beside `mare`: the shell's own, and what does no harm in a folder of its own.
const HARMLESS: [&str; 44] = [
    "[", "awk", "bash", "break", "cat", "cd", "cmp", "cp", "curl", "cut", "date", "diff", "done", "echo", "export",
    "fi", "for", "grep", "head", "if", "jq", "kill", "less", "ls", "mkdir", "mv", "printf", "python3", "rm", "sed",
    "seq", "set", "sleep", "sort", "sqlite3", "tail", "tar", "tee", "test", "timeout", "tr", "true", "wait", "wc",
];

/// What becomes of a command line.
///
/// # Errors
/// If it is neither run nor excepted, or what is looked at is not good.
pub fn verdict(text: &str) -> Result<Verdict, String> {
    let mut verdict = Verdict::Run;
    for words in words::simple(text) {
        if let Some(why) = excepted(&words)? {
            verdict = Verdict::Excepted(why);
        }
    }
    Ok(verdict)
}

fn excepted(words: &[String]) -> Result<Option<&'static str>, String> {
    let program = words[0].as_str();
    if let Some(arguments) = of_mare(words) {
        return parsed(arguments).map(|()| None);
    }
    if let Some(exception) = EXCEPTIONS.iter().find(|each| each.is(words)) {
        files(words)?;
        (exception.check)(words)?;
        return Ok(Some(exception.why));
    }
    let name = program.rsplit('/').next().unwrap_or_default();
    if HARMLESS.contains(&name) || program.starts_with("scripts/") {
        Ok(None)
    } else {
        Err(format!("`{program}` is neither run nor excepted"))
    }
}

/// The words behind `mare`, also as it is run from its source.
fn of_mare(words: &[String]) -> Option<&[String]> {
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["mare", ..] => Some(&words[1..]),
        ["cargo", "run", ..] => Some(words.split(|word| word == "--").nth(1).unwrap_or_default()),
        _ => None,
    }
}

/// Whether the command line's own parser takes it.
///
/// # Errors
/// With what the parser says.
pub fn parsed(arguments: &[String]) -> Result<(), String> {
    read(arguments).map_err(|error| error.to_string())
}

fn read(arguments: &[String]) -> Result<(), clap::Error> {
    let words = std::iter::once("mare").chain(arguments.iter().map(String::as_str));
    match mare::cli::read(words.map(OsString::from).collect()) {
        Err(error) if !matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => Err(error),
        _ => Ok(()),
    }
}

/// The sentences of a page that name a command or a flag that is not there.
pub fn misnamed(page: &Page) -> Vec<String> {
    let wrong = |code: &Typed| {
        let why = words::simple(&code.text).iter().find_map(|words| misnames(&code.text, words))?;
        Some(format!("{}:{}: `{}`\n{why}", page.path, code.line, code.text))
    };
    page.named.iter().filter_map(wrong).collect()
}

/// What is wrong with a command that a sentence names.
fn misnames(code: &str, words: &[String]) -> Option<String> {
    let exception = EXCEPTIONS.iter().find(|each| code.starts_with("cargo ") && each.is(words));
    if let Some(exception) = exception.filter(|_| !code.contains('…')) {
        return (exception.check)(words).err();
    }
    let error = read(of_mare(words).filter(|_| is_named(code))?).err()?;
    is_wrong(error.kind()).then(|| error.to_string())
}

/// Whether what a sentence names is meant as it stands: choices, gaps and words in capitals in the place of a command
/// are not.
fn is_named(code: &str) -> bool {
    let is_verb =
        code.strip_prefix("mare ").is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_lowercase()));
    is_verb && !code.contains(['|', '…', '[', '<', '*'])
}

/// A sentence may leave out what a command needs, and say in capitals what is put there.
fn is_wrong(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand | ErrorKind::ArgumentConflict)
}

fn nothing(_: &[String]) -> Result<(), String> {
    Ok(())
}

fn root(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(path: &str) -> Result<String, String> {
    fs::read_to_string(root(path)).map_err(|error| format!("{path}: {error}"))
}

/// Every word that names something of this project names something that is there.
fn files(words: &[String]) -> Result<(), String> {
    let folders = ["deploy/", "dataflows/", "docs/", "scripts/", "tests/", "src/", ".ci/"];
    let ours = words.iter().filter(|word| folders.iter().any(|folder| word.starts_with(folder)));
    match ours.into_iter().find(|word| !root(word).exists()) {
        Some(missing) => Err(format!("there is no {missing}")),
        None => Ok(()),
    }
}

/// The services that `docker compose` is told about.
fn services(words: &[String]) -> Result<(), String> {
    let compose = text("docker-compose.yml")?;
    let mut named = words.iter().skip(3).filter(|word| !word.starts_with('-'));
    let takes_command = matches!(words.get(2).map(String::as_str), Some("exec" | "run"));
    let (first, rest) = (named.next(), if takes_command { Vec::new() } else { named.collect() });
    let is_there = |service: &&String| compose.contains(&format!("\n  {service}:\n"));
    match first.into_iter().chain(rest).find(|service| !is_there(service)) {
        Some(missing) => Err(format!("docker-compose.yml has no service {missing}")),
        None => Ok(()),
    }
}

/// The tests, benches, profiles and features that cargo is told about.
fn targets(words: &[String]) -> Result<(), String> {
    let manifest = text("Cargo.toml")?;
    for pair in words.windows(2).take_while(|pair| pair[0] != "--") {
        let (flag, name) = (pair[0].as_str(), &pair[1]);
        let is_there = match flag {
            "--test" => root(&format!("tests/{name}/main.rs")).exists() || root(&format!("tests/{name}.rs")).exists(),
            "--bench" => manifest.contains(&format!("[[bench]]\nname = \"{name}\"")),
            "--profile" => name == "release" || manifest.contains(&format!("[profile.{name}]")),
            "--features" => name.split(',').all(|name| manifest.contains(&format!("\n{name} = ["))),
            _ => true,
        };
        if !is_there {
            return Err(format!("Cargo.toml has no {flag} {name}"));
        }
    }
    Ok(())
}

/// What `cargo xtask` is told to do.
fn subcommand(words: &[String]) -> Result<(), String> {
    let job = text("xtask/src/job.rs")?;
    if let Some(verb) = words.get(2).filter(|verb| !job.contains(&format!("\"{verb}\""))) {
        return Err(format!("cargo xtask has no {verb}"));
    }
    let benches = text("xtask/src/benches.rs")?;
    let is_there = |name: &String| name == "NAME" || benches.contains(&format!("Bench::new(\"{name}\""));
    match words.get(3).filter(|name| words[2] == "bench" && !is_there(name)) {
        Some(name) => Err(format!("cargo xtask has no bench {name}")),
        None => Ok(()),
    }
}
