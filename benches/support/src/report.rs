//! The figures of a bench as a table, which can be pasted into a page as it is.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::Command;

use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;
use jiff::Timestamp;

use super::baseline::{self, Baseline, Kept};
use super::figure::{Figure, short};
use super::mare::checkout;
use super::settings::given;

/// What a bench has measured, and what with.
pub struct Report {
    bench: &'static str,
    settings: BTreeMap<String, String>,
    figures: Vec<Figure>,
    /// What is measured: a commit, or a binary that is not of this checkout.
    subject: String,
    /// Where the figures shall be kept, if they shall.
    save: Option<PathBuf>,
    /// What they are compared with.
    against: Option<Baseline>,
}

impl Report {
    /// None yet of `bench`; kept under the name `save`, compared with those of the name `against`.
    ///
    /// # Errors
    /// If one of the names is none, or there is nothing to compare with.
    pub fn new(bench: &'static str, save: Option<&str>, against: Option<&str>) -> Result<Report, String> {
        Report::within(&target(), bench, save, against)
    }

    /// The same in a folder that cargo builds in.
    fn within(target: &Path, bench: &'static str, save: Option<&str>, against: Option<&str>) -> Result<Report, String> {
        let place = |name: &str| baseline::place(target, bench, name);
        let against = against.map(|name| Baseline::read(&place(name)?)).transpose()?;
        let save = save.map(place).transpose()?;
        Ok(Report { bench, settings: BTreeMap::new(), figures: Vec::new(), subject: commit(), save, against })
    }

    /// Says which binary is measured: of one that was not built here nobody knows the commit.
    pub fn measures(&mut self, binary: &Path) {
        if !binary.starts_with(target()) {
            self.subject = binary.display().to_string();
        }
    }

    /// Says what is measured with.
    pub fn set(&mut self, name: &str, value: impl Display) {
        self.settings.insert(name.to_owned(), value.to_string());
    }

    /// Whether what is kept can be compared with what will be measured; to be asked once all is [set](Self::set).
    ///
    /// # Errors
    /// The settings that differ.
    pub fn begin(&self) -> Result<(), String> {
        let told: Vec<String> = self.settings.iter().map(|(name, value)| format!("{name} {value}")).collect();
        println!("{}: {}", self.bench, told.join(", "));
        self.against.as_ref().map_or(Ok(()), |baseline| baseline.compares_with(&self.settings))
    }

    /// Adds a figure.
    ///
    /// # Panics
    /// If there is one of its name.
    pub fn add(&mut self, figure: Figure) {
        assert!(self.figures.iter().all(|other| other.name != figure.name), "two figures are {}", figure.name);
        self.figures.push(figure);
    }

    /// Prints the table, and keeps the figures if they shall be kept.
    ///
    /// # Errors
    /// If they cannot be.
    pub fn end(self) -> Result<(), String> {
        let kept = Baseline {
            bench: self.bench.to_owned(),
            commit: self.subject.clone(),
            date: Timestamp::now().strftime("%FT%TZ").to_string(),
            settings: self.settings.clone(),
            figures: self.figures.iter().map(Kept::of).collect(),
        };
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        println!("\n{} of {} at {}, {cores} cores", self.bench, kept.commit, kept.date);
        if let Some(baseline) = &self.against {
            println!("against {} of {}", baseline.commit, baseline.date);
        }
        println!("\n{}", self.table());
        match &self.save {
            Some(place) => kept.write(place).map(|()| println!("\nkept in {}", place.display())),
            None => Ok(()),
        }
    }

    /// A row for each figure.
    fn table(&self) -> Table {
        let mut headings = vec!["what", "unit", "min", "median", "max", "target"];
        if self.against.is_some() {
            headings.extend(["then", "change"]);
        }
        let mut table = Table::new();
        table.load_style(ASCII_MARKDOWN);
        table.set_header(headings);
        for figure in &self.figures {
            table.add_row(self.row(figure));
        }
        table
    }

    fn row(&self, figure: &Figure) -> Vec<String> {
        let spread = [figure.spread.min, figure.spread.median, figure.spread.max].map(short);
        let mut row = vec![figure.name.clone(), figure.unit.to_owned()];
        row.extend(spread);
        row.push(figure.target.map_or(String::new(), |target| {
            format!("{target}: {}", if target.is_met(figure.spread.median) { "met" } else { "not met" })
        }));
        if let Some(baseline) = &self.against {
            let change = baseline.change(figure);
            row.extend(change.map_or([String::new(), "new".to_owned()], |(then, change)| [short(then), change]));
        }
        row
    }
}

/// The folder that cargo builds in.
#[must_use]
pub fn target() -> PathBuf {
    checkout().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// The folder that the pictures of a bench are drawn in, if `MARE_BENCH_PICTURES` does not name another.
#[must_use]
pub fn pictures(bench: &str) -> PathBuf {
    given::<PathBuf>("MARE_BENCH_PICTURES").map_or(target().join("bench").join(bench), |named| checkout().join(named))
}

/// The commit of this checkout, `-dirty` behind it if there is more than that.
fn commit() -> String {
    let mut git = Command::new("git");
    git.current_dir(checkout()).args(["describe", "--always", "--dirty", "--exclude", "*"]);
    let said = git.output().ok().filter(|output| output.status.success());
    said.map_or("an unknown commit".to_owned(), |said| String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_row_for_each_figure_and_what_has_become_of_it() {
        let target = tempfile::tempdir().expect("a folder");
        let report = |save, against, value: f64| {
            let mut report = Report::within(target.path(), "bench", save, against).expect("a report");
            report.set("sales", 7);
            report.begin().expect("the same settings");
            report.add(Figure::new("ratio", "", [value]).at_most(1.25));
            report
        };
        assert!(Report::within(target.path(), "bench", None, Some("main")).is_err());
        report(Some("main"), None, 2.0).end().expect("kept");
        let again = report(None, Some("main"), 1.0);
        assert_eq!(again.row(&again.figures[0])[2..], ["1.00", "1.00", "1.00", "<= 1.25: met", "2.00", "-50.0 %"]);
        let fresh = Figure::new("other", "s", [2.0, 1.0]).at_least(3.0);
        assert_eq!(again.row(&fresh)[1..], ["s", "1.00", "2.00", "2.00", ">= 3.00: not met", "", "new"]);
        let (mut ours, mut theirs) = (report(None, None, 1.0), report(None, None, 1.0));
        ours.measures(&super::target().join("release/mare"));
        theirs.measures(Path::new("/elsewhere/mare"));
        assert_eq!((ours.subject, theirs.subject.as_str()), (commit(), "/elsewhere/mare"));
        assert_eq!(again.table().to_string().lines().count(), 3);
    }

    #[test]
    #[should_panic(expected = "two figures are ratio")]
    fn no_two_figures_have_one_name() {
        let mut report = Report::new("bench", None, None).expect("a report");
        report.add(Figure::new("ratio", "", [1.0]));
        report.add(Figure::new("ratio", "s", [1.0]));
    }
}
