//! From the text of an expression to its words and signs, within bounds, each with its column.

use super::error::ExpressionError;

/// The longest text of an expression, in bytes.
pub const EXPRESSION_BYTES_MAX: usize = 1 << 14;

/// The most words and signs.
const TOKENS_MAX: usize = 2_048;

/// The signs of more than one letter: ours, and those of elsewhere that are refused as a whole. Of two that begin alike
/// the longer one stands first.
const LONG_SIGNS: [&str; 18] =
    ["<=>", "->>", "!~*", "<>", "!=", "<=", ">=", "||", "::", "==", "&&", "->", "=>", "<<", ">>", "~*", "!~", ":="];

/// The signs that people bring from elsewhere, and what to write instead.
const OF_ELSEWHERE: [(&str, &str); 4] =
    [("==", "write `=`"), ("&&", "write `AND`"), ("!", "write `NOT`"), ("^", "there are no powers; multiply")];

/// A word or a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A keyword or a name: where it stands says which.
    Word(&'t str),
    /// A name in double quotes, without those around it.
    Quoted(&'t str),
    /// A text in single quotes, without those around it.
    Text(&'t str),
    /// Digits with at most one point; or what is meant for a number and is none here.
    Number(&'t str),
    /// An operator, a parenthesis, a comma; or a letter that means nothing.
    Sign(&'t str),
    /// A literal of elsewhere: `X'41'`, `?`, `$1`.
    Foreign(&'t str),
    /// Behind the last.
    End,
}

impl Token<'_> {
    /// Whether it is this keyword, in any case, or this sign.
    pub(super) fn is(self, spelt: &str) -> bool {
        match self {
            Token::Word(word) => word.eq_ignore_ascii_case(spelt),
            Token::Sign(sign) => sign == spelt,
            _ => false,
        }
    }
}

/// A token, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed<'t> {
    pub(super) token: Token<'t>,
    /// The column, in characters, counted from 1.
    pub(super) at: u32,
    /// From which byte of the text to which.
    start: usize,
    end: usize,
}

/// A text as tokens.
pub(super) struct Tokens<'t> {
    text: &'t str,
    tokens: Vec<Placed<'t>>,
    /// What stands behind all of them.
    end: Placed<'t>,
}

impl<'t> Tokens<'t> {
    /// The tokens of a text, if they are few enough, and known here.
    pub(super) fn of(text: &'t str) -> Result<Tokens<'t>, ExpressionError> {
        if text.len() > EXPRESSION_BYTES_MAX {
            let what = format_args!("the expression has {} bytes, more than {EXPRESSION_BYTES_MAX}", text.len());
            return Err(ExpressionError::new(1, what, "make it shorter"));
        }
        let (mut tokens, mut start, mut at) = (Vec::new(), 0, 1);
        while let Some(first) = text[start..].chars().next() {
            let rest = &text[start..];
            let length = if is_space(first) {
                first.len_utf8()
            } else {
                if tokens.len() >= TOKENS_MAX {
                    let what = format_args!("the expression has more than {TOKENS_MAX} words and signs");
                    return Err(ExpressionError::new(at, what, "make it shorter"));
                }
                let (token, length) = token(rest, first, at)?;
                tokens.push(Placed { token, at, start, end: start + length });
                length
            };
            at += letters(&rest[..length]);
            start += length;
        }
        Ok(Tokens { text, tokens, end: Placed { token: Token::End, at, start, end: start } })
    }

    /// The token of a place; behind the last one there is an end.
    pub(super) fn get(&self, place: usize) -> Placed<'t> {
        self.tokens.get(place).copied().unwrap_or(self.end)
    }

    /// The tokens from one place until before another.
    pub(super) fn between(&self, first: usize, end: usize) -> Vec<Token<'t>> {
        (first..end).map(|place| self.get(place).token).collect()
    }

    /// The same as they are written.
    pub(super) fn written(&self, first: usize, end: usize) -> &'t str {
        let last = self.get(end.saturating_sub(1).max(first));
        &self.text[self.get(first).start..last.end]
    }
}

