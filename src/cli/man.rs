//! `mare man`: the pages of the manual, one a command.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::output::print;
use super::{Cli, Failure, exit};

/// Arguments of `mare man`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare man --dir ~/.local/share/man/man1")]
pub struct Args {
    /// Write a page for each command into this folder, and make it if it is absent; without it, print the main page
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// One page of the manual.
struct Page {
    /// Its file: `mare-topic-create.1`.
    name: String,
    /// In the language of roff.
    text: Vec<u8>,
}

impl Args {
    /// Prints or writes the pages.
    ///
    /// # Errors
    /// If the folder cannot be written to.
    pub fn run(self) -> Result<(), Failure> {
        let pages = pages().map_err(Failure::new)?;
        match self.dir {
            Some(folder) => write(&folder, &pages).map_err(|error| {
                Failure::new(format!("cannot write the manual to {}: {error}", folder.display()))
                    .remedy("name a folder that you may write to by --dir")
            }),
            None => {
                pages.first().into_iter().for_each(|page| print(String::from_utf8_lossy(&page.text).trim_end()));
                Ok(())
            }
        }
    }
}

fn write(folder: &Path, pages: &[Page]) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    pages.iter().try_for_each(|page| std::fs::write(folder.join(&page.name), &page.text))
}

/// The pages of all commands, the main one first.
fn pages() -> io::Result<Vec<Page>> {
    let mut command = Cli::command();
    command.build(); // gives the commands below a command their full names
    let mut pages = Vec::new();
    add(&command, &mut pages)?;
    Ok(pages)
}

/// Adds the page of `command` and those of the commands below it.
fn add(command: &Command, pages: &mut Vec<Page>) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    pages.push(Page { name: format!("{name}.1"), text: page(command)? });
    command.get_subcommands().filter(|below| below.get_name() != "help").try_for_each(|below| add(below, pages))
}

/// The page of one command. Its examples, which end its help, have a section of their own.
fn page(command: &Command) -> io::Result<Vec<u8>> {
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let parted = after.rsplit_once("Examples:").or_else(|| after.rsplit_once("Example:"));
    let (notes, examples) = parted.unwrap_or((&after, ""));
    let version = concat!("mare ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone().after_help(notes.trim().to_owned())).source(version);
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text)?;
    }
    if !notes.trim().is_empty() {
        man.render_extra_section(&mut text)?;
    }
    text.extend_from_slice(exit_section(command).as_bytes());
    text.extend_from_slice(examples_section(examples).as_bytes());
    man.render_version_section(&mut text)?;
    Ok(text)
}

/// The exit codes.
fn exit_section(command: &Command) -> String {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    exit::manual(name.split('-').nth(1))
}

/// The examples as they stand in the help, line by line.
fn examples_section(examples: &str) -> String {
    let lines = examples.lines().map(|line| line.strip_prefix("  ").unwrap_or(line)).filter(|line| !line.is_empty());
    // A line that begins with a dot would be a command of roff, and a plain hyphen could not be copied.
    let lines = lines.map(|line| format!("\\&{}\n", line.replace('\\', "\\e").replace('-', "\\-")));
    format!(".SH EXAMPLES\n.nf\n{}.fi\n", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_with_examples() {
        let pages = pages().unwrap();
        let names: Vec<_> = pages.iter().map(|page| &*page.name).collect();
        for name in ["mare.1", "mare-run.1", "mare-doctor.1", "mare-topic.1", "mare-topic-create.1", "mare-man.1"] {
            assert!(names.contains(&name), "{name} is not in {names:?}");
        }
        assert!(!names.iter().any(|name| name.contains("help")), "{names:?}");
        for Page { name, text } in &pages {
            let text = String::from_utf8_lossy(text);
            let examples = text.split_once(".SH EXAMPLES\n.nf\n").map(|(_, examples)| examples).unwrap_or_default();
            assert!(examples.starts_with("\\&mare "), "{name}: {text}");
            assert!(text.contains(".SH SYNOPSIS"), "{name}");
            assert!(text.contains(".SH EXIT STATUS\n.TP\n0\n"), "{name}: {text}");
            assert_eq!(
                text.contains("do not start it again"),
                matches!(&**name, "mare.1" | "mare-run.1" | "mare-cluster.1"),
                "{name}"
            );
        }
    }

    #[test]
    fn an_example_can_be_copied() {
        assert_eq!(
            examples_section("\n  mare x \\\n    --a\n  .y\n"),
            ".SH EXAMPLES\n.nf\n\\&mare x \\e\n\\&  \\-\\-a\n\\&.y\n.fi\n"
        );
    }

    #[test]
    fn pages_are_written_where_they_are_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("man/man1");
        write(&deep, &pages().unwrap()).unwrap();
        assert!(deep.join("mare-checkpoint-list.1").is_file());
        let file = tempfile::NamedTempFile::new().unwrap();
        let refused = Args { dir: Some(file.path().join("below")) }.run().unwrap_err();
        assert!(refused.to_string().contains("--dir"), "{refused}");
    }
}
