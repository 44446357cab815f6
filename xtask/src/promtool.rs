//! The rules, their tests, the configuration and the text of `/metrics` (which a unit test leaves in the target
//! folder), looked at by Prometheus's own tool.

use std::fs::{self, File};
use std::path::Path;

use crate::checkout::{command, output, run, target, tools};
use crate::phase::{Outcome, Verdict};

/// Looks at all of it, if the tool can be had.
pub fn check() -> Verdict {
    if output(command("promtool").arg("--version")).is_err()
        && let Err(why) = fetch()
    {
        return Ok(Outcome::Unchecked(format!(
            "metrics, rules and their tests NOT checked: there is no promtool: {why}"
        )));
    }
    run(command("promtool").args(["check", "config", "deploy/prometheus/prometheus.yml"]))?;
    run(command("promtool").args(["test", "rules", "deploy/prometheus/tests.yml"]))?;
    let text = target().join("metrics.prom");
    let text = File::open(&text).map_err(|e| format!("{}: {e}", text.display()))?;
    run(command("promtool").args(["check", "metrics"]).stdin(text)).map(|()| Outcome::Done)
}

/// Takes promtool out of Debian's package, which would start a server if it were installed.
fn fetch() -> Result<(), String> {
    let folder = tools().join("prometheus");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let fetched = fetch_into(&folder);
    let _ = fs::remove_dir_all(&folder);
    fetched
}

fn fetch_into(folder: &Path) -> Result<(), String> {
    let download = || output(command("apt-get").args(["download", "-qq", "prometheus"]).current_dir(folder));
    // What is known of packages may be missing or old.
    download().or_else(|_| output(command("apt-get").args(["update", "-qq"])).and_then(|_| download()))?;
    let bin = tools().join("bin");
    fs::create_dir_all(&bin).map_err(|e| format!("{}: {e}", bin.display()))?;
    let unpack =
        r#"set -e; dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x -C "$1" --strip-components=3 ./usr/bin/promtool"#;
    output(command("sh").args(["-c", unpack, "sh"]).arg(bin).current_dir(folder)).map(drop)
}
