//! Words of others, made fit for people: the one place that escapes.
//!
//! A record may hold what a terminal obeys (`ESC`, other controls), what begins a new line of a log, and what makes a
//! text look like another one: marks that turn the direction of writing, and characters without a width. None of these
//! reaches a terminal, a text log, a table or the page as it is: it is shown by its number, `\u{1b}`. What programs
//! read (JSON, CSV in a file, documents) keeps every character; where JSON goes to people as well, its own escapes
//! stand for the same.

use std::borrow::Cow;
use std::fmt::{self, Display, Write};

/// Whether `character` does something to its surroundings instead of being seen.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' // soft hyphen
                | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // direction
                | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{feff}' // no width
                | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' // fillers
                | '\u{2028}' | '\u{2029}' // line and paragraph
                | '\u{3164}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' // fillers, tags
        )
}

/// `text` on one line, with what is hidden in it shown.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    shown(text, |_| false, push_rust)
}

/// The same for a text of several lines, which keeps them.
#[must_use]
pub fn plain_lines(text: &str) -> Cow<'_, str> {
    shown(text, |character| character == '\n', push_rust)
}

/// JSON with its own escapes in the place of what is hidden in its texts: the same JSON. Line ends between its parts
/// stay.
#[must_use]
pub fn plain_json(json: &str) -> Cow<'_, str> {
    shown(
        json,
        |character| matches!(character, '\n' | '\r' | '\t'),
        |shown, character| {
            character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| push(shown, format_args!("\\u{unit:04x}")));
        },
    )
}

/// What is displayed, as [`plain`] shows it.
#[derive(Clone, Copy, Debug)]
pub struct Plain<T>(pub T);

impl<T: Display> Display for Plain<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plain(&self.0.to_string()))
    }
}

/// `text` with `write` for everything hidden that does not `stay`.
fn shown(text: &str, stays: impl Fn(char) -> bool, write: impl Fn(&mut String, char)) -> Cow<'_, str> {
    if is_printable_ascii(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let is_shown = |character: char| is_hidden(character) && !stays(character);
    let Some(first) = text.find(is_shown) else { return Cow::Borrowed(text) };
    let mut shown = String::with_capacity(text.len() + 16);
    shown.push_str(&text[..first]);
    for character in text[first..].chars() {
        if is_shown(character) { write(&mut shown, character) } else { shown.push(character) }
    }
    Cow::Owned(shown)
}

/// Whether there is nothing in a text but what has been seen since there are terminals: most texts are so, and it is
/// found many bytes at a time.
fn is_printable_ascii(text: &[u8]) -> bool {
    !text.iter().fold(false, |is_other, byte| is_other | !matches!(byte, b' '..=b'~'))
}

/// As Rust writes it: `\n`, `\t`, `\u{202e}`.
fn push_rust(shown: &mut String, character: char) {
    match character {
        '\n' | '\r' | '\t' | '\0' => push(shown, format_args!("{}", character.escape_debug())),
        other => push(shown, format_args!("{}", other.escape_unicode())),
    }
}

fn push(shown: &mut String, text: fmt::Arguments<'_>) {
    let _ = shown.write_fmt(text); // a string takes everything
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_shown_and_the_rest_stays() {
        for (text, expected) in [
            ("Eletrônicos, 日本 \"x\" 'y' \\ 👍", "Eletrônicos, 日本 \"x\" 'y' \\ 👍"),
            ("a\x1b[31mb\x07", "a\\u{1b}[31mb\\u{7}"),
            ("two\nlines\r\tand\0", "two\\nlines\\r\\tand\\0"),
            ("\u{9b}31m\u{85}\u{7f}", "\\u{9b}31m\\u{85}\\u{7f}"),
            ("a\u{202e}b\u{2066}c\u{200f}", "a\\u{202e}b\\u{2066}c\\u{200f}"),
            (
                "z\u{200b}e\u{200d}r\u{feff}o\u{ad}\u{e0041}\u{3164}",
                "z\\u{200b}e\\u{200d}r\\u{feff}o\\u{ad}\\u{e0041}\\u{3164}",
            ),
            ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"),
        ] {
            assert_eq!(plain(text), expected);
            assert_eq!(Plain(text).to_string(), expected);
            assert!(!plain(text).contains(is_hidden));
        }
        assert_eq!(plain_lines("a\nb\x1b"), "a\nb\\u{1b}");
        assert!(matches!(plain("nothing"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_stays_the_same_json() {
        let text = "\u{9b}\u{202e}\u{e0041}\u{feff} ção \"\\";
        let json = format!("{{\n  \"a\": {}\n}}", serde_json::to_string(text).expect("JSON"));
        let shown = plain_json(&json);
        assert!(shown.lines().count() == 3 && !shown.replace('\n', "").contains(is_hidden), "{shown}");
        let back: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
        assert_eq!(back["a"], text);
    }
}
