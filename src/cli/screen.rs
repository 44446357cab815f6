//! Where the table is shown: redrawn in place on a terminal, printed now and then elsewhere.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use console::{Term, truncate_str};

use crate::cli::logging::{self, Held};

/// Time between two drawings on a terminal.
const FRAME: Duration = Duration::from_millis(200);
/// Time between two tables elsewhere.
const PAGE: Duration = Duration::from_secs(5);
/// How wide a table may be where there is no terminal.
const PAGE_WIDTH: usize = 120;

/// Standard output as a place for a table that changes.
pub struct Screen {
    term: Term,
    /// Whether it is a terminal whose cursor can be moved.
    live: bool,
    /// When something was drawn last.
    drawn: Instant,
    /// How many lines of the terminal the last drawing takes.
    lines: usize,
    /// Log lines that would disturb the drawing; they are printed above it.
    held: Option<Held>,
}

impl Screen {
    /// Takes standard output over, and standard error as far as it is the same terminal, until it is dropped.
    #[must_use]
    pub fn new() -> Self {
        let term = Term::stdout();
        let live = term.is_term() && !console::is_dumb();
        let held = (live && Term::stderr().is_term()).then(logging::hold);
        if live {
            let _hidden = term.hide_cursor();
        }
        Screen { term, live, drawn: Instant::now(), lines: 0, held }
    }

    /// Whether it is a terminal in which a person looks on.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// Time from one drawing to the next.
    #[must_use]
    pub fn interval(&self) -> Duration {
        if self.live { FRAME } else { PAGE }
    }

    /// Whether it is time for the next drawing.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.drawn.elapsed() >= self.interval()
    }

    /// How many characters a line may have.
    #[must_use]
    pub fn width(&self) -> usize {
        if self.live { self.term.size().1.into() } else { PAGE_WIDTH }
    }

    /// How many lines a drawing may have, where there is an end to it.
    #[must_use]
    pub fn height(&self) -> Option<usize> {
        self.live.then(|| usize::from(self.term.size().0).saturating_sub(1))
    }

    /// Whether to use colours: on a terminal, and unless `NO_COLOR` is set.
    #[must_use]
    pub fn colours(&self) -> bool {
        self.live && console::colors_enabled()
    }

    /// Draws `lines` in the place of what was drawn last.
    ///
    /// # Errors
    /// If nobody reads standard output any more.
    pub fn draw(&mut self, lines: &[String]) -> io::Result<()> {
        self.drawn = Instant::now();
        if !self.live {
            return writeln!(io::stdout(), "{}", lines.join("\n"));
        }
        let shown = lines.len().min(self.height().unwrap_or_default());
        let above = self.held.as_ref().map(Held::take).unwrap_or_default();
        let text = redrawn(self.lines, &above, lines.iter().take(shown), self.width());
        self.lines = shown;
        self.term.write_str(&text)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.live {
            let _shown = self.term.show_cursor();
        }
    }
}

/// What makes a terminal show `above`, and below it `lines` in the place of the last `before` lines. One text, in the
/// order of the lines and each cleared only behind its end, so that nothing flickers.
fn redrawn<'a>(before: usize, above: &str, lines: impl Iterator<Item = &'a String>, width: usize) -> String {
    let mut text = String::from("\r");
    if before > 0 {
        let _ = write!(text, "\x1b[{before}A");
    }
    for line in above.lines() {
        let _ = write!(text, "{line}\x1b[K\r\n");
    }
    for line in lines {
        let _ = write!(text, "{}\x1b[K\r\n", truncate_str(line, width, ""));
    }
    text.push_str("\x1b[J");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_takes_the_place_of_the_last_one() {
        let lines = ["one".to_owned(), "a long one".to_owned()];
        assert_eq!(redrawn(0, "", lines.iter(), 5), "\rone\x1b[K\r\na lon\x1b[K\r\n\x1b[J");
        assert_eq!(redrawn(3, "log\n", lines.iter().take(1), 80), "\r\x1b[3Alog\x1b[K\r\none\x1b[K\r\n\x1b[J");
    }
}
