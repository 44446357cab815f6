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
pub fn is_plain(value: &[u8]) -> bool {
    let (words, rest) = value.as_chunks::<8>();
    !words.iter().any(|word| is_marked(u64::from_le_bytes(*word))) && !is_marked(end_of(value, rest))
}

/// What is left of `value` behind its whole words, with bytes that come before it, or with zeros behind.
#[inline]
fn end_of(value: &[u8], rest: &[u8]) -> u64 {
    match (value.last_chunk::<8>(), rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        (Some(word), ..) => u64::from_le_bytes(*word),
        (None, Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
        }
        _ => rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// The one bit in which `|` and `\` differ: who sets it finds both by one comparison.
const SET: u8 = b'|' ^ b'\\';

/// Whether a `|` or a `\` is among the eight bytes of `word`: set alike, they are the bytes that become 0.
#[inline]
fn is_marked(word: u64) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let differences = (word | (ONES * u64::from(SET))) ^ (ONES * u64::from(b'|'));
    differences.wrapping_sub(ONES) & !differences & (ONES * 0x80) != 0
}

/// The values of a canonical text, in order; null is `None`.
#[must_use]
pub fn split(group: &str) -> Vec<Option<String>> {
    if !group.contains('\\') {
        return group.split('|').map(|value| Some(value.to_owned())).collect();
    }
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
    fn a_text_is_plain_without_both_marks_wherever_they_stand() {
        for length in 0..20 {
            let plain: String = (0..length).map(|place| char::from(b'{' + place as u8 % 4 * 2 % 5)).collect();
            let plain = plain.replace('|', "]");
            assert!(is_plain(plain.as_bytes()), "{plain}");
            for place in 0..length {
                for mark in ["|", "\\"] {
                    let mut marked = plain.clone();
                    marked.replace_range(place..=place, mark);
                    assert!(!is_plain(marked.as_bytes()), "{marked}");
                }
            }
        }
        for byte in 0..=0x7F {
            let text = char::from(byte).to_string().repeat(8);
            assert_eq!(is_plain(text.as_bytes()), byte != b'|' && byte != b'\\', "{text:?}");
        }
    }

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
            let is_plain = first.map(|first| (is_plain(first.as_bytes()), !first.contains(['|', '\\'])));
            assert!(is_plain.is_none_or(|(is_plain, expected)| is_plain == expected));
        }
    }
}
