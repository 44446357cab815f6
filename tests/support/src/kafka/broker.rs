//! A broker's process.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::Signal;
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, Producer};

use super::super::leash::{self, leash};
use super::super::process::Process;
use super::super::proxy::Proxy;
use super::super::{fetch, wait};
use super::config::{self, Access, Ports};

/// The id of every test cluster; a cluster never meets another.
const CLUSTER: &str = "bWFyZS1pdC1jbHVzdGVyMQ";

/// How the Java of a node is started that lives for a moment.
const SOON: &[&str] = &["-Xmx512m", "-XX:TieredStopAtLevel=1"];
/// The same of a node that is to carry a load.
const STEADY: &[&str] = &["-Xmx1g"];

/// A node of its own, with its data; killed and removed when dropped.
pub struct Kafka {
    /// Configuration, data and log.
    home: PathBuf,
    /// The broker's jars.
    jars: PathBuf,
    ports: Ports,
    access: Access,
    /// What Java is told.
    java: &'static [&'static str],
    /// The process, while it is not killed.
    process: Option<Process>,
}

impl Kafka {
    /// A running broker that everybody may talk to.
    pub fn start() -> Kafka {
        Kafka::start_with(Access::Open)
    }

    /// A running broker.
    pub fn start_with(access: Access) -> Kafka {
        let mut kafka = Kafka::prepare(access);
        kafka.restart();
        kafka
    }

    /// A running broker that everybody may talk to, with the memory and the compiler that a load wants.
    pub fn start_for_load() -> Kafka {
        let mut kafka = Kafka::prepare(Access::Open);
        kafka.java = STEADY;
        kafka.restart();
        kafka
    }

    /// A running broker that sends its clients to `host`, whatever they have called it.
    pub fn start_advertising(host: &str) -> Kafka {
        let mut kafka = Kafka::prepare(Access::Open);
        kafka.advertise(&format!("{host}:{}", kafka.ports.clients));
        kafka.restart();
        kafka
    }

    /// A running broker that sends its clients to a proxy in front of it, and the proxy.
    pub fn start_behind_proxy(access: Access) -> (Kafka, Proxy) {
        let mut kafka = Kafka::prepare(access);
        let proxy = Proxy::to(kafka.brokers().parse().expect("an address"));
        kafka.advertise(&format!("127.0.0.1:{}", proxy.port()));
        kafka.restart();
        (kafka, proxy)
    }

    /// From its next start on it sends its clients to `address`.
    fn advertise(&self, address: &str) {
        let file = self.home.join("server.properties");
        let properties = fs::read_to_string(&file).expect("a configuration");
        let own = format!("advertised.listeners=CLIENTS://{}", self.brokers());
        assert!(properties.contains(&own), "{properties}");
        let other = format!("advertised.listeners=CLIENTS://{address}");
        fs::write(&file, properties.replace(&own, &other)).expect("writing");
    }

    /// A broker that has an address and does not run yet.
    pub fn prepare(access: Access) -> Kafka {
        let (home, jars, ports) = (leash().folder("kafka"), fetch::kafka_jars(), Ports::free());
        fs::write(home.join("server.properties"), config::server_properties(&home, ports, access)).expect("writing");
        fs::write(home.join("log4j2.properties"), config::LOG4J2_PROPERTIES).expect("writing");
        let kafka = Kafka { home, jars, ports, access, java: SOON, process: None };
        let format = &mut kafka.java("kafka.tools.StorageTool");
        format.args(["format", "-t", CLUSTER, "-c"]).arg(kafka.home.join("server.properties"));
        Process::spawn("kafka.tools.StorageTool", format, &kafka.home.join("format.log"))
            .wait_success(wait::SERVER_START);
        kafka
    }

    /// Starts the broker, on the same ports and data after a kill, and waits until it answers.
    pub fn restart(&mut self) {
        self.process = None;
        let server = &mut self.java("kafka.Kafka");
        let mut process =
            Process::spawn("kafka.Kafka", server.arg(self.home.join("server.properties")), &self.home.join("log"));
        process.wait_ready("Kafka Server started", || {
            // A client asks one question alone: the next goes where the broker advertises, and nobody may be there. A
            // consumer has asked one of its own before.
            let client: BaseProducer = self.client().create().expect("a client");
            let metadata = client.client().fetch_metadata(None, Duration::from_secs(5)).map_err(|e| e.to_string())?;
            if metadata.brokers().is_empty() { Err("no broker in the metadata".into()) } else { Ok(()) }
        });
        self.process = Some(process);
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// SIGSTOP: connections stay and nothing answers.
    pub fn pause(&self) {
        self.running().signal(Signal::SIGSTOP);
    }

    /// SIGCONT.
    pub fn resume(&self) {
        self.running().signal(Signal::SIGCONT);
    }

    /// Keeps a copy of its data as it is now.
    pub fn keep_copy(&self) {
        self.pause();
        copy(&self.home.join("data"), &self.home.join("copy"));
        self.resume();
    }

    /// Kills it, puts the copy of its data back that was kept, and starts it again.
    pub fn restore_copy(&mut self) {
        self.kill();
        fs::remove_dir_all(self.home.join("data")).expect("the data removed");
        copy(&self.home.join("copy"), &self.home.join("data"));
        self.restart();
    }

    /// Bootstrap servers.
    pub fn brokers(&self) -> String {
        format!("127.0.0.1:{}", self.ports.clients)
    }

    /// The configuration of a client that may talk to the broker.
    pub fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", self.brokers());
        if let Access::Password { user, password } | Access::Lists { user, password, .. } = self.access {
            client.set("security.protocol", "SASL_PLAINTEXT").set("sasl.mechanism", "PLAIN");
            client.set("sasl.username", user).set("sasl.password", password);
        }
        client
    }

    fn running(&self) -> &Process {
        self.process.as_ref().expect("the broker runs")
    }

    fn java(&self, class: &str) -> Command {
        let mut java = fetch::tool("java");
        java.args(self.java)
            .arg("-cp")
            .arg(self.jars.join("*"))
            .arg(define("kafka.logs.dir", &self.home))
            .arg(define("log4j2.configurationFile", &self.home.join("log4j2.properties")))
            .arg(class)
            .current_dir(&self.home);
        java
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        self.process = None;
        leash::remove(&self.home);
    }
}

/// Copies a folder and all that is in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().expect("a file or a folder").is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a copy");
        }
    }
}

fn define(property: &str, path: &Path) -> String {
    format!("-D{property}={}", path.display())
}
