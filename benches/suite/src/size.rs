//! How large the binary is that is handed out: the profile `dist`, which is built for this.
//!
//! Settings: `MARE_BENCH_PROFILE` (dist).

use std::fs;
use std::path::Path;
use std::process::Command;

use mare_bench_support::figure::Figure;
use mare_bench_support::mare::checkout;
use mare_bench_support::report::{Report, target};
use mare_bench_support::settings::setting;

/// Runs it.
///
/// # Errors
/// If the build fails.
pub fn bench(_: &Path, report: &mut Report) -> Result<(), String> {
    let profile = setting("MARE_BENCH_PROFILE", "dist".to_owned());
    report.set("profile", &profile);
    report.begin()?;
    let mut cargo = Command::new("cargo");
    cargo.current_dir(checkout()).args(["build", "--locked", "--bin", "mare", "--profile", &profile]);
    let status = cargo.status().map_err(|e| format!("cargo does not start: {e}"))?;
    if !status.success() {
        return Err(format!("the build ended with {status}"));
    }
    let binary = target().join(&profile).join("mare");
    let size = fs::metadata(&binary).map_err(|e| format!("{}: {e}", binary.display()))?.len();
    report.add(Figure::new("size of the binary", "MB", [size as f64 / 1e6]).at_most(25.0));
    Ok(())
}
