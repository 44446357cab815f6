//! What `/proc` says of a process. Pure.

use std::time::Duration;

/// How many clock ticks it counts a second: Linux's USER_HZ.
const TICKS_A_SECOND: f64 = 100.0;

/// User and system time so far, from the text of `/proc/PID/stat`, in steps of 10 ms; `None` if that is not its shape.
#[must_use]
pub fn processor_time(stat: &str) -> Option<Duration> {
    let (_, behind_name) = stat.rsplit_once(") ")?;
    let mut ticks = behind_name.split(' ').skip(11).map(|ticks| ticks.parse::<u64>().ok());
    let (user, system) = (ticks.next()??, ticks.next()??);
    Some(Duration::from_secs_f64((user + system) as f64 / TICKS_A_SECOND))
}

/// The bytes that a line of the text of `/proc/PID/status` gives in kB, such as `VmRSS` or `VmHWM`; `None` without it.
#[must_use]
pub fn bytes(status: &str, line: &str) -> Option<u64> {
    let rest = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'))?;
    Some(rest.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_stand_behind_a_name_that_may_have_anything_in_it() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 1 2 3 4 150 50 6 7 20 0";
        assert_eq!(processor_time(stat), Some(Duration::from_secs(2)));
        assert_eq!(processor_time("7 (cut) S 1"), None);
    }

    #[test]
    fn a_line_is_found_by_its_whole_name() {
        let status = "VmHWMx:\t9 kB\nVmHWM:\t  2048 kB\nVmRSS:\t1024 kB\n";
        assert_eq!(bytes(status, "VmHWM"), Some(2 << 20));
        assert_eq!(bytes(status, "VmRSS"), Some(1 << 20));
        assert_eq!(bytes(status, "VmSwap"), None);
    }
}
