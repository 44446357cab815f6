//! The disk of the checkpoints is full, or their place is taken: the run says so and goes on without, and its documents
//! are exact.

use std::fs;
use std::path::Path;
use std::process::Command;

use nix::sys::signal::Signal;

use crate::support::checkpoints::{OFTEN, folders};
use crate::support::flagship::{Flagship, produce_hour};
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::{BOUND, Mare};
use crate::support::wait;

/// A small disk in memory over a folder; unmounted when dropped.
struct SmallDisk<'a>(&'a Path);

impl SmallDisk<'_> {
    /// `None` where this user may not mount, or there is no such disk.
    fn mount(folder: &Path) -> Option<SmallDisk<'_>> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=16k", "mare-it"]).arg(folder).output();
        mounted.is_ok_and(|mounted| mounted.status.success()).then_some(SmallDisk(folder))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _stays = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

/// Waits until a run says that it goes on without checkpoints, and holds what it does then against the topic.
fn goes_on_without(flagship: &Flagship, mut run: Mare) -> String {
    run.wait_for_lines(1, "no checkpoint this time, the run goes on without: ");
    produce_hour(kafka(), &flagship.topic, 92, 1_000);
    flagship.wait_until_exact(&mut run);
    run.end_by(Signal::SIGTERM).success().output()
}

fn spawn(flagship: &Flagship) -> Mare {
    let mut run = flagship.spawn(&[&["-w", "2"][..], &OFTEN].concat());
    flagship.wait_until_exact(&mut run);
    run
}

fn hour(prefix: &str) -> Flagship {
    let topic = Topic::create(kafka(), prefix, 3);
    produce_hour(kafka(), &topic.name, 91, 5_000);
    Flagship::shared(&topic)
}

#[test]
fn on_a_full_disk() {
    let flagship = hour("full");
    let Some(_disk) = SmallDisk::mount(flagship.checkpoints.path()) else {
        return println!("skipped: this user may not mount a small disk (mount -t tmpfs)");
    };
    fs::write(flagship.checkpoints.path().join("full"), vec![0; 12 * 1024]).expect("a file that fills the disk");
    let output = goes_on_without(&flagship, spawn(&flagship));
    assert!(output.contains("No space left on device"), "{output}");
    assert!(folders(&flagship).len() <= 1, "no half checkpoint, but where reading begins may have had room:\n{output}");
    fs::remove_file(flagship.checkpoints.path().join("full")).expect("room on the disk");
    let again = flagship.run_until_end(&[]);
    assert_eq!(again.summary("read"), flagship.oracle().counts().read, "from the start:\n{}", again.output());
    flagship.assert_exact("with room on the disk again");
}

#[test]
fn where_a_file_has_come_in_the_place_of_their_folder() {
    let flagship = hour("full-file");
    let run = spawn(&flagship);
    run.wait_for_lines(1, "the first checkpoint of this run stands");
    let place = flagship.checkpoints.path().join("black-friday");
    wait::until(BOUND, "a file in the place of a folder that a run makes again and again", || {
        let _absent = fs::remove_dir_all(&place);
        fs::write(&place, "").map_err(|e| e.to_string())
    });
    produce_hour(kafka(), &flagship.topic, 93, 500);
    let output = goes_on_without(&flagship, run);
    let named = place.display().to_string();
    assert!(output.contains(&named), "{named} is not named in:\n{output}");
    let refused = flagship.spawn(&["--until-end"]).wait();
    refused.refused(&[&named, "Not a directory", "checkpoint.path"]);
    flagship.run_until_end(&["--no-checkpoint"]);
    flagship.assert_exact("without checkpoints");
}
