//! The canonical text of a group: the values of the `group_by` fields, joined by `|`.
//!
//! One text serves as the key of the arrangement, as the end of a document's `_id` and in every message. It is
//! injective for a fixed number of values: a `|` or `\` inside a value is written with a `\` before it, and null, which
//! is no text, as `\N`.

/// What stands for null: no value is written so, for of what is behind a `\` an `N` is none.
const NULL: &str = r"\N";

/// Appends `value`, of which null is `None`, to the canonical text that `group` holds; `first` tells whether it is the
/// first value of the group.
///
/// ```
/// # use mare_model::group::{push, split};
/// let mut group = String::new();
/// push(&mut group, Some("Casa|Jardim"), true);
/// push(&mut group, Some("SP"), false);
/// push(&mut group, None, false);
/// assert_eq!(group, r"Casa\|Jardim|SP|\N");
/// assert_eq!(split(&group), [Some("Casa|Jardim".to_owned()), Some("SP".to_owned()), None]);
/// ```
pub fn push(group: &mut String, value: Option<&str>, first: bool) {
    if !first {
        group.push('|');
    }
    let Some(value) = value else { return group.push_str(NULL) };
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

/// The values of a canonical text, in order; null is `None`.
#[must_use]
pub fn split(group: &str) -> Vec<Option<String>> {
    let mut values = vec![Some(String::new())];
    let mut characters = group.chars();
    while let Some(character) = characters.next() {
        let value = values.last_mut().expect("never empty");
        match character {
            '|' => values.push(Some(String::new())),
            '\\' => match characters.next() {
                Some('N') => *value = None,
                escaped => value.get_or_insert_default().extend(escaped),
            },
            other => value.get_or_insert_default().push(other),
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_injective_and_splits_back() {
        let texts = ["", "|", "\\", "a|b", "\\|", "a\\", "ção", "N", "\\N", "null"];
        let values: Vec<_> = texts.into_iter().map(Some).chain([None]).collect();
        let mut seen = std::collections::HashSet::new();
        for first in values.iter().copied() {
            for second in values.iter().copied() {
                let mut group = String::new();
                push(&mut group, first, true);
                push(&mut group, second, false);
                assert_eq!(split(&group), [first, second].map(|value| value.map(str::to_owned)));
                assert!(seen.insert(group));
            }
            let is_plain = first.map(|first| (is_plain(first), !first.contains(['|', '\\'])));
            assert!(is_plain.is_none_or(|(is_plain, expected)| is_plain == expected));
        }
    }
}
