//! One run of one contestant.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::broker;
use crate::contestant::{Contestant, Program};
use crate::install::Installed;
use crate::job::Job;
use crate::judge::oracle::Grouping;
use crate::judge::said::Said;
use crate::process::{Group, Spent};
use crate::support::{COUNT, bare_client, mare_run};

/// How many lines of what a contestant printed are shown if it fails.
const LINES_SHOWN: usize = 15;

/// What a run is about.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// Bootstrap servers.
    pub brokers: &'a str,
    /// The topic.
    pub topic: &'a str,
    /// What is to be made of it.
    pub job: Job,
    /// How many workers, threads, slots or processes.
    pub workers: usize,
}

/// A contestant that can be run on this machine.
pub struct Runner {
    /// Who.
    pub contestant: &'static Contestant,
    /// What the table says.
    pub title: String,
    installed: Installed,
}

impl Runner {
    /// Sees to it that a contestant can be run.
    ///
    /// # Errors
    /// If it cannot be installed here: with why.
    pub fn of(contestant: &'static Contestant) -> Result<Runner, String> {
        let installed = Installed::of(contestant)?;
        Ok(Runner { contestant, title: contestant.title(&installed.version), installed })
    }

    /// Runs to the end that the topic has, and returns what it cost and what came of it.
    ///
    /// # Errors
    /// If it fails, or takes longer than `patience`: with the end of what it printed.
    pub fn replay(&self, task: Task, patience: Duration) -> Result<(Spent, Said), String> {
        let desk = Desk::new().map_err(|e| e.to_string())?;
        let group = self.start(task, &desk).map_err(|e| e.to_string())?;
        let spent = group.finish(patience).map_err(|e| format!("{e}\n{}", desk.tail()));
        broker::forget(task.brokers, &desk.name());
        Ok((spent?, said(&desk.results())?))
    }

    /// Starts it.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start(&self, task: Task, desk: &Desk) -> std::io::Result<Group> {
        let mut command = match self.contestant.program {
            Program::Mare => ours(task, desk),
            Program::Bare => bare_client(task.brokers, task.topic, COUNT),
            _ => self.installed.command(),
        };
        self.tell(&mut command, task, desk);
        let log = File::create(desk.log())?;
        let output = match self.contestant.program {
            Program::Mare => File::create(desk.results().join("lines"))?,
            _ => log.try_clone()?,
        };
        Group::start(command.stdin(Stdio::null()).stdout(output).stderr(log))
    }

    /// Tells a program what to do: `benches/rivals/README.md` has the list.
    fn tell(&self, command: &mut Command, task: Task, desk: &Desk) {
        let (size_ms, step_ms) = task.job.window_ms();
        let group = match task.job.grouping() {
            Grouping::Category => "categoria",
            Grouping::Order => "id_pedido",
        };
        command
            .env("MARE_BENCH_KAFKA", task.brokers)
            .env("RIVAL_BROKERS", task.brokers)
            .env("RIVAL_TOPIC", task.topic)
            .env("RIVAL_GROUP", group)
            .env("RIVAL_SIZE_MS", size_ms.to_string())
            .env("RIVAL_STEP_MS", step_ms.to_string())
            .env("RIVAL_LATENESS_MS", task.job.lateness_ms().to_string())
            .env("RIVAL_WORKERS", task.workers.to_string())
            .env("RIVAL_VARIANT", self.contestant.variant)
            .env("RIVAL_LIVE", if task.job == Job::Freshness { "1" } else { "" })
            .env("RIVAL_NAME", desk.name())
            .env("RIVAL_RESULTS", desk.results())
            .env("RIVAL_STATE", desk.state())
            .current_dir(desk.state());
    }
}

/// `mare run` of the flagship's dataflow, which writes to standard output.
fn ours(task: Task, desk: &Desk) -> Command {
    let (size_ms, step_ms) = task.job.window_ms();
    let mut sets = vec!["sink.stdout={}".to_owned(), format!("checkpoint.path={}", desk.state().display())];
    if size_ms == step_ms {
        sets.push(format!("window.tumbling={size_ms}ms"));
    } else {
        sets.push(format!("window={{hopping=\"{size_ms}ms\",every=\"{step_ms}ms\",lateness=\"{}ms\",start=\"janela_inicio\",end=\"janela_fim\"}}", task.job.lateness_ms()));
    }
    if task.job.grouping() == Grouping::Order {
        sets.push("totals.group_by=[\"id_pedido\"]".to_owned());
    }
    let mut command = mare_run(task.topic, task.workers, sets);
    command.args((task.job != Job::Freshness).then_some("--until-end"));
    command
}

/// Where a run keeps its files; removed in the end.
pub struct Desk(TempDir);

impl Desk {
    /// An empty one.
    ///
    /// # Errors
    /// If there is no room for it.
    pub fn new() -> std::io::Result<Desk> {
        let desk = Desk(tempfile::Builder::new().prefix("mare-rival-").tempdir()?);
        fs::create_dir(desk.results())?;
        fs::create_dir(desk.state())?;
        Ok(desk)
    }

    /// A name that no other run has.
    pub fn name(&self) -> String {
        self.0.path().file_name().expect("a name").to_string_lossy().replace('.', "")
    }

    /// The folder for the lines that say what came of it.
    pub fn results(&self) -> PathBuf {
        self.0.path().join("results")
    }

    /// The folder for whatever else it keeps.
    fn state(&self) -> PathBuf {
        self.0.path().join("state")
    }

    fn log(&self) -> PathBuf {
        self.0.path().join("log")
    }

    /// The end of what was printed.
    pub fn tail(&self) -> String {
        let text = fs::read(self.log()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n")
    }
}

/// The files below a folder that hold lines: those of a name that is not hidden, nor one that Hadoop marks so.
///
/// # Errors
/// If it cannot be read.
pub fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(files(&entry.path())?);
        } else if !entry.file_name().to_string_lossy().starts_with(['.', '_']) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// All that a contestant says in its files.
fn said(results: &Path) -> Result<Said, String> {
    let mut said = Said::default();
    for file in files(results).map_err(|e| e.to_string())? {
        for line in BufReader::new(File::open(&file).map_err(|e| e.to_string())?).lines() {
            said.take(&line.map_err(|e| e.to_string())?)?;
        }
    }
    Ok(said)
}
