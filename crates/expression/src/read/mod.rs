//! From the text of an expression to its term: a parser by precedence, within bounds.
//!
//! An expression is an operand and what follows it: [`Parser::expression`] takes the operators that bind more tightly
//! than what it stands in, and those take their right sides by the same function. It calls itself once for each level,
//! and counts that, so a thread's usual stack is enough. Nothing is tried and taken back: the tokens that come say what
//! it is.
//!
//! # Layout
//! * `operand`: what an expression begins with; `literal`: numbers and times
//! * `operator`: the table of what may follow an operand, and how tightly it binds
//! * `call`: functions; `cast`: types to cast to; `date`: parts of a date, and zones

mod call;
mod cast;
mod date;
mod literal;
mod operand;
mod operator;

use jiff::tz::TimeZone;

pub use self::call::is_function;

use super::error::ExpressionError;
use super::scope::Scope;
use super::term::{Term, What};
use super::tokens::{Placed, Token, Tokens};

/// How deep parentheses, `CASE` and signs before an operand may stand within each other.
const NESTING_MAX: u32 = 32;

/// How deep the parser may call itself: once for what stands in parentheses, and once for each right side of an
/// operator in another. That takes less than 256 KiB of stack.
const RECURSION_MAX: u32 = 96;

/// How deep terms may stand within each other; chains of `AND` and of `OR` count as one.
const DEPTH_MAX: u32 = 128;

/// The longest part of a text that a message repeats, in characters.
const QUOTED_MAX: usize = 40;

/// The term that a text is: one expression, and nothing behind it.
pub(super) fn read(text: &str, scope: &Scope) -> Result<Term, ExpressionError> {
    let tokens = Tokens::of(text)?;
    let mut parser = Parser { scope, tokens: &tokens, next: 0, nesting: 0, recursion: 0 };
    let operand = parser.plain(operator::NONE)?;
    let rest = parser.peek();
    if rest.token == Token::End {
        return Ok(operand.term);
    }
    let what = format_args!("`{}` stands behind the end of the expression", parser.written(parser.next));
    let remedy =
        "join two conditions by AND or OR, and write a field that is named like a keyword in \"double quotes\"";
    Err(ExpressionError::new(rest.at, what, remedy))
}

/// A text that a message can repeat, on one line.
fn shortened(text: &str) -> String {
    let mut letters = text.chars().map(|letter| if letter.is_whitespace() { ' ' } else { letter });
    let start: String = letters.by_ref().take(QUOTED_MAX).collect();
    if letters.next().is_some() { format!("{start}…") } else { start }
}

/// What is said of an expression that is too deep.
fn too_deep(at: u32) -> ExpressionError {
    ExpressionError::new(
        at,
        "the expression is nested too deeply",
        "leave out parentheses, or compute a part in a field",
    )
}

/// What has been read so far of one expression.
struct Parser<'t> {
    scope: &'t Scope,
    tokens: &'t Tokens<'t>,
    /// The place of the token that comes.
    next: usize,
    /// Parentheses and `CASE` that are open, and the signs before them.
    nesting: u32,
    /// How often the parser has called itself.
    recursion: u32,
}

/// A part of an expression that has been read.
struct Operand {
    term: Term,
    /// The place of its first token, parentheses and all.
    first: usize,
    /// How many levels it has, parentheses among them.
    height: u32,
    /// The zone behind `AT TIME ZONE`, for which there is a use only in a part of a date.
    zone: Option<TimeZone>,
}

type Read<T> = Result<T, ExpressionError>;

