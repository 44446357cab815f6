//! Figures that are kept in a file, and compared with.
//!
//! `target/bench/<bench>/<name>.json` has the figures of one bench as one commit came to them, and what they were
//! measured with: only figures of the same settings are compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::figure::Figure;
use super::statistics::Spread;

/// The figures of a bench, kept under a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// The bench.
    pub bench: String,
    /// The commit that was measured, `-dirty` behind it if there was more than that; or the path of a binary that was
    /// not built here.
    pub commit: String,
    /// When, RFC 3339.
    pub date: String,
    /// What it was measured with, by the setting's name.
    pub settings: BTreeMap<String, String>,
    /// What it came to.
    pub figures: Vec<Kept>,
}

/// A figure, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// What it is.
    pub name: String,
    /// Its unit; nothing for a ratio.
    pub unit: String,
    /// Over the rounds.
    pub spread: Spread,
}

impl Kept {
    /// What is kept of a figure.
    #[must_use]
    pub fn of(figure: &Figure) -> Kept {
        Kept { name: figure.name.clone(), unit: figure.unit.to_owned(), spread: figure.spread }
    }
}

/// Where the baseline `name` of `bench` is, in the folder that cargo builds in.
///
/// # Errors
/// If that is no name for a file.
pub fn place(target: &Path, bench: &str, name: &str) -> Result<PathBuf, String> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(is_plain) {
        return Err(format!("a baseline cannot be called {name:?}: take letters, digits, `-`, `_` and `.`"));
    }
    Ok(target.join("bench").join(bench).join(format!("{name}.json")))
}

impl Baseline {
    /// Keeps it.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, place: &Path) -> Result<(), String> {
        let why = |error: &dyn std::fmt::Display| format!("{}: {error}", place.display());
        let text = serde_json::to_string_pretty(self).map_err(|e| why(&e))?;
        fs::create_dir_all(place.parent().unwrap_or(place)).map_err(|e| why(&e))?;
        fs::write(place, text + "\n").map_err(|e| why(&e))
    }

    /// One that was kept.
    ///
    /// # Errors
    /// If there is none, or the file is something else.
    pub fn read(place: &Path) -> Result<Baseline, String> {
        let text = fs::read_to_string(place)
            .map_err(|e| format!("{}: {e}: keep one with `--save NAME` first", place.display()))?;
        serde_json::from_str(&text).map_err(|e| format!("{}: {e}", place.display()))
    }

    /// Whether figures measured with `settings` may be compared with these.
    ///
    /// # Errors
    /// The settings that differ.
    pub fn compares_with(&self, settings: &BTreeMap<String, String>) -> Result<(), String> {
        let all: std::collections::BTreeSet<&String> = self.settings.keys().chain(settings.keys()).collect();
        let told = |value: Option<&String>| value.map_or("none", String::as_str).to_owned();
        let differ: Vec<String> = all
            .into_iter()
            .filter(|name| self.settings.get(*name) != settings.get(*name))
            .map(|name| format!("{name}: {} then, {} now", told(self.settings.get(name)), told(settings.get(name))))
            .collect();
        if differ.is_empty() { Ok(()) } else { Err(format!("measured with other settings ({})", differ.join("; "))) }
    }

    /// What a figure was, and how it has changed since; `None` if it was not measured then.
    #[must_use]
    pub fn change(&self, figure: &Figure) -> Option<(f64, String)> {
        let kept = self.figures.iter().find(|kept| kept.name == figure.name && kept.unit == figure.unit)?;
        let (then, now) = (kept.spread.median, figure.spread.median);
        let percent = if then == 0.0 { "?".to_owned() } else { format!("{:+.1} %", 100.0 * (now / then - 1.0)) };
        let is_within = kept.spread.overlaps(&figure.spread);
        Some((then, if is_within { format!("{percent} (spreads overlap)") } else { percent }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn baseline() -> Baseline {
        let figures = [Figure::new("rate", "events/s", [90.0, 100.0, 110.0]), Figure::new("zero", "", [0.0])];
        Baseline {
            bench: "backfill".to_owned(),
            commit: "0123abc".to_owned(),
            date: "2025-11-28T12:00:00Z".to_owned(),
            settings: settings(&[("sales", "4000000"), ("workers", "3")]),
            figures: figures.iter().map(Kept::of).collect(),
        }
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let target = tempfile::tempdir().expect("a folder");
        let place = place(target.path(), "backfill", "main").expect("a name");
        assert!(Baseline::read(&place).is_err_and(|why| why.contains("--save")));
        baseline().write(&place).expect("it is written");
        assert_eq!(Baseline::read(&place), Ok(baseline()));
        fs::write(&place, "{}").expect("writing");
        assert!(Baseline::read(&place).is_err_and(|why| why.contains("main.json")));
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        for name in ["", ".", "..", "../main", "a/b", "a b", ".hidden"] {
            assert!(place(Path::new("target"), "backfill", name).is_err(), "{name:?}");
        }
        let good = place(Path::new("target"), "backfill", "v0.1.0_x-2").expect("a name");
        assert_eq!(good, Path::new("target/bench/backfill/v0.1.0_x-2.json"));
    }

    #[test]
    fn what_was_measured_otherwise_is_not_compared() {
        assert_eq!(baseline().compares_with(&baseline().settings), Ok(()));
        let other = settings(&[("sales", "8000000"), ("workers", "3"), ("rounds", "5")]);
        let why = baseline().compares_with(&other).expect_err("they differ");
        assert!(why.contains("rounds: none then, 5 now") && why.contains("sales: 4000000 then, 8000000 now"), "{why}");
        assert!(!why.contains("workers"), "{why}");
    }

    #[test]
    fn a_change_is_that_of_the_medians_and_says_whether_it_means_anything() {
        let change = |values: [f64; 3]| baseline().change(&Figure::new("rate", "events/s", values));
        assert_eq!(change([111.0, 120.0, 130.0]), Some((100.0, "+20.0 %".to_owned())));
        assert_eq!(change([70.0, 75.0, 90.0]), Some((100.0, "-25.0 % (spreads overlap)".to_owned())));
        assert_eq!(baseline().change(&Figure::new("rate", "", [1.0])), None);
        assert_eq!(baseline().change(&Figure::new("zero", "", [1.0])), Some((0.0, "?".to_owned())));
    }
}
