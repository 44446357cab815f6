//! How full a disk is.

use std::path::Path;

use bytesize::ByteSize;
use nix::sys::statvfs::statvfs;

use super::{Check, Finding, folder};

/// Below this a checkpoint or a transaction of a database soon finds no room.
const LEAST_BYTES: u64 = 100 << 20;
/// Below this somebody should look.
const LOW_BYTES: u64 = 1 << 30;

/// The room on a disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskRoom {
    /// What this user may still fill.
    pub free: u64,
    /// All of it.
    pub total: u64,
}

/// Checks the disk that holds `path`, or will hold it once it is made.
#[must_use]
pub fn check(check: Check, path: &Path) -> Finding {
    let standing = folder::standing(path);
    match statvfs(&standing) {
        Ok(found) => {
            let block = found.fragment_size();
            let room = DiskRoom { free: block * found.blocks_available(), total: block * found.blocks() };
            judge(check, &standing.display().to_string(), room)
        }
        Err(error) => Finding::unknown(check, format!("{}: {}", standing.display(), error.desc())),
    }
}

/// What `room` at `place` means.
#[must_use]
pub fn judge(check: Check, place: &str, room: DiskRoom) -> Finding {
    let DiskRoom { free, total } = room;
    let finding = format!("{} of {} free at {place}", ByteSize::b(free), ByteSize::b(total));
    let remedy = "make room there, lower checkpoint.keep, or name another disk";
    if free < LEAST_BYTES {
        Finding::failed(check, finding, remedy)
    } else if free < LOW_BYTES || free < total / 10 {
        Finding::warning(check, finding, remedy)
    } else {
        Finding::ok(check, finding)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Consequence, Verdict};
    use super::*;

    const CHECK: Check = Check::new("x", Consequence::None);

    #[test]
    fn a_disk_is_low_by_share_or_by_bytes() {
        let verdict = |free, total| judge(CHECK, "/", DiskRoom { free, total }).verdict;
        let gib = 1 << 30;
        assert_eq!(verdict(20 * gib, 100 * gib), Verdict::Ok);
        assert_eq!(verdict(9 * gib, 100 * gib), Verdict::Warning);
        assert_eq!(verdict(gib - 1, 2 * gib), Verdict::Warning);
        assert_eq!(verdict(LEAST_BYTES, 2 * gib), Verdict::Warning);
        assert_eq!(verdict(LEAST_BYTES - 1, 2 * gib), Verdict::Failed);
        assert_eq!(verdict(0, 0), Verdict::Failed);
    }

    #[test]
    fn a_place_that_is_not_made_yet_has_the_disk_around_it() {
        let folder = tempfile::tempdir().unwrap();
        let found = check(CHECK, &folder.path().join("a/b"));
        assert!(found.finding.contains(&folder.path().display().to_string()), "{found:?}");
        assert_ne!(found.verdict, Verdict::Unknown);
    }
}
