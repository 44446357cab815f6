//! The canonical text of an expression: one text for each meaning that is written the same but for spacing, case of
//! keywords, redundant parentheses and synonyms. It goes into the fingerprint of a dataflow, so it is a format: what is
//! written here never changes within a version. It is an expression itself, and its own canonical text.
//!
//! Every operator stands in parentheses with its operands; names are in double quotes, keywords and functions in upper
//! case; numbers keep their scale, which is part of their type. What `NOT` negates is written behind it: `x NOT IN (1)`
//! is `(NOT ("x" IN (1)))`.

use std::fmt::{self, Display, Formatter, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mare_model::decimal;

use super::scope::EVENT_TIME;
use super::term::{Case, Comparison, Like, Operator, PARTS, Part, Side, Target, Term, Test, What};

/// The version of the format.
pub(super) const VERSION: u32 = 1;

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Null => f.write_str("NULL"),
            What::Boolean(truth) => f.write_str(if *truth { "TRUE" } else { "FALSE" }),
            What::Number { units, scale } => f.write_str(&decimal::text(*units, *scale)),
            What::Text(text) => quoted(f, '\'', text),
            What::Time(millis) => time(f, *millis),
            What::Field(_, name) => quoted(f, '"', name),
            What::EventTime => quoted(f, '"', EVENT_TIME),
            What::Negative(inner) => write!(f, "(- {inner})"),
            What::Not(inner) => write!(f, "(NOT {inner})"),
            What::All(terms) => joined(f, ["(", " AND ", ")"], terms),
            What::Any(terms) => joined(f, ["(", " OR ", ")"], terms),
            What::Is(inner, test) => write!(f, "({inner} IS {})", test_word(*test)),
            What::Compare(comparison, pair) => infix(f, pair, comparison_sign(*comparison)),
            What::Distinct(pair) => infix(f, pair, "IS DISTINCT FROM"),
            What::Between(parts) => write!(f, "({} BETWEEN {} AND {})", parts[0], parts[1], parts[2]),
            What::In(value, list) => {
                write!(f, "({value} IN ")?;
                joined(f, ["(", ", ", "))"], list)
            }
            What::Like(matched) => like(f, matched),
            What::Arithmetic(Operator::WholeDivide, pair) => joined(f, ["DIV(", ", ", ")"], &**pair),
            What::Arithmetic(operator, pair) => infix(f, pair, operator_sign(*operator)),
            What::Concat(pair) => infix(f, pair, "||"),
            What::Case(inner) => case(f, inner),
            What::Call(function, terms) => {
                f.write_str(function.name())?;
                joined(f, ["(", ", ", ")"], terms)
            }
            What::Round(inner, digits) => write!(f, "ROUND({inner}, {digits})"),
            What::Trim(side, parts) => write!(f, "TRIM({} {} FROM {})", side_word(*side), parts[1], parts[0]),
            What::Cast(inner, target) => write!(f, "CAST({inner} AS {})", Spelt(*target)),
            What::Extract(part, zone, inner) => {
                write!(f, "EXTRACT({} FROM {inner} AT TIME ZONE '{}')", part_word(*part), zone_name(zone))
            }
        }
    }
}

/// A text between quotes, which are doubled in it.
fn quoted(f: &mut Formatter<'_>, quote: char, text: &str) -> fmt::Result {
    f.write_char(quote)?;
    for letter in text.chars() {
        f.write_char(letter)?;
        if letter == quote {
            f.write_char(quote)?;
        }
    }
    f.write_char(quote)
}

/// Terms between a beginning and an end.
fn joined(f: &mut Formatter<'_>, [start, between, end]: [&str; 3], terms: &[Term]) -> fmt::Result {
    f.write_str(start)?;
    for (place, term) in terms.iter().enumerate() {
        f.write_str(if place == 0 { "" } else { between })?;
        term.fmt(f)?;
    }
    f.write_str(end)
}

/// Two terms with an operator between them.
fn infix(f: &mut Formatter<'_>, [left, right]: &[Term; 2], sign: &str) -> fmt::Result {
    write!(f, "({left} {sign} {right})")
}

/// `TIMESTAMP '…'`.
fn time(f: &mut Formatter<'_>, millis: i64) -> fmt::Result {
    let time = Timestamp::from_millisecond(millis).unwrap_or_default();
    write!(f, "TIMESTAMP '{time:.3}'")
}

fn like(f: &mut Formatter<'_>, Like { text, pattern, escape, folded }: &Like) -> fmt::Result {
    write!(f, "({text} {} ", if *folded { "ILIKE" } else { "LIKE" })?;
    quoted(f, '\'', pattern)?;
    if let Some(escape) = escape {
        f.write_str(" ESCAPE ")?;
        quoted(f, '\'', escape.encode_utf8(&mut [0; 4]))?;
    }
    f.write_char(')')
}

fn case(f: &mut Formatter<'_>, Case { operand, arms, otherwise }: &Case) -> fmt::Result {
    f.write_str("CASE")?;
    operand.iter().try_for_each(|operand| write!(f, " {operand}"))?;
    arms.iter().try_for_each(|(when, then)| write!(f, " WHEN {when} THEN {then}"))?;
    otherwise.iter().try_for_each(|otherwise| write!(f, " ELSE {otherwise}"))?;
    f.write_str(" END")
}

/// A target as it is written.
struct Spelt(Target);

impl Display for Spelt {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Target::Boolean => f.write_str("BOOLEAN"),
            Target::Integer => f.write_str("INTEGER"),
            Target::Decimal { precision, scale } => write!(f, "DECIMAL({precision}, {scale})"),
            Target::Text => f.write_str("TEXT"),
        }
    }
}

fn test_word(test: Test) -> &'static str {
    match test {
        Test::Null => "NULL",
        Test::True => "TRUE",
        Test::False => "FALSE",
        Test::Unknown => "UNKNOWN",
    }
}

fn comparison_sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::Unequal => "<>",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

/// The sign of an operator; `DIV` is written as a function.
pub(super) fn operator_sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::Remainder => "%",
        Operator::WholeDivide => "DIV",
    }
}

fn side_word(side: Side) -> &'static str {
    match side {
        Side::Both => "BOTH",
        Side::Leading => "LEADING",
        Side::Trailing => "TRAILING",
    }
}

fn part_word(part: Part) -> &'static str {
    PARTS.iter().find(|(_, known)| *known == part).map_or("", |(word, _)| word)
}

/// A zone by its name, or by its offset if it has none.
fn zone_name(zone: &TimeZone) -> String {
    let offset = || {
        let seconds = zone.to_fixed_offset().map_or(0, |offset| offset.seconds());
        let (sign, seconds) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
        format!("{sign}{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
    };
    zone.iana_name().map_or_else(offset, str::to_owned)
}
