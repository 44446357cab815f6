//! What the system allows this process: open files, memory.

use std::path::Path;

use bytesize::ByteSize;
use nix::sys::resource::{Resource, getrlimit};

use super::Finding;
use super::list::{FILES, MEMORY};

/// Descriptors that a run has beside those of its connections to brokers: files, the database, timely's own.
const FILES_BASE: u64 = 64;
/// Descriptors for each partition: its queue's events and its share of connections while they are made anew.
const FILES_A_PARTITION: u64 = 3;
/// Below this many somebody should raise the limit before the topic grows.
const FILES_LOW: u64 = 1024;
/// Less memory than this is filled by the buffers of the Kafka client alone.
const MEMORY_LEAST: u64 = 256 << 20;

/// Checks the limit of open files for a topic of so many partitions on so many brokers.
#[must_use]
pub fn files(partitions: usize, brokers: usize) -> Finding {
    match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((limit, _)) => judge_files(limit, partitions as u64, brokers as u64),
        Err(error) => Finding::unknown(FILES, error.desc()),
    }
}

fn judge_files(limit: u64, partitions: u64, brokers: u64) -> Finding {
    let need = partitions * FILES_A_PARTITION + brokers + FILES_BASE;
    let finding = format!("{limit} open files allowed, a run needs about {need}");
    let remedy = "raise it: `ulimit -n 65536`, LimitNOFILE= of the service, or --ulimit nofile= of the container";
    if limit < need {
        Finding::failed(FILES, finding, remedy)
    } else if limit < FILES_LOW {
        Finding::warning(FILES, finding, remedy)
    } else {
        Finding::ok(FILES, finding)
    }
}

/// Checks the memory limit of this process's control group.
#[must_use]
pub fn memory() -> Finding {
    let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    judge_memory(limit(Path::new("/sys/fs/cgroup"), &groups))
}

fn judge_memory(limit: Option<u64>) -> Finding {
    match limit {
        Some(bytes) if bytes < MEMORY_LEAST => {
            let finding =
                format!("{} of memory allowed (cgroup), less than {}", ByteSize::b(bytes), ByteSize::b(MEMORY_LEAST));
            let remedy = "raise it (--memory of the container, MemoryMax= of the service), or lower queued.min.messages and \
                          queued.max.messages.kbytes under [source.kafka] properties";
            Finding::warning(MEMORY, finding, remedy)
        }
        Some(bytes) => Finding::ok(MEMORY, format!("{} allowed (cgroup)", ByteSize::b(bytes))),
        None => Finding::ok(MEMORY, "no control group limits it"),
    }
}

/// The smallest limit of the control groups in `groups`, the text of `/proc/self/cgroup`, mounted at `root`, and of
/// those around them. In a container the own group is often mounted as the root itself.
fn limit(root: &Path, groups: &str) -> Option<u64> {
    let limits = groups.lines().filter_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let (mount, file) = match controllers {
            "" => (root.to_owned(), "memory.max"),
            of_memory if of_memory.split(',').any(|one| one == "memory") => {
                (root.join("memory"), "memory.limit_in_bytes")
            }
            _ => return None,
        };
        let own = mount.join(path.trim_start_matches('/'));
        let around = own.ancestors().take_while(|place| place.starts_with(&mount));
        around.filter_map(|place| std::fs::read_to_string(place.join(file)).ok()?.trim().parse().ok()).min()
    });
    limits.min().filter(|bytes| *bytes < 1 << 60) // version 1 writes "none" as a number near the largest
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::Verdict;
    use super::*;

    #[test]
    fn partitions_need_files() {
        let verdict = |limit, partitions| judge_files(limit, partitions, 1).verdict;
        assert_eq!((verdict(1024, 3), verdict(1023, 3)), (Verdict::Ok, Verdict::Warning));
        assert_eq!((verdict(74, 3), verdict(73, 3)), (Verdict::Warning, Verdict::Failed));
        assert_eq!(verdict(1024, 1000), Verdict::Failed);
    }

    #[test]
    fn little_memory_is_a_warning() {
        assert_eq!(judge_memory(Some(MEMORY_LEAST - 1)).verdict, Verdict::Warning);
        assert_eq!(judge_memory(Some(MEMORY_LEAST)).verdict, Verdict::Ok);
        assert_eq!(judge_memory(None).verdict, Verdict::Ok);
    }

    #[test]
    fn the_smallest_limit_of_the_groups_around_counts() {
        let root = tempfile::tempdir().unwrap();
        let own = root.path().join("a/b");
        fs::create_dir_all(&own).unwrap();
        fs::write(own.join("memory.max"), "max\n").unwrap();
        assert_eq!(limit(root.path(), "0::/a/b\n"), None);
        fs::write(root.path().join("a/memory.max"), "268435456\n").unwrap();
        assert_eq!(limit(root.path(), "0::/a/b\n"), Some(256 << 20));
        fs::write(root.path().join("memory.max"), "1000\n").unwrap();
        assert_eq!(limit(root.path(), "0::/of/the/host\n"), Some(1000), "a group that is not mounted here");
    }

    #[test]
    fn version_one_has_a_number_for_none() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("memory/x")).unwrap();
        let file = root.path().join("memory/x/memory.limit_in_bytes");
        fs::write(&file, "9223372036854771712\n").unwrap();
        let groups = "12:cpu,cpuacct:/y\n5:memory:/x\n";
        assert_eq!(limit(root.path(), groups), None);
        fs::write(&file, "104857600\n").unwrap();
        assert_eq!(limit(root.path(), groups), Some(100 << 20));
    }
}