/// How many characters a text has.
fn letters(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

/// Whether a letter only keeps others apart.
fn is_space(letter: char) -> bool {
    letter.is_ascii() && letter.is_whitespace()
}

/// Whether a letter begins a name, as in PostgreSQL.
fn is_name_start(letter: char) -> bool {
    letter.is_ascii_alphabetic() || letter == '_' || !letter.is_ascii()
}

/// Whether a letter goes on with one.
fn is_name_part(letter: char) -> bool {
    is_name_start(letter) || letter.is_ascii_digit() || letter == '$'
}

/// How many bytes of a text pass, from its begin.
fn run(text: &str, passes: impl Fn(char) -> bool) -> usize {
    text.find(|letter| !passes(letter)).unwrap_or(text.len())
}

/// The token that a text begins with, and its length in bytes.
fn token(rest: &str, first: char, at: u32) -> Result<(Token<'_>, usize), ExpressionError> {
    match first {
        '\'' => quoted(rest, first, at).map(|(inner, length)| (Token::Text(inner), length)),
        '"' => quoted(rest, first, at).map(|(inner, length)| (Token::Quoted(inner), length)),
        '?' | '$' => {
            let length = 1 + run(&rest[1..], is_name_part);
            Ok((Token::Foreign(&rest[..length]), length))
        }
        _ if is_name_start(first) => word(rest, at),
        _ if run(rest.strip_prefix('.').unwrap_or(rest), |letter| letter.is_ascii_digit()) > 0 => {
            let length = number(rest);
            Ok((Token::Number(&rest[..length]), length))
        }
        _ => sign(rest, first, at),
    }
}

/// What stands in quotes, which are doubled in it, and its length with them.
fn quoted(rest: &str, quote: char, at: u32) -> Result<(&str, usize), ExpressionError> {
    let mut end = 1;
    while let Some(found) = rest[end..].find(quote) {
        end += found + 1;
        if !rest[end..].starts_with(quote) {
            return Ok((&rest[1..end - 1], end));
        }
        end += 1;
    }
    let what = if quote == '"' { "unterminated name" } else { "unterminated string literal" };
    let remedy = "a text stands in 'single quotes', with '' for one of them in it, a name in \"double quotes\"";
    Err(ExpressionError::new(at, what, remedy))
}

/// A keyword or a name; or one letter right before a text, which is how others write bytes.
fn word(rest: &str, at: u32) -> Result<(Token<'_>, usize), ExpressionError> {
    let length = run(rest, is_name_part);
    let word = &rest[..length];
    if word.eq_ignore_ascii_case("SELECT") {
        let remedy = "an expression sees one event; a field of that name stands in \"double quotes\"";
        return Err(ExpressionError::new(at, "a query is no part of an expression", remedy));
    }
    if length == 1 && rest[length..].starts_with('\'') {
        let (_, behind) = quoted(&rest[length..], '\'', at)?;
        return Ok((Token::Foreign(&rest[..length + behind]), length + behind));
    }
    Ok((Token::Word(word), length))
}

/// The length of a number: digits, perhaps with one point; and what others write behind them.
fn number(rest: &str) -> usize {
    let digits = |from: usize| from + run(&rest[from..], |letter| letter.is_ascii_digit());
    let mut end = digits(0);
    if rest[end..].starts_with('.') {
        end = digits(end + 1);
    }
    let behind = &rest[end..];
    if let Some(exponent) = behind.strip_prefix(['e', 'E']) {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        let power = digits(end + 1 + sign);
        return if power > end + 1 + sign { power } else { end };
    }
    let is_other = behind.starts_with('_') || (&rest[..end] == "0" && behind.starts_with(['x', 'X']));
    if is_other { end + run(behind, is_name_part) } else { end }
}

/// A sign that there is, or a letter.
fn sign(rest: &str, first: char, at: u32) -> Result<(Token<'_>, usize), ExpressionError> {
    if rest.starts_with("--") || rest.starts_with("/*") {
        let remedy = "write it outside; two minus signs have a space between them";
        return Err(ExpressionError::new(at, "a comment is no part of an expression", remedy));
    }
    let long = LONG_SIGNS.iter().find(|sign| rest.starts_with(**sign));
    let length = long.map_or(first.len_utf8(), |sign| sign.len());
    let sign = &rest[..length];
    match OF_ELSEWHERE.iter().find(|(known, _)| *known == sign) {
        Some((_, remedy)) => Err(ExpressionError::new(at, format_args!("`{sign}` is no operator here"), remedy)),
        None => Ok((Token::Sign(sign), length)),
    }
}
