//! What an expression begins with: a literal, a name, a sign, `NOT`, `CASE`, parentheses; or a function.

use super::operator::{NONE, NOT, PRODUCT, is_operator};
use super::{NESTING_MAX, Operand, Parser, Read, literal, shortened, too_deep};
use crate::error::ExpressionError;
use crate::term::{Case, Term, What};
use crate::tokens::Token;

/// Words that end what stands before them, where an operand could stand as well.
const ENDS: [&str; 8] = ["THEN", "ELSE", "END", "AS", "FROM", "FOR", "ESCAPE", "OVER"];

/// The words by which SQL asks a clock.
const CLOCKS: [&str; 5] = ["CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"];

impl<'t> Parser<'t> {
    /// What an expression begins with, behind so many signs in a row.
    pub(super) fn operand(&mut self, signs: u32) -> Read<Operand> {
        let (first, at) = (self.next, self.peek().at);
        match self.peek().token {
            Token::Sign("-") => self.signed(signs, PRODUCT, |term| Term::new(term.at, What::Negative(Box::new(term)))),
            Token::Sign("+") => self.signed(signs, PRODUCT, |term| term),
            Token::Sign("(") => self.group(signs),
            Token::Word(word) => self.word(word, signs),
            Token::Quoted(name) if self.ahead(1).is("(") => self.call(&name.to_uppercase(), false),
            Token::Quoted(_) => self.name(),
            Token::Number(digits) => self.literal(literal::number(digits, at)?),
            Token::Text(text) => self.literal(What::Text(text.replace("''", "'"))),
            Token::Foreign(written) => {
                let what = format_args!("`{}` is no literal here", shortened(written));
                Err(ExpressionError::new(at, what, "write a number in digits, or a text in 'single quotes'"))
            }
            Token::Sign(_) | Token::End => Err(self.wanted("an expression")),
        }
        .map(|operand| Operand { first, ..operand })
    }

    /// A token that is a value.
    pub(super) fn literal(&mut self, what: What) -> Read<Operand> {
        let (first, at) = (self.next, self.advance().at);
        self.made(first, 1, at, what)
    }

    /// A sign or `NOT`, and what stands behind it.
    fn signed(&mut self, signs: u32, power: u8, make: fn(Term) -> Term) -> Read<Operand> {
        let (first, at) = (self.next, self.advance().at);
        if self.nesting + signs >= NESTING_MAX {
            return Err(too_deep(at));
        }
        let inner = self.expression(power, signs + 1)?;
        self.without_zone(&inner)?;
        let term = make(inner.term);
        self.made(first, inner.height + 1, term.at, term.what)
    }

    /// What stands in parentheses.
    fn group(&mut self, signs: u32) -> Read<Operand> {
        self.enter(1 + signs)?;
        let first = self.next;
        self.next += 1;
        let inner = self.expression(NONE, 0)?;
        if self.peek().token.is(",") {
            self.next = first;
            self.skip_group();
            let what = format_args!("`{}` is a list", shortened(self.tokens.written(first, self.next)));
            return Err(ExpressionError::new(inner.term.at, what, "write a list behind IN alone"));
        }
        self.expect(")")?;
        self.nesting -= 1 + signs;
        let zone = inner.zone;
        let group = self.made(first, inner.height + 1, inner.term.at, inner.term.what)?;
        Ok(Operand { zone, ..group })
    }

    /// A word: a keyword if it is one that begins an operand, a function before a parenthesis, and a name otherwise.
    fn word(&mut self, word: &'t str, signs: u32) -> Read<Operand> {
        let upper = word.to_ascii_uppercase();
        match (upper.as_str(), self.ahead(1)) {
            ("NULL", _) => self.literal(What::Null),
            ("TRUE", _) => self.literal(What::Boolean(true)),
            ("FALSE", _) => self.literal(What::Boolean(false)),
            ("NOT", _) => self.signed(signs, NOT, |term| term.negated(true)),
            ("CASE", _) if self.is_case() => self.case(signs),
            ("TIMESTAMP", Token::Text(text)) => self.timestamp(text),
            ("TIMESTAMP", next) if next.is("WITH") || next.is("WITHOUT") => Err(self.typed_text(4)),
            ("DATE" | "TIME" | "DATETIME" | "TIMESTAMPTZ", Token::Text(_)) => Err(self.typed_text(1)),
            ("INTERVAL", Token::Text(_) | Token::Number(_)) => Err(self.interval()),
            (_, next) if next.is("(") => self.call(&upper, true),
            (clock, _) if CLOCKS.contains(&clock) => {
                let what = format_args!("`{word}` is a keyword");
                let remedy =
                    format_args!("write \"{word}\" in double quotes for the field; there is no clock and no user here");
                Err(ExpressionError::new(self.peek().at, what, remedy))
            }
            _ => self.name(),
        }
    }

