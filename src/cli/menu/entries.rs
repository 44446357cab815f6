//! What the menu offers: one row for each entry. Pure.

/// What an entry does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    /// Runs `mare` with these words; `{file}`, `{topic}`, `{brokers}` and `{http}` stand for what the menu was opened
    /// with.
    Mare(&'static [&'static str]),
    /// Says where the page of a run is.
    Page,
}

/// One row of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MenuEntry {
    /// Under which heading it stands.
    pub group: &'static str,
    /// What a person reads.
    pub title: &'static str,
    /// What it does.
    pub does: Does,
}

const TOPIC: &str = "Topic";
const RUN: &str = "Run";
const ANSWERS: &str = "Answers";
const CARE: &str = "Care";

/// The whole menu.
pub(super) const ENTRIES: [MenuEntry; 18] = [
    entry(TOPIC, "Create the topic", &["topic", "create", "{topic}", "--if-not-exists", "--brokers", "{brokers}"]),
    entry(TOPIC, "List all topics", &["topic", "list", "--brokers", "{brokers}"]),
    entry(TOPIC, "Describe the topic", &["topic", "describe", "{topic}", "--brokers", "{brokers}"]),
    entry(TOPIC, "Read its newest records", &["topic", "read", "{topic}", "--from", "-3", "--brokers", "{brokers}"]),
    entry(
        TOPIC,
        "Send 1,000 made-up sales",
        &["produce", "--topic", "{topic}", "--count", "1000", "--rate", "50", "--brokers", "{brokers}"],
    ),
    entry(RUN, "Run the dataflow, until Ctrl-C", &["run", "{file}", "--http", "{http}"]),
    entry(RUN, "Show the run in the terminal (q leaves)", &["top", "http://{http}"]),
    MenuEntry { group: RUN, title: "Open the page of the run", does: Does::Page },
    entry(ANSWERS, "The newest windows", &["query", "latest", "{file}"]),
    entry(ANSWERS, "The largest groups", &["query", "top", "{file}", "--of", "groups"]),
    entry(ANSWERS, "The largest windows", &["query", "top", "{file}", "--of", "windows"]),
    entry(ANSWERS, "Totals by the hour", &["query", "hourly", "{file}"]),
    entry(ANSWERS, "Number of documents, bytes and indexes", &["query", "collection", "{file}"]),
    entry(CARE, "Check the dataflow file", &["check", "{file}"]),
    entry(CARE, "Look for what would go wrong", &["doctor", "{file}"]),
    entry(CARE, "Recompute every document from the topic", &["verify", "{file}"]),
    entry(CARE, "List the checkpoints", &["checkpoint", "list", "{file}"]),
    entry(CARE, "Clear the checkpoints (asks first)", &["checkpoint", "delete", "{file}", "--all"]),
];

const fn entry(group: &'static str, title: &'static str, words: &'static [&'static str]) -> MenuEntry {
    MenuEntry { group, title, does: Does::Mare(words) }
}

/// What the menu was opened with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MenuContext {
    /// The dataflow file.
    pub file: String,
    /// `--set` with what it overrides there.
    pub set: Vec<String>,
    /// Its topic.
    pub topic: String,
    /// Its brokers.
    pub brokers: String,
    /// Where a run is shown.
    pub http: String,
}

impl MenuContext {
    /// The words behind `mare` that an entry stands for.
    pub(super) fn words(&self, words: &[&str]) -> Vec<String> {
        let mut filled = Vec::new();
        for word in words {
            match *word {
                "{file}" => filled.extend([std::slice::from_ref(&self.file), &self.set].concat()),
                "{topic}" => filled.push(self.topic.clone()),
                "{brokers}" => filled.push(self.brokers.clone()),
                word => filled.push(word.replace("{http}", &self.http)),
            }
        }
        filled
    }

    /// What an entry does as a person would type it, or read it.
    pub(super) fn line(&self, does: Does) -> String {
        match does {
            Does::Page => format!("http://{} in a browser, while a run is shown there", self.http),
            Does::Mare(words) => {
                let words = self.words(words);
                std::iter::once("mare".to_owned())
                    .chain(words.iter().map(|word| quoted(word)))
                    .collect::<Vec<_>>()
                    .join(" ")
            }
        }
    }

    /// The menu, in lines of at most 80 columns.
    pub(super) fn menu() -> String {
        Self::listed(|number, entry| match entry.does {
            Does::Mare(words) => format!("{number:>3}  {:<41}  mare {}", entry.title, verbs(words)),
            Does::Page => format!("{number:>3}  {}", entry.title),
        })
    }

    /// The menu with the whole command of each entry.
    pub(super) fn list(&self) -> String {
        Self::listed(|number, entry| format!("{number:>3}  {}\n       {}", entry.title, self.line(entry.does)))
    }

    /// All entries under their headings.
    fn listed(row: impl Fn(usize, &MenuEntry) -> String) -> String {
        let mut lines = Vec::new();
        let mut heading = "";
        for (number, entry) in (1..).zip(&ENTRIES) {
            if entry.group != heading {
                heading = entry.group;
                lines.push(heading.to_owned());
            }
            lines.push(row(number, entry));
        }
        lines.join("\n")
    }
}

/// The words that name a command: those in front of the first flag or place.
fn verbs(words: &[&str]) -> String {
    words.iter().take_while(|word| !word.contains(['{', '-'])).copied().collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it for one.
fn quoted(word: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "-_./:,=@%+".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;

    fn place() -> MenuContext {
        MenuContext {
            file: "my flows/it's.toml".into(),
            set: vec!["--set".into(), "sink.stdout={}".into()],
            topic: "sales".into(),
            brokers: "k:9092".into(),
            http: "127.0.0.1:4040".into(),
        }
    }

    #[test]
    fn every_entry_is_a_command_line() {
        for entry in ENTRIES {
            let Does::Mare(words) = entry.does else { continue };
            let words = place().words(words);
            assert!(words.iter().all(|word| !word.contains("{f") && !word.contains("{t")), "{words:?}");
            let parsed = Cli::try_parse_from([&["mare".to_owned()], &words[..]].concat());
            assert!(parsed.is_ok(), "{}: {}", entry.title, parsed.expect_err("refused"));
        }
    }

    #[test]
    fn the_menu_fits_a_terminal_and_names_the_commands() {
        let menu = MenuContext::menu();
        assert!(menu.lines().all(|line| line.chars().count() <= 80), "{menu}");
        assert!(menu.contains("  1  Create the topic") && menu.contains("mare query latest"), "{menu}");
        assert!(menu.starts_with("Topic\n") && menu.contains("\nCare\n"), "{menu}");
    }

    #[test]
    fn the_list_has_whole_commands_that_a_shell_takes() {
        let list = place().list();
        let line = "       mare query latest 'my flows/it'\\''s.toml' --set 'sink.stdout={}'";
        assert!(list.lines().any(|found| found == line), "{list}");
        assert!(list.contains("http://127.0.0.1:4040 in a browser"), "{list}");
    }
}
