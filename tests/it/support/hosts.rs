//! Two hosts with a cable between them: network namespaces, which are gone with the processes that hold them.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Command;
use std::{io, thread};

use nix::sched::{CloneFlags, setns};

use super::leash::{self, leash};
use super::mare::Mare;
use super::process::Process;
use super::proxy::Proxy;
use super::wait;

/// The interface of a host at the cable.
const CABLE: &str = "cable";

/// A host of its own: nothing is on its network but its loopback and the cable to the other one.
pub struct Host {
    /// Holds the namespace.
    holder: Process,
    /// Its address at the cable.
    pub address: &'static str,
    home: PathBuf,
}

impl Host {
    /// Two hosts and the cable between them.
    ///
    /// # Errors
    /// Why this machine or this user cannot have them.
    pub fn pair() -> Result<[Host; 2], String> {
        let hosts = [Host::start("10.213.77.1")?, Host::start("10.213.77.2")?];
        let [one, other] = [0, 1].map(|index: usize| hosts[index].holder.pid().to_string());
        let ends = ["link", "add", CABLE, "netns", &one, "type", "veth", "peer", "name", CABLE, "netns", &other];
        done(Command::new("ip").args(ends))?;
        for host in &hosts {
            host.ip(&["address", "add", &format!("{}/30", host.address), "dev", CABLE])?;
            host.ip(&["link", "set", "lo", "up"])?;
            host.ip(&["link", "set", CABLE, "up"])?;
        }
        Ok(hosts)
    }

    fn start(address: &'static str) -> Result<Host, String> {
        done(Command::new("unshare").args(["--net", "true"]))?;
        let home = leash().folder("host");
        let mut command = Command::new("unshare");
        let holder = Process::spawn("unshare", command.args(["--net", "sleep", "infinity"]), &home.join("log"));
        let host = Host { holder, address, home };
        let ours = fs::read_link("/proc/self/ns/net").map_err(|e| e.to_string())?;
        wait::until(wait::SERVER_START, "a network namespace", || {
            let theirs = fs::read_link(host.namespace()).map_err(|e| e.to_string())?;
            if theirs == ours { Err("still ours".to_owned()) } else { Ok(()) }
        });
        Ok(host)
    }

    fn namespace(&self) -> String {
        format!("/proc/{}/ns/net", self.holder.pid())
    }

    fn ip(&self, arguments: &[&str]) -> Result<(), String> {
        let namespace = format!("--net={}", self.namespace());
        done(Command::new("nsenter").arg(namespace).arg("ip").args(arguments))
    }

    /// Lets the host reach a server of ours at the same address of its own loopback.
    pub fn reach(&self, server: SocketAddr) {
        let namespace = File::open(self.namespace()).expect("a network namespace");
        // A socket stays in the namespace in which it was made, whoever uses it.
        let listener = thread::spawn(move || {
            setns(namespace, CloneFlags::CLONE_NEWNET).map_err(io::Error::from)?;
            TcpListener::bind(server)
        });
        let listener = listener.join().expect("no panic").expect("a port of the host");
        Proxy::on(listener, server);
    }

    /// Starts `mare` there.
    pub fn spawn(&self, arguments: Vec<String>) -> Mare {
        Mare::spawn_by(&["nsenter", &format!("--net={}", self.namespace())], arguments)
    }

    /// Pulls the cable.
    pub fn cut(&self) {
        self.ip(&["link", "set", CABLE, "down"]).expect("a cable");
    }

    /// Plugs it in again.
    pub fn mend(&self) {
        self.ip(&["link", "set", CABLE, "up"]).expect("a cable");
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        leash::remove(&self.home);
    }
}

/// Runs a command that must succeed.
fn done(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|e| format!("{:?}: {e}", command.get_program()))?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() { Ok(()) } else { Err(format!("{:?}: {said}", command.get_program())) }
}
