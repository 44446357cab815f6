//! How far the topic is read, on standard error if that is a terminal.

use std::fmt::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::cli::PerSecond;

/// How many records pass between two looks at the clock.
const STRIDE: u64 = 512;

/// A progress bar that is gone when this value is.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar of unknown length.
    #[must_use]
    pub fn new() -> Bar {
        let bar = ProgressBar::new_spinner(); // nothing is drawn where standard error is no terminal
        let template = "{spinner} {human_pos} of {human_len} records {wide_bar} {rate} {eta:>3}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            let rate = |state: &ProgressState, text: &mut dyn Write| {
                let _unshown = text.write_str(&rate(state.per_sec()));
            };
            bar.set_style(style.with_key("rate", rate));
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Bar(bar)
    }

    /// So many records are read, of about so many.
    pub fn set(&self, read: u64, length: u64) {
        if read.is_multiple_of(STRIDE) || read == length {
            self.0.set_length(length);
            self.0.set_position(read);
        }
    }
}

/// So many records a second, rounded, and as wide whatever it is, so that the bar does not move.
fn rate(per_second: f64) -> String {
    format!("{:>11}", format!("{}/s", PerSecond::new(per_second)))
}

impl Default for Bar {
    fn default() -> Self {
        Bar::new()
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_rounded_and_as_wide_whatever_it_is() {
        assert_eq!([rate(1_046.845_9), rate(2.04)], ["    1,047/s", "      2.0/s"]);
        assert_eq!(rate(1_234_567.8).len(), rate(0.0).len());
    }
}
