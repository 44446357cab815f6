//! A MongoDB-wire server, and what its collections hold.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;
use std::{env, fs};

use mongodb::bson::{Document, doc};
use mongodb::options::{Acknowledgment, ClientOptions, CollectionOptions, WriteConcern};
use mongodb::sync::{Client, Collection};

use super::leash::{self, leash};
use super::process::Process;
use super::{fetch, ports, unique};

/// The only user of a server with passwords.
pub const USER: &str = "root";
/// Its password.
pub const PASSWORD: &str = "maré-root";

/// Runs the server as MongoDB 7.0 says of itself what it speaks.
const OLDER: &str = "import runpy, secantus.commands as commands
commands.WIRE_VERSION = 21
runpy.run_module('secantus', run_name='__main__', alter_sys=True)";

/// A server of its own, with its data; killed and removed when dropped.
pub struct MongoDb {
    /// Data and log.
    home: PathBuf,
    /// The Python that runs the server.
    python: PathBuf,
    port: u16,
    /// Whether clients need a password.
    auth: bool,
    /// Whether every commit is synced, for what can't be written with `j: true`.
    sync: bool,
    /// Whether it says to be of a version before 8.0.
    is_older: bool,
    /// The process, while it is not killed.
    process: Option<Process>,
}

impl MongoDb {
    /// A running server that everybody may talk to.
    pub fn start() -> MongoDb {
        let mut server = MongoDb::prepare();
        server.restart();
        server
    }

    /// A running server that loses nothing when it is killed: it keeps to `j: true` of an `update`, and not of a
    /// `bulkWrite`.
    pub fn start_to_be_killed() -> MongoDb {
        let mut server = MongoDb::prepare();
        server.sync = true;
        server.restart();
        server
    }

    /// A running server that says to be of a version before 8.0.
    pub fn start_older() -> MongoDb {
        let mut server = MongoDb::prepare();
        server.is_older = true;
        server.restart();
        server
    }

    /// A server that has an address and does not run yet.
    pub fn prepare() -> MongoDb {
        let (home, python) = (leash().folder("mongodb"), fetch::secantusdb_python());
        fs::write(home.join("empty.toml"), "").expect("writing a configuration");
        MongoDb { home, python, port: ports::free(), auth: false, sync: false, is_older: false, process: None }
    }

    /// A running server that wants [`USER`] and [`PASSWORD`].
    pub fn start_with_password() -> MongoDb {
        let mut server = MongoDb::prepare();
        server.sync = true;
        server.restart();
        let user = doc! { "createUser": USER, "pwd": PASSWORD, "roles": ["root"] };
        server.client().database("admin").run_command(user).run().expect("a new user");
        server.auth = true;
        server.restart();
        server
    }

    /// Starts the server, on the same port and data after a kill, and waits until it answers.
    pub fn restart(&mut self) {
        self.process = None;
        let mut command = Command::new(&self.python);
        command.args(if self.is_older { ["-c", OLDER] } else { ["-m", "secantus"] });
        command.arg("--config").arg(self.home.join("empty.toml"));
        command.args(["--port", &self.port.to_string(), "--storage-path"]).arg(self.home.join("data"));
        for (wanted, flag) in [(self.auth, "--auth"), (self.sync, "--sync-on-commit")] {
            command.args(wanted.then_some(flag));
        }
        let mut process = Process::spawn("secantus", command.current_dir(&self.home), &self.home.join("log"));
        let client = self.client();
        process.wait_ready("listening on", || {
            let ping = client.database("admin").run_command(doc! { "ping": 1 }).run();
            ping.map(drop).map_err(|e| e.to_string())
        });
        self.process = Some(process);
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// The connection string of a client that may talk to the server.
    pub fn uri(&self) -> String {
        if self.auth { self.uri_as(USER, PASSWORD) } else { format!("mongodb://127.0.0.1:{}/?{DIRECT}", self.port) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// The connection string of a client that says to be `user`.
    pub fn uri_as(&self, user: &str, password: &str) -> String {
        let password: String = password.bytes().map(|byte| format!("%{byte:02X}")).collect();
        format!("mongodb://{user}:{password}@127.0.0.1:{}/?{DIRECT}", self.port)
    }

    fn client(&self) -> Client {
        client(&self.uri())
    }
}

/// The server stands alone, whatever it says of a replica set.
const DIRECT: &str = "directConnection=true";

impl Drop for MongoDb {
    fn drop(&mut self) {
        self.process = None;
        leash::remove(&self.home);
    }
}

/// The connection string that scenarios share: the user's own, or of a server that lives as long as the test process.
pub fn mongodb() -> &'static str {
    static OWN: OnceLock<MongoDb> = OnceLock::new();
    static URI: OnceLock<String> = OnceLock::new();
    URI.get_or_init(|| match env::var("MARE_TEST_MONGODB") {
        Ok(uri) => uri,
        Err(_) => OWN.get_or_init(MongoDb::start).uri(),
    })
}

/// A database that nobody has used.
pub fn fresh_database() -> String {
    unique("mare-it")
}

/// A collection whose writes are acknowledged when they are on disk.
pub fn collection(uri: &str, database: &str, name: &str) -> Collection<Document> {
    let durable = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
    let options = CollectionOptions::builder().write_concern(durable).build();
    client(uri).database(database).collection_with_options(name, options)
}

/// All documents of a collection, in the order of their `_id`.
pub fn documents(uri: &str, database: &str, name: &str) -> Vec<Document> {
    let found = client(uri).database(database).collection(name).find(doc! {}).sort(doc! { "_id": 1 }).run();
    found.and_then(Iterator::collect).unwrap_or_else(|e| panic!("reading {database}.{name}: {e}"))
}

/// Takes a database away, with all that is in it.
pub fn drop_database(uri: &str, name: &str) {
    client(uri).database(name).drop().run().unwrap_or_else(|e| panic!("dropping {name}: {e}"));
}

/// A plain client that soon says when nobody answers.
fn client(uri: &str) -> Client {
    let mut options = ClientOptions::parse(uri).run().expect("a connection string");
    options.server_selection_timeout = Some(Duration::from_secs(5));
    Client::with_options(options).expect("a client")
}