impl<'t> Parser<'t> {
    /// The token that comes.
    fn peek(&self) -> Placed<'t> {
        self.tokens.get(self.next)
    }

    /// The one that comes so many behind it.
    fn ahead(&self, by: usize) -> Token<'t> {
        self.tokens.get(self.next + by).token
    }

    /// Goes on by one.
    fn advance(&mut self) -> Placed<'t> {
        let passed = self.peek();
        self.next += 1;
        passed
    }

    /// Whether these words and signs come; then it goes on behind them.
    fn takes(&mut self, spelt: &[&str]) -> bool {
        let comes = spelt.iter().enumerate().all(|(by, spelt)| self.ahead(by).is(spelt));
        if comes {
            self.next += spelt.len();
        }
        comes
    }

    /// Goes on behind a word or a sign that has to come.
    fn expect(&mut self, spelt: &str) -> Read<()> {
        if self.takes(&[spelt]) { Ok(()) } else { Err(self.wanted(spelt)) }
    }

    /// What is said if something else comes than should.
    fn wanted(&self, expected: &str) -> ExpressionError {
        let remedy = "write one SQL expression, with a field that is named like a keyword in \"double quotes\"";
        let found = self.peek();
        match found.token {
            Token::End => {
                let what = format_args!("the expression ends where there should be {expected}");
                ExpressionError::new(found.at, what, remedy)
            }
            _ => {
                let what = format_args!("`{}` stands where there should be {expected}", self.written(self.next));
                ExpressionError::new(found.at, what, remedy)
            }
        }
    }

    /// A token as a message repeats it.
    fn written(&self, place: usize) -> String {
        shortened(self.tokens.written(place, place + 1))
    }

    /// What is said of what other dialects have, from its first token up to here.
    fn refused(&self, first: usize, at: u32) -> ExpressionError {
        let written = shortened(self.tokens.written(first, self.next));
        let what = format_args!("`{written}` is no part of expressions here");
        ExpressionError::new(at, what, "what there is stands in docs/expressions.md")
    }

    /// Goes behind a token, or behind all that is in parentheses if it opens some.
    fn skip_group(&mut self) {
        let mut open = 0_u32;
        while self.peek().token != Token::End {
            match self.advance().token {
                Token::Sign("(") => open += 1,
                Token::Sign(")") => open = open.saturating_sub(1),
                _ => {}
            }
            if open == 0 {
                return;
            }
        }
    }

    /// Counts so many levels more, of which the innermost begins here.
    fn enter(&mut self, levels: u32) -> Read<()> {
        self.nesting += levels;
        if self.nesting > NESTING_MAX { Err(too_deep(self.peek().at)) } else { Ok(()) }
    }

    /// The parenthesis that opens what a function or `IN` is given.
    fn open(&mut self) -> Read<()> {
        self.enter(1)?;
        self.expect("(")
    }

    /// The one that closes it.
    fn close(&mut self) -> Read<()> {
        self.nesting -= 1;
        self.expect(")")
    }

    /// An operand with all behind it that binds more tightly than `power`.
    fn expression(&mut self, power: u8, signs: u32) -> Read<Operand> {
        if self.recursion >= RECURSION_MAX {
            return Err(too_deep(self.peek().at));
        }
        self.recursion += 1;
        let mut left = self.operand(signs)?;
        while let Some(operator) = self.operator()
            && operator.power > power
        {
            self.without_zone(&left)?;
            left = self.combined(left, operator)?;
        }
        self.recursion -= 1;
        Ok(left)
    }

    /// The same, if it is a value.
    fn plain(&mut self, power: u8) -> Read<Operand> {
        let operand = self.expression(power, 0)?;
        self.without_zone(&operand)?;
        Ok(operand)
    }

    /// Refuses a time in a zone, which is no value.
    fn without_zone(&self, operand: &Operand) -> Read<()> {
        if operand.zone.is_some() { Err(self.refused(operand.first, operand.term.at)) } else { Ok(()) }
    }

    /// A part of so many levels, from its first token up to here.
    fn made(&self, first: usize, height: u32, at: u32, what: What) -> Read<Operand> {
        if height > DEPTH_MAX {
            return Err(too_deep(at));
        }
        Ok(Operand { term: Term::new(at, what), first, height, zone: None })
    }
}
