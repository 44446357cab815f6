//! Whether a folder can be written to, or made: asked of the system, without writing.

use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use super::{Check, Finding};

/// Checks the folder at `path`, for which the key `key` of the file stands. `is_made` says whether a run would make it.
#[must_use]
pub fn check(check: Check, path: &Path, key: &str, is_made: bool) -> Finding {
    let standing = standing(path);
    if !is_made && standing != path {
        let remedy = format!("mkdir -p {}, or set {key} to another place", path.display());
        return Finding::failed(check, format!("the folder {} is not there", path.display()), remedy);
    }
    if !standing.is_dir() {
        let finding = format!("{} is no folder", standing.display());
        return Finding::failed(check, finding, format!("move that file away, or set {key} to another place"));
    }
    match access(&standing, AccessFlags::W_OK | AccessFlags::X_OK) {
        Ok(()) if standing == path => Finding::ok(check, format!("{} is writable", path.display())),
        Ok(()) => Finding::ok(check, format!("{} is not there yet, and can be made", path.display())),
        Err(error) => {
            let finding = format!("{} is not writable: {}", standing.display(), error.desc());
            let remedy =
                format!("let the user of mare write there (chown, mount it read-write), or set {key} to another place");
            Finding::failed(check, finding, remedy)
        }
    }
}

/// What stands of `path`: itself, or the nearest place around it that is there.
#[must_use]
pub fn standing(path: &Path) -> PathBuf {
    let there = path.ancestors().find(|place| !place.as_os_str().is_empty() && place.symlink_metadata().is_ok());
    match there {
        Some(place) => place.to_owned(),
        None if path.is_absolute() => PathBuf::from("/"),
        None => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Consequence, Verdict};
    use super::*;

    const CHECK: Check = Check::new("x", Consequence::None);

    #[test]
    fn what_stands_of_a_path_decides() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b/c");
        assert_eq!(standing(&deep), folder.path());
        assert_eq!(standing(Path::new("no-such-folder-here/b")), Path::new("."));
        let made = check(CHECK, &deep, "checkpoint.path", true);
        assert!(made.verdict == Verdict::Ok && made.finding.contains("can be made"), "{made:?}");
        assert_eq!(check(CHECK, folder.path(), "checkpoint.path", true).verdict, Verdict::Ok);
        assert!(!deep.exists(), "nothing is made");
    }

    #[test]
    fn a_folder_that_nobody_makes_has_to_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let missing = check(CHECK, &folder.path().join("data"), "sink.sqlite.path", false);
        assert!(missing.verdict == Verdict::Failed && missing.remedy.unwrap().contains("mkdir -p"));
    }

    #[test]
    fn a_file_in_the_way_is_no_folder() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for place in [file.path().to_owned(), file.path().join("below")] {
            let found = check(CHECK, &place, "checkpoint.path", true);
            assert!(found.verdict == Verdict::Failed && found.finding.contains("is no folder"), "{found:?}");
        }
    }

    #[test]
    fn a_place_that_the_system_keeps_to_itself_is_not_writable() {
        // Nobody may write there, the superuser included.
        let proc = Path::new("/proc/self/fd");
        if proc.is_dir() && access(proc, AccessFlags::W_OK).is_err() {
            let found = check(CHECK, proc, "checkpoint.path", true);
            assert!(found.verdict == Verdict::Failed && found.finding.contains("not writable"), "{found:?}");
        }
    }
}
