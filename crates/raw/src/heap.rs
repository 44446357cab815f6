//! The C library's heap, which librdkafka keeps its records in. Only glibc is asked anything; elsewhere nothing is
//! done.
//!
//! Each record of a backlog is a block or two of it, taken by a thread of librdkafka and given back by one that reads.
//! As glibc comes, a heap grows by 128 KiB a call and shrinks as soon as so much is free at its end, so a queue that
//! fills and drains has the system clear the same pages again and again: 5 % of a backfill's processor time.

/// What is free at the end of a heap before it shrinks, in bytes: more than a partition's queue takes
/// (`queued.max.messages.kbytes`).
const KEPT: i32 = 64 << 20;
/// The same as it comes with glibc.
const USUAL: i32 = 128 << 10;
/// By how much a heap grows at once, in bytes.
const STEP: i32 = 1 << 20;
/// From which size on a block is mapped by itself, in bytes: the most that glibc would come to by what it sees, which
/// it no longer does once anything is set.
const MAPPED: i32 = 32 << 20;

/// Has the heap keep what is free, for the next records, until that is [given back](give_back). Returns whether the C
/// library has taken that.
pub fn keep_free() -> bool {
    set(&[(TRIM_THRESHOLD, KEPT), (TOP_PAD, STEP), (MMAP_THRESHOLD, MAPPED)])
}

/// Gives what is free back to the system, which takes some milliseconds, and from now on whenever there is more.
/// Returns whether there was anything.
pub fn give_back() -> bool {
    // The end of a heap shrinks at the next block that is freed there.
    set(&[(TRIM_THRESHOLD, USUAL)]) && trim()
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
use glibc::{MMAP_THRESHOLD, TOP_PAD, TRIM_THRESHOLD, set, trim};

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc {
    use nix::libc;
    pub use nix::libc::{M_MMAP_THRESHOLD as MMAP_THRESHOLD, M_TOP_PAD as TOP_PAD, M_TRIM_THRESHOLD as TRIM_THRESHOLD};

    /// Sets each of these to its value.
    pub fn set(settings: &[(libc::c_int, i32)]) -> bool {
        // SAFETY: it sets a number of the C library's under the lock of a heap; who takes a block of another heap at
        // that moment goes by the number before or by this one, and each is right.
        settings.iter().all(|(which, value)| unsafe { libc::mallopt(*which, *value) } == 1)
    }

    /// Gives back the pages on which nothing is in use.
    pub fn trim() -> bool {
        // SAFETY: the C library knows which blocks are in use, and has the heaps locked meanwhile.
        unsafe { libc::malloc_trim(0) == 1 }
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
use elsewhere::{MMAP_THRESHOLD, TOP_PAD, TRIM_THRESHOLD, set, trim};

/// Another C library, which is not asked anything.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod elsewhere {
    pub const MMAP_THRESHOLD: i32 = 0;
    pub const TOP_PAD: i32 = 1;
    pub const TRIM_THRESHOLD: i32 = 2;

    pub fn set(_settings: &[(i32, i32)]) -> bool {
        false
    }

    pub fn trim() -> bool {
        false
    }
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use std::fs;

    use nix::libc;

    use super::*;

    /// Memory of this process that is resident, in bytes.
    fn resident() -> i64 {
        let pages = fs::read_to_string("/proc/self/statm").expect("what the system says of this process");
        pages.split(' ').nth(1).and_then(|pages| pages.parse::<i64>().ok()).expect("pages") * 4096
    }

    /// Takes `blocks` of a KiB each, writes to them, and gives them back.
    fn fill_and_drain(blocks: usize) {
        // SAFETY: each block is as large as what is written to it, and freed once.
        unsafe {
            let taken: Vec<*mut libc::c_void> = (0..blocks).map(|_| libc::malloc(1024)).collect();
            taken.iter().for_each(|block| _ = libc::memset(*block, 1, 1024));
            taken.into_iter().for_each(|block| libc::free(block));
        }
    }

    #[test]
    fn what_is_free_is_kept_until_it_is_given_back() {
        let half = 16 << 20;
        fill_and_drain(32 << 10);
        let before = resident();
        assert!(keep_free());
        fill_and_drain(32 << 10);
        let kept = resident();
        assert!(kept - before > half, "{before}, {kept}");
        let _ = give_back(); // whether anything is free but at the end
        fill_and_drain(128); // something is freed there
        let after = resident();
        assert!(kept - after > half, "{kept}, {after}");
        fill_and_drain(32 << 10);
        assert!(kept - resident() > half, "what is free is not kept any more");
    }
}
