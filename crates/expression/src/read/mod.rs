//! From the nodes of the parser to terms. Each node that is allowed is listed here, with what is allowed of it; all
//! others are refused.

mod call;
mod literal;
mod operator;
mod stack;

use sqlparser::ast::{Expr, Ident, Spanned};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token};

pub use self::call::is_function;

use super::error::ExpressionError;
use super::scope::Scope;
use super::spelling::Spelling;
use super::term::{Case, Term, Test, What};
use super::tokens::{Columns, Tokens, too_deep};

/// How deep the parser may call itself.
const RECURSION_MAX: usize = 96;

/// How deep terms may stand within each other; chains of `AND` and of `OR` count as one.
const DEPTH_MAX: u32 = 128;

/// The longest part of a text that a message repeats, in characters.
const QUOTED_MAX: usize = 40;

/// The term that a text is: one expression, and nothing behind it.
pub(super) fn read(text: &str, scope: &Scope) -> Result<Term, ExpressionError> {
    let tokens = Tokens::of(text)?;
    stack::on_a_large_stack(|| parsed(tokens, scope))
}

/// The same of its tokens. What the parser makes is dropped here too, for that goes as deep.
fn parsed(Tokens { tokens, columns, deepest }: Tokens, scope: &Scope) -> Result<Term, ExpressionError> {
    let parser = Parser::new(&Spelling).with_recursion_limit(RECURSION_MAX);
    let mut parser = parser.with_tokens_with_locations(tokens);
    let expr = parser.parse_expr().map_err(|error| refused(error, &columns, deepest))?;
    let rest = parser.peek_token();
    if rest.token != Token::EOF {
        let what = format_args!("`{}` stands behind the end of the expression", shortened(&rest.token.to_string()));
        let remedy =
            "join two conditions by AND or OR, and write a field that is named like a keyword in \"double quotes\"";
        return Err(ExpressionError::new(columns.column(rest.span.start), what, remedy));
    }
    Reader { scope, columns: &columns, depth: 0 }.term(&expr, 1)
}

/// What the parser says, in our words.
fn refused(error: ParserError, columns: &Columns, deepest: u32) -> ExpressionError {
    let message = match error {
        ParserError::RecursionLimitExceeded => return too_deep(deepest),
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message,
    };
    let (message, at) = match message.rsplit_once(" at Line: ") {
        Some((message, place)) => (message.to_owned(), place_of(place).map(|place| columns.column(place))),
        None => (message, None),
    };
    let what = match message.strip_prefix("Expected: ").and_then(|rest| rest.split_once(", found: ")) {
        Some((expected, "EOF")) => format!("the expression ends where there should be {expected}"),
        Some((expected, found)) => format!("`{}` stands where there should be {expected}", shortened(found)),
        None => shortened(&message),
    };
    let remedy = "write one SQL expression, with a field that is named like a keyword in \"double quotes\"";
    ExpressionError::new(at.unwrap_or(columns.end()), what, remedy)
}

/// A place as the parser writes it: `1, Column: 5`.
fn place_of(text: &str) -> Option<Location> {
    let (line, column) = text.split_once(", Column: ")?;
    Some(Location { line: line.parse().ok()?, column: column.parse().ok()? })
}

/// A text that a message can repeat.
fn shortened(text: &str) -> String {
    let mut letters = text.chars();
    let start: String = letters.by_ref().take(QUOTED_MAX).collect();
    if letters.next().is_some() { format!("{start}…") } else { start }
}

/// Reads the nodes of one expression.
struct Reader<'s> {
    scope: &'s Scope,
    columns: &'s Columns,
    /// How deep the node stands that is read.
    depth: u32,
}

type Read = Result<Term, ExpressionError>;

impl Reader<'_> {
    /// The term of a node; `at` is the column of what it stands in, for nodes that have none.
    fn term(&self, expr: &Expr, at: u32) -> Read {
        if self.depth >= DEPTH_MAX {
            return Err(too_deep(at));
        }
        Reader { depth: self.depth + 1, ..*self }.node(expr, at)
    }

    /// The nodes that are allowed.
    fn node(&self, expr: &Expr, at: u32) -> Read {
        match expr {
            Expr::Nested(inner) => self.term(inner, at),
            Expr::Value(value) => literal::value(&value.value, self.place(value.span.start, at)),
            Expr::TypedString(typed) => self.timestamp(typed, at),
            Expr::Identifier(name) => self.field(std::slice::from_ref(name), at),
            Expr::CompoundIdentifier(names) => self.field(names, at),
            Expr::IsNull(inner) => self.is(inner, Test::Null, false, at),
            Expr::IsNotNull(inner) => self.is(inner, Test::Null, true, at),
            Expr::IsTrue(inner) => self.is(inner, Test::True, false, at),
            Expr::IsNotTrue(inner) => self.is(inner, Test::True, true, at),
            Expr::IsFalse(inner) => self.is(inner, Test::False, false, at),
            Expr::IsNotFalse(inner) => self.is(inner, Test::False, true, at),
            Expr::IsUnknown(inner) => self.is(inner, Test::Unknown, false, at),
            Expr::IsNotUnknown(inner) => self.is(inner, Test::Unknown, true, at),
            Expr::UnaryOp { op, expr } => self.unary(*op, expr, at),
            Expr::Case { case_token, operand, conditions, else_result, .. } => {
                let at = self.place(case_token.0.span.start, at);
                let term = |expr: &Expr| self.term(expr, at);
                let arms = conditions.iter().map(|arm| Ok((term(&arm.condition)?, term(&arm.result)?)));
                let case = Case {
                    operand: operand.as_deref().map(term).transpose()?,
                    arms: arms.collect::<Result<_, ExpressionError>>()?,
                    otherwise: else_result.as_deref().map(term).transpose()?,
                };
                Ok(Term::new(at, What::Case(Box::new(case))))
            }
            _ => self.operation(expr, at),
        }
    }

    /// A field by its name, with or without dots; or the event's own time.
    fn field(&self, names: &[Ident], at: u32) -> Read {
        let at = names.first().map_or(at, |first| self.place(first.span.start, at));
        let name = names.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join(".");
        let what = self.scope.find(&name, at)?.map_or(What::EventTime, |index| What::Field(index, name));
        Ok(Term::new(at, what))
    }

    /// `IS` and `IS NOT`.
    fn is(&self, inner: &Expr, test: Test, is_negated: bool, at: u32) -> Read {
        let inner = self.term(inner, at)?;
        Ok(Term::new(inner.at, What::Is(Box::new(inner), test)).negated(is_negated))
    }

    /// What is said of a node that is not allowed.
    fn refuse<T>(&self, expr: &Expr, at: u32) -> Result<T, ExpressionError> {
        let written = shortened(&expr.to_string());
        let (what, remedy) = match expr {
            Expr::Tuple(_) => ("is a list", "write a list behind IN alone"),
            _ => ("is no part of expressions here", "what there is stands in docs/expressions.md"),
        };
        Err(ExpressionError::new(self.column(expr, at), format_args!("`{written}` {what}"), remedy))
    }

    /// The column of a node, if the parser knows it.
    fn column(&self, expr: &Expr, at: u32) -> u32 {
        self.place(expr.span().start, at)
    }

    /// The column of a place, if it is one.
    fn place(&self, place: Location, at: u32) -> u32 {
        if place.line == 0 { at } else { self.columns.column(place) }
    }
}
