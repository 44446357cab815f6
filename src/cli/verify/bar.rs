//! How far the topic is read, on standard error if that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How many records pass between two looks at the clock.
const STRIDE: u64 = 512;

/// A progress bar that is gone when this value is.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar of unknown length.
    #[must_use]
    pub fn new() -> Bar {
        let bar = ProgressBar::new_spinner(); // nothing is drawn where standard error is no terminal
        if let Ok(style) =
            ProgressStyle::with_template("{spinner} {human_pos} of {human_len} records {wide_bar} {per_sec} {eta}")
        {
            bar.set_style(style);
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
