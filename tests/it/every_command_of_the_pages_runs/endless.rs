//! Commands that do not end by themselves.

use super::words;

/// A command that goes on.
pub struct Endless {
    /// How it begins.
    words: &'static [&'static str],
    /// With this flag it ends by itself, or without it, if it stands behind a `!`.
    unless: &'static str,
    /// What it prints once it is at work; nothing of what ends by itself after a while.
    pub sign: &'static str,
}

/// All that pages have.
const KINDS: [Endless; 8] = [
    of(&["mare", "run"], "--until-end", "\n  run  "),
    of(&["mare", "cluster"], "--until-end", "the cluster is up"),
    of(&["mare", "produce"], "--count", "producing to"),
    of(&["mare", "demo"], "--duration", "  http  "),
    of(&["mare", "top"], "--once", "\n"),
    of(&["mare", "topic", "read"], "!--follow", "\n"),
    of(&["curl", "-N"], "--max-time", "\n"),
    of(&["curl", "-sN"], "--max-time", "\n"),
];

/// Whatever else is sent into the background: it ends by itself.
const OTHER: Endless = of(&[], "", "");

const fn of(words: &'static [&'static str], unless: &'static str, sign: &'static str) -> Endless {
    Endless { words, unless, sign }
}

impl Endless {
    /// Whether a simple command is one of these.
    fn is(&self, words: &[String]) -> bool {
        let begins =
            words.len() >= self.words.len() && words.iter().zip(self.words).all(|(word, begins)| word == begins);
        let has = |flag: &str| words.iter().any(|word| word == flag);
        let ends = self.unless.strip_prefix('!').map_or_else(|| has(self.unless), |flag| !has(flag));
        begins && !ends && !has("--help")
    }
}

/// The kind of a line that does not end by itself.
pub fn kind(told: &str) -> Option<&'static Endless> {
    let commands = words::simple(told);
    let known = KINDS.iter().find(|kind| commands.iter().any(|words| kind.is(words)));
    known.or_else(|| told.trim_end().ends_with('&').then_some(&OTHER))
}

/// What two lines cannot do at the same time, by its name: run a dataflow, or send sales.
pub fn name(told: &str) -> Option<&'static str> {
    let commands = words::simple(told);
    let is = |verb: &str| commands.iter().any(|words| words.len() > 1 && words[0] == "mare" && words[1] == verb);
    match () {
        () if is("run") || is("cluster") => Some("engine"),
        () if is("produce") => Some("producer"),
        () if is("top") => Some("top"),
        () => None,
    }
}
