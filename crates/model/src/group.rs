//! The canonical text of a group: the values of the `group_by` fields, joined by `|`.
//!
//! One text serves as the key of the arrangement, as the end of a document's `_id` and in every message. It is
//! injective for a fixed number of values: a `|` or `\` inside a value is written with a `\` before it.

/// Appends `value` to the canonical text that `group` holds; `first` tells whether it is the first value of the group.
///
/// ```
/// # use mare_model::group::{push, split};
/// let mut group = String::new();
/// push(&mut group, "Casa|Jardim", true);
/// push(&mut group, "SP", false);
/// assert_eq!(group, r"Casa\|Jardim|SP");
/// assert_eq!(split(&group), ["Casa|Jardim", "SP"]);
/// ```
pub fn push(group: &mut String, value: &str, first: bool) {
    if !first {
        group.push('|');
    }
    for part in value.split_inclusive(['|', '\\']) {
        match part.strip_suffix(['|', '\\']) {
            Some(plain) => {
                group.push_str(plain);
                group.push('\\');
                group.push_str(&part[plain.len()..]);
            }
            None => group.push_str(part),
        }
    }
}

/// Whether `value` stands in a canonical text as it is, so that a group of one value needs no copy.
#[inline]
#[must_use]
pub fn is_plain(value: &str) -> bool {
    memchr::memchr2(b'|', b'\\', value.as_bytes()).is_none()
}

/// The values of a canonical text, in order.
#[must_use]
pub fn split(group: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut characters = group.chars();
    while let Some(character) = characters.next() {
        match character {
            '|' => values.push(String::new()),
            '\\' => values.last_mut().expect("never empty").extend(characters.next()),
            other => values.last_mut().expect("never empty").push(other),
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_injective_and_splits_back() {
        let values = ["", "|", "\\", "a|b", "\\|", "a\\", "ção"];
        let mut seen = std::collections::HashSet::new();
        for first in values {
            for second in values {
                let mut group = String::new();
                push(&mut group, first, true);
                push(&mut group, second, false);
                assert_eq!(split(&group), [first, second]);
                assert!(seen.insert(group));
                assert_eq!(is_plain(first), !first.contains(['|', '\\']));
            }
        }
    }
}
