//! What the environment says.

use std::str::FromStr;

/// The value of the variable `name`, or `default`.
///
/// # Panics
/// If the value is none of its type.
pub fn setting<T: FromStr>(name: &str, default: T) -> T {
    given(name).unwrap_or(default)
}

/// The value of the variable `name`, if it is set.
///
/// # Panics
/// If the value is none of its type.
#[must_use]
pub fn given<T: FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} cannot be {text:?}")))
}
