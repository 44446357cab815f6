//! From the text of an expression to the tokens of the parser, within bounds, and from the parser's places to columns.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Whitespace};

use super::error::ExpressionError;
use super::spelling::Spelling;

/// The longest text of an expression, in bytes.
pub const EXPRESSION_BYTES_MAX: usize = 1 << 14;

/// The most words and signs. The parser makes a chain of operators half as deep as it is long, and such a tree is
/// walked and dropped on the stack.
const TOKENS_MAX: usize = 2_048;

/// How deep parentheses, `CASE` and signs before an operand may stand within each other.
const NESTING_MAX: u32 = 32;

/// Where lines begin, in characters.
pub(super) struct Columns {
    lines: Vec<u32>,
    /// One behind the last character.
    end: u32,
}

impl Columns {
    fn of(text: &str) -> Columns {
        let (mut lines, mut end) = (vec![0], 0);
        for letter in text.chars() {
            end += 1;
            if letter == '\n' {
                lines.push(end);
            }
        }
        Columns { lines, end: end + 1 }
    }

    /// The column of a place; one that the parser doesn't know is the end.
    pub(super) fn column(&self, place: Location) -> u32 {
        let line = usize::try_from(place.line).ok().and_then(|line| line.checked_sub(1));
        let before = line.and_then(|line| self.lines.get(line));
        let column = u32::try_from(place.column).unwrap_or(u32::MAX);
        before.map_or(self.end, |before| before.saturating_add(column)).min(self.end)
    }

    /// One behind the last character.
    pub(super) fn end(&self) -> u32 {
        self.end
    }
}

/// A text as tokens.
pub(super) struct Tokens {
    pub(super) tokens: Vec<TokenWithSpan>,
    pub(super) columns: Columns,
    /// The column of what stands deepest.
    pub(super) deepest: u32,
}

impl Tokens {
    /// The tokens of a text, if they are few enough, and not too deep in each other.
    pub(super) fn of(text: &str) -> Result<Tokens, ExpressionError> {
        if text.len() > EXPRESSION_BYTES_MAX {
            let what = format_args!("the expression has {} bytes, more than {EXPRESSION_BYTES_MAX}", text.len());
            return Err(ExpressionError::new(1, what, "make it shorter"));
        }
        let columns = Columns::of(text);
        let tokens = Tokenizer::new(&Spelling, text).tokenize_with_location().map_err(|error| {
            let what = error.message.trim_end_matches('.').replacen("Unterminated", "unterminated", 1);
            ExpressionError::new(columns.column(error.location), what, REMEDY_TEXT)
        })?;
        let mut depth = Depth::default();
        let seen = tokens.iter().filter(|token| !is_space(&token.token));
        for (count, token) in seen.enumerate() {
            let at = columns.column(token.span.start);
            if count >= TOKENS_MAX {
                let what = format_args!("the expression has more than {TOKENS_MAX} words and signs");
                return Err(ExpressionError::new(at, what, "make it shorter"));
            }
            known(&token.token, at)?;
            depth.pass(&token.token, at)?;
        }
        Ok(Tokens { tokens, columns, deepest: depth.deepest })
    }
}

const REMEDY_TEXT: &str =
    "a text stands in 'single quotes', with '' for one of them in it, a name in \"double quotes\"";

/// Whether a token only keeps others apart.
fn is_space(token: &Token) -> bool {
    matches!(token, Token::Whitespace(Whitespace::Space | Whitespace::Newline | Whitespace::Tab))
}

/// Refuses what people bring from elsewhere, and what would be passed over in silence.
fn known(token: &Token, at: u32) -> Result<(), ExpressionError> {
    let remedy = match token {
        Token::Word(word) if word.quote_style.is_none() && word.keyword == Keyword::SELECT => {
            let remedy = "an expression sees one event; a field of that name stands in \"double quotes\"";
            return Err(ExpressionError::new(at, "a query is no part of an expression", remedy));
        }
        Token::Whitespace(Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_)) => {
            let remedy = "write it outside; two minus signs have a space between them";
            return Err(ExpressionError::new(at, "a comment is no part of an expression", remedy));
        }
        Token::DoubleEq => "write `=`",
        Token::Overlap => "write `AND`",
        Token::ExclamationMark => "write `NOT`",
        Token::Caret => "there are no powers; multiply",
        _ => return Ok(()),
    };
    Err(ExpressionError::new(at, format_args!("`{token}` is no operator here"), remedy))
}

/// How deep a token stands.
#[derive(Default)]
struct Depth {
    /// Parentheses and `CASE` that are open.
    open: u32,
    /// Signs and `NOT` in a row before an operand.
    signs: u32,
    most: u32,
    deepest: u32,
}

impl Depth {
    fn pass(&mut self, token: &Token, at: u32) -> Result<(), ExpressionError> {
        let keyword = if let Token::Word(word) = token { word.keyword } else { Keyword::NoKeyword };
        match (token, keyword) {
            (Token::LParen | Token::LBracket | Token::LBrace, _) | (_, Keyword::CASE) => {
                self.open += 1 + self.signs;
                self.signs = 0;
            }
            (Token::RParen | Token::RBracket | Token::RBrace, _) | (_, Keyword::END) => {
                self.open = self.open.saturating_sub(1);
            }
            (Token::Minus | Token::Plus, _) | (_, Keyword::NOT) => self.signs += 1,
            _ => self.signs = 0,
        }
        let depth = self.open + self.signs;
        if depth > self.most {
            (self.most, self.deepest) = (depth, at);
        }
        if depth > NESTING_MAX { Err(too_deep(at)) } else { Ok(()) }
    }
}

/// What is said of an expression that is too deep.
pub(super) fn too_deep(at: u32) -> ExpressionError {
    ExpressionError::new(
        at,
        "the expression is nested too deeply",
        "leave out parentheses, or compute a part in a field",
    )
}
