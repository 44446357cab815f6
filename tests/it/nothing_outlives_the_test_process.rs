//! When a test process ends, however it ends, its children and their data go with it.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::leash::Leash;
use crate::support::wait;

#[test]
fn nothing_outlives_the_test_process() {
    let leash = Leash::start();
    let sleeper = || Command::new("sleep").arg("600").stdin(Stdio::null()).spawn().expect("`sleep` starts");
    let (mut held, mut freed) = (sleeper(), sleeper());
    leash.hold(freed.id());
    leash.hold(held.id());
    leash.free(freed.id());
    fs::write(leash.folder("server").join("data"), "x").expect("writing");

    let root = leash.cut();

    let ended = wait::until(Duration::from_secs(30), "the end of a held child", || {
        held.try_wait().expect("a child").ok_or_else(|| "still running".to_owned())
    });
    assert!(!ended.success(), "killed");
    assert!(freed.try_wait().expect("a child").is_none(), "left alone");
    assert!(!root.exists(), "{} is still there", root.display());
    freed.kill().expect("a child");
    freed.wait().expect("a child");
}
