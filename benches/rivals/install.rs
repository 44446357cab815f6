//! What a contestant needs, brought into `.cache/rivals` once: by pip into an environment of its own, or by Maven.
//!
//! What is installed is remembered by the text of the files that say what; when one changes, it is installed anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::contestant::{Contestant, Program};

/// A contestant's folder in the repository.
pub fn source(who: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/rivals").join(who)
}

/// A contestant that can be run.
pub struct Installed {
    /// The version that is pinned; empty where there is none.
    pub version: String,
    /// What runs its program.
    program: PathBuf,
    /// What that is started with.
    arguments: Vec<String>,
    /// Where all that is installed; empty for what is ours.
    folder: PathBuf,
}

impl Installed {
    /// Sees to it that what a contestant needs is there.
    ///
    /// # Errors
    /// If it cannot be installed here: with why.
    pub fn of(contestant: &Contestant) -> Result<Installed, String> {
        match contestant.program {
            Program::Bare => Ok(Installed::ours("")),
            Program::Mare => Ok(Installed::ours(env!("CARGO_PKG_VERSION"))),
            Program::Python => python(contestant.who),
            Program::Java => java(contestant.who),
        }
    }

    /// What is built with this program.
    fn ours(version: &str) -> Installed {
        let program = std::env::current_exe().expect("this program's path");
        Installed { version: version.to_owned(), program, arguments: Vec::new(), folder: PathBuf::new() }
    }

    /// The command that runs its program.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env("RIVAL_INSTALLED", &self.folder);
        command
    }
}

/// What pip installs; and Maven, where there is something for it too.
fn python(who: &str) -> Result<Installed, String> {
    let source = source(who);
    let (pins, poms) = (read(&source.join("requirements.txt"))?, read(&source.join("pom.xml")).unwrap_or_default());
    let folder = installed(who, &format!("{pins}{poms}"), |folder| {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]);
        run(pip.arg(source.join("requirements.txt")))?;
        if poms.is_empty() { Ok(()) } else { jars(&source, folder) }
    })?;
    let version = pins.lines().find_map(|line| line.split_once("==")).map_or("", |(_, version)| version);
    let arguments = vec![source.join("main.py").display().to_string()];
    Ok(Installed { version: version.to_owned(), program: folder.join("bin/python"), arguments, folder })
}

/// What Maven brings, and what the compiler makes of the program.
fn java(who: &str) -> Result<Installed, String> {
    let source = source(who);
    let [pins, main, options] = ["pom.xml", "Main.java", "java.options"].map(|name| read(&source.join(name)));
    let (pins, main, options) = (pins?, main?, options?);
    let folder = installed(who, &format!("{pins}{main}"), |folder| {
        jars(&source, folder)?;
        let mut compiler = Command::new("javac");
        compiler.arg("-cp").arg(folder.join("lib/*")).arg("-d").arg(folder.join("classes"));
        run(compiler.arg(source.join("Main.java")))
    })?;
    let version = pins.split_once("<rival.version>").and_then(|(_, rest)| rest.split_once('<'));
    let version = version.map_or("", |(version, _)| version).to_owned();
    let path = format!("{0}/classes:{0}/lib/*", folder.display());
    let options = options.lines().filter(|line| !line.starts_with('#')).map(str::to_owned);
    let arguments = options.chain(["-cp".to_owned(), path, "Main".to_owned()]).collect();
    Ok(Installed { version, program: "java".into(), arguments, folder })
}

/// Has Maven bring what `pom.xml` pins into `lib`.
fn jars(source: &Path, folder: &Path) -> Result<(), String> {
    let mut maven = Command::new("mvn");
    maven.args(["-B", "-q", "dependency:copy-dependencies", "-DincludeScope=runtime", "-f"]);
    run(maven.arg(source.join("pom.xml")).arg(format!("-DoutputDirectory={}", folder.join("lib").display())))
}

/// The folder `who` of the cache, made by `install` if what stands there is not what `pins` say.
fn installed(who: &str, pins: &str, install: impl FnOnce(&Path) -> Result<(), String>) -> Result<PathBuf, String> {
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/rivals");
    let (folder, stamp) = (cache.join(who), cache.join(format!("{who}.installed")));
    if fs::read_to_string(&stamp).is_ok_and(|text| text == pins) {
        return Ok(folder);
    }
    println!("installing {who}");
    for stale in [fs::remove_file(&stamp), fs::remove_dir_all(&folder)] {
        stale.or_else(|e| if e.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(e) }).map_err(said)?;
    }
    fs::create_dir_all(&folder).map_err(said)?;
    install(&folder)?;
    fs::write(&stamp, pins).map_err(said)?;
    Ok(folder)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// Runs a step to its end.
fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|e| format!("{:?} does not start: {e}", command.get_program()))?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    Err(format!(
        "{:?} ended with {}: {}",
        command.get_program(),
        output.status,
        text.lines().last().unwrap_or_default()
    ))
}

fn said(error: std::io::Error) -> String {
    error.to_string()
}
