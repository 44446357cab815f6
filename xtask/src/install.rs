//! Brings what is missing: says all of it first, and begins with nothing if some of it cannot be had.

use crate::carry;
use crate::checkout::{cargo, command, output, run, tools as folder};
use crate::facts::Facts;
use crate::missing::{List, Way};
use crate::tool::{Carrier, Tool, Use, Version};

/// Sees to it that all tools for a use are there.
///
/// # Errors
/// What cannot be had from here and the remedy, or the installation that failed.
pub fn tools(usage: Use) -> Result<(), String> {
    let list = List::of(&Facts::look(), usage);
    if list.is_empty() {
        println!("all tools are there");
        return Ok(());
    }
    println!("{list}");
    if let Some(remedy) = list.remedy() {
        return Err(remedy);
    }
    debian(&list.packages())?;
    let mut carried: Vec<Carrier> = Vec::new();
    for missing in &list.0 {
        match missing.way {
            Way::Registry(carrier) if !carried.contains(&carrier) => {
                println!("fetching {carrier}");
                carry::bring(carrier)?;
                carried.push(carrier);
            }
            Way::Rustup(component) => run(command("rustup").args(["component", "add", component]))?,
            Way::Crate(name) => install_crate(name, missing.tool)?,
            Way::Registry(_) | Way::Debian(_) | Way::Later(_) | Way::Hand => {}
        }
    }
    let list = List::of(&Facts::look(), usage);
    if list.is_empty() { Ok(()) } else { Err(format!("after all was installed, still {list}")) }
}

/// Installs packages of Debian, as root.
fn debian(packages: &[&str]) -> Result<(), String> {
    if packages.is_empty() {
        return Ok(());
    }
    println!("installing {}", packages.join(" "));
    output(command("apt-get").args(["update", "-qq"]))?;
    let mut install = command("apt-get");
    install.args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages);
    output(install.env("DEBIAN_FRONTEND", "noninteractive")).map(drop)
}

/// Builds a crate and installs it into the checkout's tools.
fn install_crate(name: &str, tool: &Tool) -> Result<(), String> {
    let package = match tool.version {
        Version::Exactly(version) => format!("{name}@{version}"),
        Version::Any | Version::Least(..) => name.to_owned(),
    };
    run(cargo().args(["install", "--quiet", "--locked", "--root"]).arg(folder()).arg(package))
}
