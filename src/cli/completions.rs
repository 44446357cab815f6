//! `mare completions`: what a shell needs to complete the command line.

use clap::CommandFactory;
use clap_complete::Shell;

use super::output::print;
use super::{Cli, Failure};

/// Arguments of `mare completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare completions bash > ~/.local/share/bash-completion/completions/mare")]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Args {
    /// Prints the script.
    ///
    /// # Errors
    /// Never.
    pub fn run(self) -> Result<(), Failure> {
        print(script(self.shell).trim_end());
        Ok(())
    }
}

/// The completion script of a shell.
fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "mare", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_shell_has_a_script_that_knows_the_commands() {
        for shell in Shell::value_variants() {
            let script = script(*shell);
            for command in ["doctor", "produce", "checkpoint"] {
                assert!(script.contains(command), "{shell}: {command}");
            }
        }
    }

    #[test]
    fn bash_can_read_its_script() {
        let mut bash = Command::new("bash");
        bash.arg("-n").stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut bash = bash.spawn().expect("bash");
        bash.stdin.take().expect("piped").write_all(script(Shell::Bash).as_bytes()).expect("written");
        let read = bash.wait_with_output().expect("an end");
        assert!(read.status.success() && read.stderr.is_empty(), "{}", String::from_utf8_lossy(&read.stderr));
    }

    #[test]
    fn bash_completes_a_command() {
        let complete =
            "source /dev/stdin; COMP_WORDS=(mare doc); COMP_CWORD=1; _mare mare doc mare; echo ${COMPREPLY[*]}";
        let mut bash = Command::new("bash");
        let mut bash = bash.args(["-c", complete]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("bash");
        bash.stdin.take().expect("piped").write_all(script(Shell::Bash).as_bytes()).expect("written");
        let output = bash.wait_with_output().expect("an end");
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "doctor");
    }
}
