//! Checkpoints in a folder of this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::fixture::{DATAFLOW, checkpoint, object, part, shape, whole};
use crate::store::StoreFault;
use crate::{CheckpointState, Checkpointing, Repository};

fn repository(folder: &Path) -> Repository {
    let path = folder.to_str().unwrap().to_owned();
    Repository::open(&Checkpointing { path, every: Duration::from_secs(1), keep: 3 }, DATAFLOW).unwrap()
}

/// A folder that goes with the value, and in it one that is not there yet.
fn scratch() -> (tempfile::TempDir, PathBuf) {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("state/mare");
    (scratch, folder)
}

#[test]
fn what_is_written_is_found_by_the_next_process() {
    let (_scratch, folder) = scratch();
    assert_eq!(repository(&folder).list().unwrap(), []);
    let manifest = checkpoint(&repository(&folder), 7, 3).unwrap();
    assert_eq!(repository(&folder).recover(&shape(), false).unwrap().manifest, Some(manifest));
    let url = format!("file://{}", folder.display());
    assert_eq!(whole(&repository(Path::new(&url))), [7]);
}

/// Making a folder there fails as if the one around it were missing.
#[cfg(target_os = "linux")]
#[test]
fn where_no_folder_can_be_made_that_is_said() {
    let error = checkpoint(&repository(Path::new("/proc/mare")), 7, 1).unwrap_err();
    assert!(error.to_string().contains("cannot create /proc/mare/"), "{error}");
}

#[test]
fn an_object_is_there_only_when_it_is_finished() {
    let (_scratch, folder) = scratch();
    let repository = repository(&folder);
    let writer = repository.part(mare_model::time::Epoch(1), 0).unwrap();
    let place = folder.join(object(1, "part-00000"));
    assert!(!place.exists() && place.parent().unwrap().exists());
    drop(writer);
    assert_eq!(fs::read_dir(place.parent().unwrap()).unwrap().count(), 0, "an unfinished file goes with its writer");
    part(&repository, 1, 0).unwrap();
    assert!(place.exists());
}

#[test]
fn what_a_killed_process_left_is_pruned_with_its_folder() {
    let (_scratch, folder) = scratch();
    let repository = repository(&folder);
    std::mem::forget(repository.part(mare_model::time::Epoch(1), 0).unwrap());
    let listed = repository.list().unwrap();
    assert!(matches!(&listed[..], [listed] if listed.state == CheckpointState::Unfinished), "{listed:?}");
    checkpoint(&repository, 2, 1).unwrap();
    repository.prune(1).unwrap();
    let left: Vec<_> = fs::read_dir(folder.join(DATAFLOW)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["00000000000000000002"]);
}

/// The device `/dev/full` refuses every byte, as a disk without room does.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_the_older_checkpoint() {
    let (_scratch, folder) = scratch();
    let repository = repository(&folder);
    checkpoint(&repository, 1, 1).unwrap();
    for name in [".unfinished-part-00000", ".unfinished-manifest.json"] {
        let full = folder.join(object(2, name));
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink("/dev/full", &full).unwrap();
        let error = checkpoint(&repository, 2, 1).unwrap_err();
        assert_eq!(error.fault, StoreFault::Full, "{error}");
        assert_eq!(whole(&repository), [1], "{name}");
    }
    checkpoint(&repository, 2, 1).unwrap();
    assert_eq!(repository.recover(&shape(), false).unwrap().manifest.unwrap().epoch.0, 2);
}

#[test]
fn a_path_that_is_no_folder_is_refused_with_the_remedy() {
    let (scratch, _) = scratch();
    let file = scratch.path().join("file");
    fs::write(&file, "x").unwrap();
    let error = checkpoint(&repository(&file), 1, 1).unwrap_err();
    assert_eq!(error.fault, StoreFault::Setting, "{error}");
    assert!(error.to_string().contains("set `checkpoint.path`"), "{error}");
}
