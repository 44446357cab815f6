//! Patterns of `LIKE` and `ILIKE`.

/// A pattern, taken apart once.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pieces: Box<[Piece]>,
    /// Whether upper and lower case are the same.
    folded: bool,
}

/// What stands at one place of a pattern.
#[derive(Clone, Copy, Debug)]
enum Piece {
    /// This letter.
    Letter(char),
    /// `_`: any one.
    One,
    /// `%`: as many as you like.
    Any,
}

impl Pattern {
    /// The pattern that a text is; none if it ends with the letter that makes the next one stand for itself, or if that
    /// letter stands before one that needs none.
    pub(super) fn new(text: &str, escape: Option<char>, folded: bool) -> Option<Pattern> {
        let (mut letters, mut pieces) = (text.chars(), Vec::new());
        while let Some(letter) = letters.next() {
            let piece = match letter {
                letter if Some(letter) == escape => match letters.next()? {
                    next if next == '%' || next == '_' || next == letter => Piece::Letter(next),
                    _ => return None,
                },
                '%' if matches!(pieces.last(), Some(Piece::Any)) => continue,
                '%' => Piece::Any,
                '_' => Piece::One,
                letter => Piece::Letter(letter),
            };
            pieces.push(piece);
        }
        Some(Pattern { pieces: pieces.into(), folded })
    }

    /// Whether a text is as the pattern says, all of it.
    ///
    /// Of all places at which a `%` could end only the last that was passed needs another try: what stands before it is
    /// matched already, and `%` may take in whatever lies between. So the work is at most the product of both lengths,
    /// and nothing is allocated.
    pub(super) fn matches(&self, text: &str) -> bool {
        let (mut letters, mut place) = (text.chars(), 0);
        let mut again = None;
        loop {
            match (self.pieces.get(place), letters.clone().next()) {
                (Some(Piece::Any), _) => {
                    place += 1;
                    again = Some((letters.clone(), place));
                }
                (Some(piece), Some(letter)) if self.fits(*piece, letter) => {
                    letters.next();
                    place += 1;
                }
                (None, None) => return true,
                _ => {
                    let Some((from, behind)) = &mut again else { return false };
                    if from.next().is_none() {
                        return false;
                    }
                    (letters, place) = (from.clone(), *behind);
                }
            }
        }
    }

    fn fits(&self, piece: Piece, letter: char) -> bool {
        match piece {
            Piece::Letter(own) => own == letter || self.folded && own.to_lowercase().eq(letter.to_lowercase()),
            Piece::One | Piece::Any => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern, Some('!'), false).unwrap().matches(text)
    }

    #[test]
    fn a_pattern_is_all_of_the_text() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("%", "", true),
            ("_", "", false),
            ("_", "ã", true),
            ("a%", "abc", true),
            ("%c", "abc", true),
            ("%b%", "abc", true),
            ("a_c", "abc", true),
            ("a_c", "abbc", false),
            ("%ab%ab", "abab", true),
            ("%ab%ab", "ab", false),
            ("a%b%c", "aXbXbXc", true),
            ("a%%%b", "ab", true),
            ("10!%", "10%", true),
            ("10!%", "100", false),
            ("!!", "!", true),
            ("PAID", "PAID", true),
            ("PAID", "PAID ", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern:?} {text:?}");
        }
    }

    #[test]
    fn letters_are_folded_one_by_one() {
        let folds = |pattern, text| Pattern::new(pattern, None, true).unwrap().matches(text);
        assert!(folds("são%", "SÃO PAULO") && folds("%PAULO", "são paulo") && !folds("sao%", "SÃO PAULO"));
    }

    #[test]
    fn an_escape_stands_before_what_needs_one() {
        assert!(Pattern::new("a!", Some('!'), false).is_none() && Pattern::new("!a", Some('!'), false).is_none());
        assert!(Pattern::new("a!", None, false).unwrap().matches("a!"));
    }

    #[test]
    fn many_percents_take_no_exponential_time() {
        let (pattern, text) = ("%a".repeat(2_000), "a".repeat(1_999) + "b");
        assert!(!matches(&pattern, &text));
    }
}
