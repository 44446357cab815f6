//! Colours: only on a terminal, never with `NO_COLOR`, everywhere with `CLICOLOR_FORCE`.
//!
//! Whoever prints asks `console` for its stream, and so does everything here; `clap` looks for itself, by the same
//! rules.

/// Settles what the libraries judge differently: `NO_COLOR` wins over `CLICOLOR_FORCE`.
pub fn settle() {
    if is_refused(std::env::var_os("NO_COLOR").as_deref()) {
        console::set_colors_enabled(false);
        console::set_colors_enabled_stderr(false);
    }
}

/// Whether this value of `NO_COLOR` refuses colours: any that is not empty.
fn is_refused(value: Option<&std::ffi::OsStr>) -> bool {
    value.is_some_and(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_value_that_is_not_empty_refuses() {
        let refused = |value: &str| is_refused(Some(value.as_ref()));
        assert!(refused("1") && refused("0") && !refused("") && !is_refused(None));
    }
}
