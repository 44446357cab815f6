//! `${VAR}` and `${VAR:-default}` in the strings of a file.
//!
//! Substitution happens after the TOML has been parsed, value by value, so that no text of the environment can become
//! syntax: a quote or a line break in a password is just a character.

use super::diagnostic::Report;
use super::tree::{Table, Value};

/// The environment: the value of a variable, if it is set.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Why a string cannot be substituted.
#[derive(Debug, PartialEq, Eq)]
enum Fault {
    /// The variable is not set and has no default.
    Unset(String),
    /// There is a `${` without its `}`.
    Unclosed,
    /// What stands in the braces is no name of a variable. It is not repeated: it may be a piece of a password.
    NoName,
}

impl Fault {
    /// What is wrong, for a [`Report`]. Only names are repeated, no values: a variable may hold a password.
    fn message(&self) -> String {
        match self {
            Fault::Unset(name) => format!("the environment variable `{name}` is not set"),
            Fault::Unclosed => "`${` without a closing `}`".to_owned(),
            Fault::NoName => "what stands in `${…}` is not the name of an environment variable".to_owned(),
        }
    }

    /// What to do about it.
    fn remedy(&self) -> String {
        match self {
            Fault::Unset(name) => format!("set `{name}`, or give a default here: `${{{name}:-default}}`"),
            Fault::Unclosed | Fault::NoName => {
                "write `${NAME}` or `${NAME:-default}`; for the characters themselves write `$${`".to_owned()
            }
        }
    }
}

/// Substitutes every string of the table, and refuses those where it cannot.
pub fn interpolate_table(table: &mut Table, env: Env<'_>, report: &mut Report) {
    for entry in &mut table.entries {
        interpolate_value(&mut entry.node.value, entry.node.mark, env, report);
    }
}

/// Substitutes in place. A string that cannot be is marked as refused, so that no check complains about it again.
fn interpolate_value(value: &mut Value, mark: super::tree::Mark, env: Env<'_>, report: &mut Report) {
    match value {
        Value::String(text) => match interpolate(text, env) {
            Ok(substituted) => *text = substituted,
            Err(fault) => {
                report.refuse(mark, fault.message(), fault.remedy());
                *value = Value::Refused;
            }
        },
        Value::Array(items) => {
            for item in items {
                interpolate_value(&mut item.value, item.mark, env, report);
            }
        }
        Value::Table(table) => interpolate_table(table, env, report),
        _ => {}
    }
}

/// One pass from left to right; what has been put in is not looked at again, so a value may hold any text.
fn interpolate(text: &str, env: Env<'_>) -> Result<String, Fault> {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        done.push_str(&rest[..dollar]);
        rest = &rest[dollar..];
        if let Some(behind) = rest.strip_prefix("$${") {
            done.push_str("${");
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix("${") {
            let (reference, behind) = behind.split_once('}').ok_or(Fault::Unclosed)?;
            done.push_str(&substitute(reference, env)?);
            rest = behind;
        } else {
            done.push('$');
            rest = &rest[1..];
        }
    }
    done.push_str(rest);
    Ok(done)
}

/// The value of `NAME` or `NAME:-default`. As in a shell, the default also replaces a variable that is set but empty.
fn substitute(reference: &str, env: Env<'_>) -> Result<String, Fault> {
    let (name, default) = reference.split_once(":-").map_or((reference, None), |(name, text)| (name, Some(text)));
    let is_name = !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    if !is_name {
        return Err(Fault::NoName);
    }
    match (env(name), default) {
        (Some(value), None) => Ok(value),
        (Some(value), Some(_)) if !value.is_empty() => Ok(value),
        (_, Some(default)) => Ok(default.to_owned()),
        (None, None) => Err(Fault::Unset(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(name: &str) -> Option<String> {
        match name {
            "HOST" => Some("h\"]\n[x]".to_owned()),
            "EMPTY" => Some(String::new()),
            "NESTED" => Some("${HOST}".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn references_are_substituted_once() {
        for (text, expected) in [
            ("plain $5 $", "plain $5 $"),
            ("${HOST}:1", "h\"]\n[x]:1"),
            ("${UNSET:-a}${UNSET:-}b", "ab"),
            ("${EMPTY}|${EMPTY:-x}", "|x"),
            ("$${HOST} $$${HOST}", "${HOST} $${HOST}"),
            ("${NESTED}", "${HOST}"),
            ("${UNSET:-mongodb://u:p@h:1/?a=b}", "mongodb://u:p@h:1/?a=b"),
            ("ção${EMPTY}ção", "çãoção"),
        ] {
            assert_eq!(interpolate(text, &env).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn faults_name_the_variable() {
        assert_eq!(interpolate("a${UNSET}", &env), Err(Fault::Unset("UNSET".to_owned())));
        assert_eq!(interpolate("a${HOST", &env), Err(Fault::Unclosed));
        for name in ["", "A B", "1A", "HOST-x"] {
            assert_eq!(interpolate(&format!("${{{name}}}"), &env), Err(Fault::NoName), "{name}");
        }
    }
}
