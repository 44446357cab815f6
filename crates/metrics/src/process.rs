//! The process itself, as the system sees it.

use super::list;

/// Samples the process. Returns the text of its processor time: counters of the recorder are whole numbers.
pub fn sample() -> String {
    list::PROCESS_BUILD.set(&[&env!("CARGO_PKG_VERSION")], 1.0);
    system().unwrap_or_default()
}

/// What `/proc` says; nothing if it cannot be read.
#[cfg(target_os = "linux")]
fn system() -> Option<String> {
    use procfs::WithCurrentSystemInfo as _;

    let process = procfs::process::Process::myself().ok()?;
    let stat = process.stat().ok()?;
    let ticks = procfs::ticks_per_second() as f64;
    let boot = procfs::boot_time_secs().ok()? as f64;
    list::PROCESS_START.set(&[], boot + stat.starttime as f64 / ticks);
    list::PROCESS_MEMORY.set(&[], stat.rss_bytes().get() as f64);
    list::PROCESS_FILES.set(&[], process.fd_count().ok()? as f64);
    if let procfs::process::LimitValue::Value(most) = process.limits().ok()?.max_open_files.soft_limit {
        list::PROCESS_FILES_MAX.set(&[], most as f64);
    }
    let (name, help) = (list::PROCESS_CPU.name, list::PROCESS_CPU.help);
    let seconds = (stat.utime + stat.stime) as f64 / ticks;
    Some(format!("# HELP {name} {help}\n# TYPE {name} counter\n{name} {seconds}\n"))
}

/// Elsewhere only what the process knows itself.
#[cfg(not(target_os = "linux"))]
fn system() -> Option<String> {
    None
}
