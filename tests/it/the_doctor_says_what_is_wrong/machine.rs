//! What is wrong with this machine: folders, disks, ports, limits.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use super::Report;
use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka};
use crate::support::mongodb::mongodb;
use crate::support::ports;

fn flagship() -> Flagship {
    Flagship::between(kafka(), "no-topic-at-all", mongodb())
}

/// A small disk in memory over a folder; unmounted when dropped.
struct SmallDisk<'a>(&'a Path);

impl SmallDisk<'_> {
    /// `None` where this user may not mount, or there is no such disk.
    fn mount<'a>(folder: &'a Path, options: &str) -> Option<SmallDisk<'a>> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "mare-it"]).arg(folder).output();
        mounted.is_ok_and(|mounted| mounted.status.success()).then_some(SmallDisk(folder))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _stays = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

#[test]
fn a_file_in_the_place_of_the_checkpoints() {
    let flagship = flagship();
    fs::write(flagship.checkpoints.path().join("black-friday"), "").expect("a file");
    let report = Report::of(&flagship, &[]);
    report.says("checkpoint.folder", "failed", &["black-friday is no folder", "checkpoint.path"]);
    report.says("checkpoint.newest", "failed", &["Not a directory"]);
}

#[test]
fn a_disk_that_is_read_only_or_small() {
    let flagship = flagship();
    let place = flagship.checkpoints.path();
    let Some(disk) = SmallDisk::mount(place, "size=16k,ro") else {
        return println!("skipped: this user may not mount a small disk (mount -t tmpfs)");
    };
    Report::of(&flagship, &[]).says("checkpoint.folder", "failed", &["not writable", "Read-only"]);
    drop(disk);
    let _disk = SmallDisk::mount(place, "size=512m");
    Report::of(&flagship, &[]).says("checkpoint.folder", "ok", &[]).says("disk.checkpoints", "warning", &["512.0 MiB"]);
    fs::write(place.join("full"), vec![0; 420 << 20]).expect("a file that fills the disk");
    Report::of(&flagship, &[]).says("disk.checkpoints", "failed", &["make room"]);
}

#[test]
fn ports_that_are_taken() {
    let (taken, free) = (TcpListener::bind("127.0.0.1:0").expect("a port"), ports::free());
    let taken = taken_port(&taken);
    let flagship = flagship();
    let hosts = tempfile::NamedTempFile::new().expect("a file");
    fs::write(hosts.path(), format!("127.0.0.1:{free}\n127.0.0.1:{taken}\n")).expect("written");
    let hosts = hosts.path().display().to_string();
    let process = |index: &str| Report::of(&flagship, &["-n", "2", "-p", index, "-h", &hosts]);
    process("1").says("ports", "failed", &[&format!("127.0.0.1:{taken}"), "in use", "ss -ltnp"]);
    process("0").says("ports", "ok", &[]);
    let http = format!("127.0.0.1:{taken}");
    Report::of(&flagship, &["--http", &http]).says("ports", "failed", &[&http, "--http"]);
}

fn taken_port(listener: &TcpListener) -> u16 {
    listener.local_addr().expect("an address").port()
}

#[test]
fn too_few_open_files() {
    let topic = Topic::create(kafka(), "files", 4);
    let flagship = Flagship::shared(&topic);
    let with = |limit: u32| Report::by(&["sh", "-c", &format!("ulimit -n {limit}; exec \"$@\""), "sh"], &flagship, &[]);
    with(76).says("limits.files", "failed", &["76 open files allowed, a run needs about 77", "ulimit -n"]);
    with(500).is_good().says("limits.files", "warning", &[]);
    with(1024).is_good().says("limits.files", "ok", &[]);
}
