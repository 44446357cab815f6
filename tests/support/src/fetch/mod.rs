//! Installs the servers that tests and benches need under `.cache/servers` of the checkout, once. The tools for that,
//! and for running them, are brought by `cargo xtask`; each test alone complains of the first that it lacks.
//!
//! Several test processes may want them at the same time: one installs under an exclusive lock, the others wait. An
//! installation is built in a folder of its own and renamed when complete, so a half-made one is never used.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Apache Kafka that is tested against.
const KAFKA: &str = "4.3.1";
/// The logging library that Kafka's log goes through.
const LOG4J: &str = "2.25.2";
/// The MongoDB-wire server that is tested against.
const SECANTUSDB: &str = "0.7.0b3";
/// The tester of HTTP interfaces.
const SCHEMATHESIS: &str = "4.32.5";

/// The driver of the browser that looks at the dashboard.
const PLAYWRIGHT: &str = "1.65.1";

/// The other remedy for what a broker needs.
const KAFKA_OF_ONES_OWN: &str = ", or name a broker of your own in MARE_TEST_KAFKA=host:port";

/// The folder with the jars of Apache Kafka.
///
/// # Panics
/// If a tool is missing or the download fails; the message says what to do.
pub fn kafka_jars() -> PathBuf {
    need("java", "-version", KAFKA_OF_ONES_OWN);
    installed(&format!("kafka-{KAFKA}"), |folder| {
        need("mvn", "-version", KAFKA_OF_ONES_OWN);
        let pom = include_str!("pom.xml").replace("@KAFKA@", KAFKA).replace("@LOG4J@", LOG4J);
        let file = folder.join("pom.xml");
        fs::write(&file, pom).expect("writing pom.xml");
        run(tool("mvn")
            .args(["-B", "-q", "-DincludeScope=runtime", "dependency:copy-dependencies"])
            .arg(format!("-DoutputDirectory={}", folder.join("lib").display()))
            .arg("-f")
            .arg(file));
    })
    .join("lib")
}

/// The Python that has SecantusDB installed.
///
/// # Panics
/// If a tool is missing or the download fails; the message says what to do.
pub fn secantusdb_python() -> PathBuf {
    python("secantusdb", "SecantusDB", SECANTUSDB, ", or name a server of your own in MARE_TEST_MONGODB=uri")
}

/// The Python that has Schemathesis installed.
///
/// # Panics
/// If a tool is missing or the download fails; the message says what to do.
pub fn schemathesis_python() -> PathBuf {
    python("schemathesis", "schemathesis", SCHEMATHESIS, "")
}

/// A Python that has this version of a package installed.
fn python(name: &str, package: &str, version: &str, otherwise: &str) -> PathBuf {
    installed(&format!("{name}-{version}"), |folder| {
        need("python3", "--version", otherwise);
        // The scripts of an environment hold its path, but its interpreter finds the packages wherever it is moved to.
        let is_whole =
            tool("python3").args(["-c", "import ensurepip"]).output().is_ok_and(|output| output.status.success());
        let mut environment = if is_whole {
            tool("python3")
        } else {
            need("virtualenv", "--version", otherwise);
            tool("virtualenv")
        };
        run(environment.args(if is_whole { &["-m", "venv"][..] } else { &["--quiet"] }).arg(folder));
        run(Command::new(folder.join("bin/python"))
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .arg(format!("{package}=={version}")));
    })
    .join("bin/python")
}

/// The module of Playwright, and the browser for it to drive.
///
/// # Panics
/// If a tool is missing or the download fails; the message says what to do.
pub fn playwright() -> (PathBuf, PathBuf) {
    need("node", "--version", "");
    need("chromium", "--version", "");
    let folder = installed(&format!("playwright-{PLAYWRIGHT}"), |folder| {
        need("npm", "--version", "");
        let package = format!("playwright-core@{PLAYWRIGHT}");
        run(tool("npm").args(["install", "--silent", "--no-fund", "--no-audit", "--prefix"]).arg(folder).arg(package));
    });
    (folder.join("node_modules/playwright-core/index.mjs"), program("chromium"))
}

/// The root of the checkout.
fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("a package stands in its checkout")
}

/// The folder `name` of the cache, made by `install` if it isn't there.
fn installed(name: &str, install: impl FnOnce(&Path)) -> PathBuf {
    let servers = checkout().join(".cache/servers");
    fs::create_dir_all(&servers).expect("making .cache/servers");
    let lock = File::create(servers.join(format!("{name}.lock"))).expect("a lock file in .cache/servers");
    lock.lock().expect("locking .cache/servers");
    let folder = servers.join(name);
    if !folder.exists() {
        let partial = servers.join(format!("{name}.partial"));
        let _ = fs::remove_dir_all(&partial);
        fs::create_dir_all(&partial).expect("making a folder in .cache/servers");
        install(&partial);
        fs::rename(&partial, &folder).expect("renaming a complete installation");
    }
    folder
}

/// A command with a tool: the one that `cargo xtask test` has put among the checkout's own, or the machine's.
pub fn tool(name: &str) -> Command {
    Command::new(program(name))
}

fn program(name: &str) -> PathBuf {
    let own = checkout().join(".cache/tools/bin").join(name);
    if own.exists() { own } else { name.into() }
}

/// Complains with the remedy if a tool does not start; `otherwise` is another one.
fn need(name: &str, version: &str, otherwise: &str) {
    let found = tool(name).arg(version).output().is_ok_and(|output| output.status.success());
    assert!(
        found,
        "this needs `{name}`, which does not start here: `cargo xtask test` says all that is missing and installs it where \
         it may{otherwise}"
    );
}

/// Runs an installation step.
fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|e| panic!("{:?} does not start: {e}", command.get_program()));
    assert!(
        output.status.success(),
        "{command:?} ended with {}; it needs the network once\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