    /// What is said of `INTERVAL '1' DAY`.
    fn interval(&mut self) -> ExpressionError {
        let (first, at) = (self.next, self.tokens.get(self.next + 1).at);
        self.next += 2;
        if matches!(self.peek().token, Token::Word(unit) if !is_operator(unit) && !is_end(unit)) {
            self.next += 1;
        }
        self.refused(first, at)
    }

    /// A field by its name, with or without dots; or the event's own time.
    fn name(&mut self) -> Read<Operand> {
        let (first, at) = (self.next, self.peek().at);
        let mut name = String::new();
        loop {
            match self.peek().token {
                Token::Word(word) => name.push_str(word),
                Token::Quoted(quoted) => name.push_str(&quoted.replace("\"\"", "\"")),
                _ => return Err(self.wanted("a name")),
            }
            self.next += 1;
            if !self.takes(&["."]) {
                break;
            }
            name.push('.');
        }
        if self.peek().token.is("(") {
            self.skip_group();
            return Err(self.refused(first, at));
        }
        let what = self.scope.find(&name, at)?.map_or(What::EventTime, |index| What::Field(index, name));
        self.made(first, 1, at, what)
    }

    /// Whether the `CASE` that comes is the keyword. Before a sign that could stand behind a name as well, and before a
    /// word that could be an operator, it is one if there is a `WHEN` for it.
    fn is_case(&self) -> bool {
        let next = self.ahead(1);
        let begins = begins_operand(next);
        let is_in_doubt = match next {
            Token::Word(_) => !begins || next.is("NOT"),
            _ => next.is("+") || next.is("-"),
        };
        let mut behind = (2..).map(|by| self.ahead(by)).take_while(|token| *token != Token::End);
        if is_in_doubt { behind.any(|token| token.is("WHEN")) } else { begins }
    }

    /// Both forms of `CASE`.
    fn case(&mut self, signs: u32) -> Read<Operand> {
        self.enter(1 + signs)?;
        let (first, at) = (self.next, self.advance().at);
        let (mut height, mut arms) = (0, Vec::new());
        let mut part = |parser: &mut Self| -> Read<Term> {
            let operand = parser.plain(NONE)?;
            height = height.max(operand.height);
            Ok(operand.term)
        };
        let operand = if self.peek().token.is("WHEN") { None } else { Some(part(self)?) };
        while arms.is_empty() || self.peek().token.is("WHEN") {
            self.expect("WHEN")?;
            let when = part(self)?;
            self.expect("THEN")?;
            arms.push((when, part(self)?));
        }
        let otherwise = if self.takes(&["ELSE"]) { Some(part(self)?) } else { None };
        self.expect("END")?;
        self.nesting -= 1 + signs;
        self.made(first, height + 1, at, What::Case(Box::new(Case { operand, arms, otherwise })))
    }
}

/// Whether an operand may begin with a token: a word may unless it goes on with what stands before it, or ends it.
pub(super) fn begins_operand(token: Token<'_>) -> bool {
    match token {
        Token::Word(word) => !is_operator(word) && !is_end(word),
        Token::Quoted(_) | Token::Text(_) | Token::Number(_) | Token::Foreign(_) => true,
        Token::Sign(sign) => matches!(sign, "(" | "+" | "-"),
        Token::End => false,
    }
}

/// Whether a word ends what stands before it.
fn is_end(word: &str) -> bool {
    ENDS.iter().any(|end| end.eq_ignore_ascii_case(word))
}
