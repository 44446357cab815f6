//! Words in lines that fit a terminal, those behind the first hung below its first word. Pure.
//!
//! What stands between backticks is one word, so that a command stays on one line and can be copied.

use console::{Term, measure_text_width};

/// How many columns `term` has, if it is one.
pub(super) fn columns(term: &Term) -> Option<usize> {
    term.size_checked().filter(|_| term.is_term()).map(|(_, columns)| columns.into())
}

/// `text` behind `name` in lines of at most `width` columns, where its words allow that; without a width it is not
/// wrapped.
pub(super) fn hung(name: &str, text: &str, width: Option<usize>) -> Vec<String> {
    let (indent, width) = (measure_text_width(name), width.unwrap_or(usize::MAX));
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = if lines.is_empty() { name.to_owned() } else { " ".repeat(indent) };
        let mut is_bare = true;
        for word in words(paragraph) {
            let taken = measure_text_width(&line);
            if !is_bare && taken + 1 + measure_text_width(word) > width {
                lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
            } else if !is_bare {
                line.push(' ');
            }
            line.push_str(word);
            is_bare = false;
        }
        lines.push(line);
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// The words of a text, what is quoted as one.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_quoted = text.matches('`').count().is_multiple_of(2);
    let mut is_within = false;
    text.split(move |letter: char| {
        is_within ^= letter == '`' && is_quoted;
        letter == ' ' && !is_within
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_hang_below_the_first_one() {
        let lines = hung("error: ", "no topic of that name is there", Some(20));
        assert_eq!(lines, ["error: no topic of", "       that name is", "       there"]);
        assert_eq!(hung("error: ", "no topic of that name is there", None), ["error: no topic of that name is there"]);
        assert_eq!(hung("\x1b[31merror:\x1b[0m ", "a b", Some(8)), ["\x1b[31merror:\x1b[0m a", "       b"]);
        assert_eq!(hung("- ", "a\n  b", Some(20)), ["- a", "    b"], "lines stay lines, with their indentation");
    }

    #[test]
    fn what_can_be_copied_stays_in_one_piece() {
        let lines = hung("", "make it with `mare topic create sales`; or wait", Some(16));
        assert_eq!(lines, ["make it with", "`mare topic create sales`;", "or wait"]);
        assert_eq!(hung("", "a ` of its own", Some(6)), ["a ` of", "its", "own"]);
    }
}
