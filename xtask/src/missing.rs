//! What is missing for a use, all of it at once, and how each comes: facts in, a list out.

use std::fmt::{self, Write};

use crate::facts::Facts;
use crate::tool::{Carrier, Source, TOOLS, Tool, Use};

/// How a tool comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A package of Debian, which root installs.
    Debian(&'static str),
    /// A package of a registry, into the checkout's tools.
    Registry(Carrier),
    /// A component of the Rust toolchain.
    Rustup(&'static str),
    /// A crate and its version, into the checkout's tools.
    Crate(&'static str),
    /// A package of a registry as well, once Python has come by hand.
    Later(Carrier),
    /// By the hand of whoever reads this.
    Hand,
}

/// A tool that is not there, or is too old.
#[derive(Debug, PartialEq, Eq)]
pub struct Missing {
    /// The tool.
    pub tool: &'static Tool,
    /// The version that is there and will not do.
    pub found: Option<String>,
    /// How it comes.
    pub way: Way,
}

/// Everything that is missing for a use.
#[derive(Debug, PartialEq, Eq)]
pub struct List(pub Vec<Missing>);

impl List {
    /// What is missing for `usage` on a machine of these facts, in the order of the table.
    pub fn of(facts: &Facts, usage: Use) -> List {
        let wanted = TOOLS.iter().filter(|tool| tool.usage <= usage && (facts.root || !tool.root_only));
        let missing = wanted.filter_map(|tool| {
            let found = facts.tools.get(tool.name);
            let will_do = found.is_some_and(|found| tool.version.admits(found));
            (!will_do).then(|| Missing { tool, found: found.cloned(), way: way(facts, tool) })
        });
        List(missing.collect())
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Debian's packages to be installed, each once.
    pub fn packages(&self) -> Vec<&'static str> {
        packages(self.0.iter().filter_map(|missing| match missing.way {
            Way::Debian(package) => Some(package),
            _ => None,
        }))
    }

    /// What stops the job: the remedy for all that cannot be installed from here.
    pub fn remedy(&self) -> Option<String> {
        let by_hand = || self.0.iter().filter(|missing| missing.way == Way::Hand).map(|missing| missing.tool);
        by_hand().next()?;
        let names: Vec<&str> = by_hand().map(|tool| tool.name).collect();
        let mut text = format!("nothing was run: {} must be installed by hand", names.join(", "));
        let debian = packages(by_hand().filter_map(|tool| tool.debian));
        if !debian.is_empty() {
            let _ = write!(text, " (on Debian and its kin: sudo apt-get install {})", debian.join(" "));
        }
        if self.0.iter().any(|missing| matches!(missing.way, Way::Later(_))) {
            text.push_str("; the rest comes by itself after that");
        }
        Some(text)
    }
}

/// Each package once, in order.
fn packages(all: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    all.fold(Vec::new(), |mut unique, package| {
        if !unique.contains(&package) {
            unique.push(package);
        }
        unique
    })
}

/// How a tool comes to a machine of these facts.
fn way(facts: &Facts, tool: &'static Tool) -> Way {
    match (tool.debian, tool.source) {
        (Some(package), _) if has_apt(facts) => Way::Debian(package),
        (_, Source::Registry(carrier)) if carrier.platforms().contains(&facts.platform) => {
            if has_python(facts) {
                Way::Registry(carrier)
            } else {
                Way::Later(carrier)
            }
        }
        (_, Source::Rustup(component)) if facts.rustup => Way::Rustup(component),
        (_, Source::Crate(name)) => Way::Crate(name),
        _ => Way::Hand,
    }
}

fn has_apt(facts: &Facts) -> bool {
    facts.root && facts.apt
}

/// Whether there is the Python that fetches from registries, or it comes first.
fn has_python(facts: &Facts) -> bool {
    let python = TOOLS.iter().find(|tool| tool.name == "python3");
    let will_do = |python: &Tool| facts.tools.get(python.name).is_some_and(|found| python.version.admits(found));
    has_apt(facts) || python.is_some_and(will_do)
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Way::Debian(package) => write!(f, "Debian's package {package}"),
            Way::Registry(carrier) => write!(f, "{carrier}, into .cache/tools"),
            Way::Later(carrier) => write!(f, "{carrier}, into .cache/tools, once there is Python"),
            Way::Rustup(component) => write!(f, "rustup component add {component}"),
            Way::Crate(name) => write!(f, "cargo install {name}, into .cache/tools"),
            Way::Hand => f.write_str("not to be had from here"),
        }
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "missing here:")?;
        for Missing { tool, found, way } in &self.0 {
            let name = format!("{}{}", tool.name, tool.version);
            write!(f, "\n  {name:<18} {}\n  {:<18} <- {way}", tool.purpose, "")?;
            if let Some(found) = found {
                write!(f, " (there is {found})")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine with everything.
    fn whole() -> Facts {
        let version = |name: &str| match name {
            "cargo-deny" => "0.20.2",
            _ => "25.1",
        };
        Facts {
            root: false,
            apt: true,
            rustup: true,
            platform: ("linux", "x86_64"),
            tools: TOOLS.iter().map(|tool| (tool.name, version(tool.name).to_owned())).collect(),
        }
    }

    /// A machine with these tools alone.
    fn bare(root: bool, there: &[&str]) -> Facts {
        let mut facts = Facts { root, ..whole() };
        facts.tools.retain(|name, _| there.contains(name));
        facts
    }

    fn ways(facts: &Facts, usage: Use) -> Vec<(&'static str, Way)> {
        List::of(facts, usage).0.iter().map(|missing| (missing.tool.name, missing.way)).collect()
    }

    const COMPILER: &[&str] = &["cc", "c++", "make", "perl"];

    /// With what no registry carries.
    const BY_HAND: &[&str] = &["cc", "c++", "make", "perl", "python3", "curl", "jq"];

    #[test]
    fn nothing_is_missing_where_everything_is() {
        let list = List::of(&whole(), Use::Gate);
        assert!(list.is_empty() && list.remedy().is_none() && list.packages().is_empty(), "{list}");
    }

    #[test]
    fn the_quick_tests_need_a_compiler_make_and_perl_alone() {
        assert_eq!(ways(&bare(false, COMPILER), Use::Quick), []);
        let list = List::of(&bare(true, &[]), Use::Quick);
        assert_eq!(list.packages(), ["build-essential", "perl"]);
    }

    #[test]
    fn root_on_debian_takes_debians_packages_and_what_is_too_old_there_from_a_registry() {
        let list = List::of(&bare(true, COMPILER), Use::Tests);
        let expected =
            ["python3", "python3-venv", "default-jre-headless", "maven", "chromium", "curl", "jq", "iproute2"];
        assert_eq!(list.packages(), expected);
        let rest: Vec<_> = list.0.iter().filter(|missing| !matches!(missing.way, Way::Debian(_))).collect();
        assert!(rest.iter().all(|missing| missing.way == Way::Registry(Carrier::Node)), "{rest:?}");
        assert_eq!(rest.len(), 2, "node and npm: {rest:?}");
        assert_eq!(list.remedy(), None);
    }

    #[test]
    fn everybody_else_takes_all_that_registries_carry() {
        let list = List::of(&bare(false, BY_HAND), Use::Tests);
        assert!(list.0.iter().all(|missing| matches!(missing.way, Way::Registry(_))), "{list}");
        assert_eq!(list.remedy(), None);
    }

    #[test]
    fn what_no_registry_carries_is_named_at_once_with_the_remedy() {
        let list = List::of(&bare(false, &["cc"]), Use::Tests);
        assert!(list.0.iter().any(|missing| missing.way == Way::Later(Carrier::Java)), "{list}");
        let remedy = "nothing was run: c++, make, perl, python3, curl, jq must be installed by hand (on Debian and its kin: sudo apt-get \
                      install build-essential perl python3 curl jq); the rest comes by itself after that";
        assert_eq!(list.remedy().as_deref(), Some(remedy));
    }

    #[test]
    fn a_machine_that_registries_carry_nothing_for_is_told_so() {
        let there = [BY_HAND, &["venv"]].concat();
        let facts = Facts { platform: ("linux", "riscv64"), ..bare(false, &there) };
        let remedy = List::of(&facts, Use::Tests).remedy().expect("a remedy");
        let expected = "nothing was run: java, mvn, node, npm, chromium must be installed by hand (on Debian and its kin: sudo \
                        apt-get install default-jre-headless maven chromium)";
        assert_eq!(remedy, expected);
    }

    #[test]
    fn what_is_too_old_is_missing_and_says_so() {
        let mut old = whole();
        old.tools.insert("java", "11.0.2".to_owned());
        let list = List::of(&old, Use::Tests);
        assert_eq!(ways(&old, Use::Tests), [("java", Way::Registry(Carrier::Java))]);
        let text = list.to_string();
        assert!(text.contains("java 17 or newer") && text.contains("there is 11.0.2"), "{text}");
    }

    #[test]
    fn the_gate_needs_more_than_the_tests() {
        let facts = bare(false, &[BY_HAND, &["venv", "java", "mvn", "node", "npm", "chromium"]].concat());
        assert_eq!(ways(&facts, Use::Tests), []);
        let crates = Way::Crate("cargo-deny");
        let rest = [("git", Way::Hand), ("rustfmt", Way::Rustup("rustfmt")), ("clippy", Way::Rustup("clippy"))];
        assert_eq!(ways(&facts, Use::Gate), [&rest[..], &[("cargo-deny", crates)]].concat());
    }

    #[test]
    fn a_tool_that_only_root_can_use_is_not_missed_by_others() {
        let mut facts = whole();
        facts.tools.remove("ip");
        assert_eq!(ways(&facts, Use::Gate), []);
        assert_eq!(ways(&Facts { root: true, ..facts }, Use::Gate), [("ip", Way::Debian("iproute2"))]);
    }
}
