//! The grammar as the crate `sqlparser` has it, in PostgreSQL's spelling and precedence: by it expressions were read
//! before there was a parser of ours, which is held against it. It says only whether a text is one, and which.

use sqlparser::ast::{
    BinaryOperator, CastKind, CeilFloorKind, DataType, DateTimeField, ExactNumberInfo, Expr, ExtractSyntax,
    Function as Called, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, InTarget, ObjectNamePart, TimezoneInfo,
    TrimWhereField, UnaryOperator, Value,
};
use sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, Tokenizer, Whitespace};

use crate::Scope;
use crate::term::{Case, Comparison, FUNCTIONS, Function, Like, Operator, PARTS, Side, Target, Term, Test, What};

/// The canonical text of an expression, if it is one.
pub(super) fn read(text: &str, scope: &Scope) -> Option<String> {
    let tokens = Tokenizer::new(&Spelling, text).tokenize_with_location().ok()?;
    if tokens.iter().any(|token| is_refused(&token.token)) {
        return None;
    }
    let parser = Parser::new(&Spelling).with_recursion_limit(96);
    let mut parser = parser.with_tokens_with_locations(tokens);
    let expr = parser.parse_expr().ok()?;
    let is_all = parser.peek_token().token == Token::EOF;
    Some(Reader { scope }.term(&expr).filter(|_| is_all)?.to_string())
}

/// PostgreSQL's names and precedence, and nothing that is particular to it.
#[derive(Debug)]
struct Spelling;

impl Dialect for Spelling {
    fn is_delimited_identifier_start(&self, letter: char) -> bool {
        letter == '"'
    }

    fn is_identifier_start(&self, letter: char) -> bool {
        PostgreSqlDialect {}.is_identifier_start(letter)
    }

    fn is_identifier_part(&self, letter: char) -> bool {
        PostgreSqlDialect {}.is_identifier_part(letter)
    }

    fn prec_value(&self, precedence: Precedence) -> u8 {
        PostgreSqlDialect {}.prec_value(precedence)
    }

    /// `||` binds more loosely than `+`, as docs/expressions.md says. Other dialects have it bind as `*` does; types
    /// refuse whatever that would tell apart.
    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        let is_concat = parser.peek_token().token == Token::StringConcat;
        is_concat.then(|| Ok(self.prec_value(Precedence::PgOther)))
    }

    fn supports_comma_separated_trim(&self) -> bool {
        true
    }

    fn allow_extract_custom(&self) -> bool {
        true
    }
}

/// What was refused before it was parsed.
fn is_refused(token: &Token) -> bool {
    match token {
        Token::Word(word) => word.quote_style.is_none() && word.keyword == Keyword::SELECT,
        Token::Whitespace(Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_)) => true,
        Token::DoubleEq | Token::Overlap | Token::ExclamationMark | Token::Caret => true,
        _ => false,
    }
}

/// Each node that is allowed, with what is allowed of it.
struct Reader<'s> {
    scope: &'s Scope,
}

impl Reader<'_> {
    fn boxed(&self, expr: &Expr) -> Option<Box<Term>> {
        self.term(expr).map(Box::new)
    }

    fn pair(&self, left: &Expr, right: &Expr) -> Option<Box<[Term; 2]>> {
        Some(Box::new([self.term(left)?, self.term(right)?]))
    }

    fn term(&self, expr: &Expr) -> Option<Term> {
        let (what, is_negated) = match expr {
            Expr::Nested(inner) | Expr::UnaryOp { op: UnaryOperator::Plus, expr: inner } => return self.term(inner),
            Expr::Value(value) => return literal(&value.value),
            Expr::TypedString(typed) => {
                let is_known = matches!(typed.data_type, DataType::Timestamp(None, TimezoneInfo::None));
                let written = typed.value.to_string();
                // Which texts are times is no matter of grammar.
                let is_text = matches!(typed.value.value, Value::SingleQuotedString(_));
                let is_read = is_known && is_text && !typed.uses_odbc_syntax;
                return crate::read::read(&format!("TIMESTAMP {written}"), self.scope).ok().filter(|_| is_read);
            }
            Expr::Identifier(name) => return self.field(std::slice::from_ref(name)),
            Expr::CompoundIdentifier(names) => return self.field(names),
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => (What::Negative(self.boxed(expr)?), false),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => (What::Not(self.boxed(expr)?), false),
            Expr::IsNull(inner) => (What::Is(self.boxed(inner)?, Test::Null), false),
            Expr::IsNotNull(inner) => (What::Is(self.boxed(inner)?, Test::Null), true),
            Expr::IsTrue(inner) => (What::Is(self.boxed(inner)?, Test::True), false),
            Expr::IsNotTrue(inner) => (What::Is(self.boxed(inner)?, Test::True), true),
            Expr::IsFalse(inner) => (What::Is(self.boxed(inner)?, Test::False), false),
            Expr::IsNotFalse(inner) => (What::Is(self.boxed(inner)?, Test::False), true),
            Expr::IsUnknown(inner) => (What::Is(self.boxed(inner)?, Test::Unknown), false),
            Expr::IsNotUnknown(inner) => (What::Is(self.boxed(inner)?, Test::Unknown), true),
            Expr::IsDistinctFrom(left, right) => (What::Distinct(self.pair(left, right)?), false),
            Expr::IsNotDistinctFrom(left, right) => (What::Distinct(self.pair(left, right)?), true),
            _ => self.operation(expr)?,
        };
        Some(Term::new(1, what).negated(is_negated))
    }

    fn field(&self, names: &[Ident]) -> Option<Term> {
        let name = names.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join(".");
        // A text is no part of a name here.
        let is_name = names.iter().all(|name| name.quote_style != Some('\''));
        let found = self.scope.find(&name, 1).ok().filter(|_| is_name)?;
        Some(Term::new(1, found.map_or(What::EventTime, |index| What::Field(index, name))))
    }

    /// Operators, and whether they are negated.
    fn operation(&self, expr: &Expr) -> Option<(What, bool)> {
        match expr {
            Expr::BinaryOp { left, op, right } => Some((self.binary(left, op, right)?, false)),
            Expr::Between { expr, negated, low, high } => {
                let parts = Box::new([self.term(expr)?, self.term(low)?, self.term(high)?]);
                Some((What::Between(parts), *negated))
            }
            Expr::In { expr, target: InTarget::List(list), negated, global: false } => {
                let list = list.iter().map(|item| self.term(item)).collect::<Option<_>>()?;
                Some((What::In(self.boxed(expr)?, list), *negated))
            }
            Expr::Like { negated, any: false, expr, pattern, escape_char } => {
                Some((self.like(expr, pattern, escape_char.as_deref(), false)?, *negated))
            }
            Expr::ILike { negated, any: false, expr, pattern, escape_char } => {
                Some((self.like(expr, pattern, escape_char.as_deref(), true)?, *negated))
            }
            _ => Some((self.call(expr)?, false)),
        }
    }

    fn binary(&self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Option<What> {
        let pair = self.pair(left, right)?;
        let compare = |comparison, pair| Some(What::Compare(comparison, pair));
        let arithmetic = |operator, pair| Some(What::Arithmetic(operator, pair));
        match op {
            BinaryOperator::And => {
                let inner = |term: Term| if let What::All(terms) = term.what { terms } else { vec![term] };
                Some(What::All(pair.into_iter().flat_map(inner).collect()))
            }
            BinaryOperator::Or => {
                let inner = |term: Term| if let What::Any(terms) = term.what { terms } else { vec![term] };
                Some(What::Any(pair.into_iter().flat_map(inner).collect()))
            }
            BinaryOperator::Plus => arithmetic(Operator::Add, pair),
            BinaryOperator::Minus => arithmetic(Operator::Subtract, pair),
            BinaryOperator::Multiply => arithmetic(Operator::Multiply, pair),
            BinaryOperator::Divide => arithmetic(Operator::Divide, pair),
            BinaryOperator::Modulo => arithmetic(Operator::Remainder, pair),
            BinaryOperator::StringConcat => Some(What::Concat(pair)),
            BinaryOperator::Eq => compare(Comparison::Equal, pair),
            BinaryOperator::NotEq => compare(Comparison::Unequal, pair),
            BinaryOperator::Lt => compare(Comparison::Less, pair),
            BinaryOperator::LtEq => compare(Comparison::LessOrEqual, pair),
            BinaryOperator::Gt => compare(Comparison::Greater, pair),
            BinaryOperator::GtEq => compare(Comparison::GreaterOrEqual, pair),
            _ => None,
        }
    }

    fn like(&self, text: &Expr, pattern: &Expr, escape: Option<&Expr>, folded: bool) -> Option<What> {
        let pattern = text_of(pattern)?.to_owned();
        let escape = match escape {
            Some(escape) => {
                let mut letters = text_of(escape)?.chars();
                Some(letters.next().filter(|_| letters.next().is_none())?)
            }
            None if pattern.contains('\\') => return None,
            None => None,
        };
        Some(What::Like(Box::new(Like { text: self.term(text)?, pattern, escape, folded })))
    }

    /// `CASE`, and functions with a grammar of their own.
    fn call(&self, expr: &Expr) -> Option<What> {
        let whole = CeilFloorKind::DateTimeField(DateTimeField::NoDateTime);
        match expr {
            Expr::Case { operand, conditions, else_result, .. } => {
                let optional = |expr: &Option<Box<Expr>>| match expr {
                    Some(expr) => self.term(expr).map(Some),
                    None => Some(None),
                };
                let arms = conditions.iter().map(|arm| Some((self.term(&arm.condition)?, self.term(&arm.result)?)));
                let (operand, otherwise) = (optional(operand)?, optional(else_result)?);
                Some(What::Case(Box::new(Case { operand, arms: arms.collect::<Option<_>>()?, otherwise })))
            }
            Expr::Ceil { expr, field } if *field == whole => Some(What::Call(Function::Ceil, vec![self.term(expr)?])),
            Expr::Floor { expr, field } if *field == whole => Some(What::Call(Function::Floor, vec![self.term(expr)?])),
            Expr::Substring { expr: text, substring_from, substring_for, .. } => {
                let first = Term::new(1, What::Number { units: 1, scale: 0 });
                let from = substring_from.as_ref().map_or(Some(first), |from| self.term(from))?;
                let length = substring_for.iter().map(|length| self.term(length));
                let terms = [self.term(text), Some(from)].into_iter().chain(length).collect::<Option<_>>()?;
                Some(What::Call(Function::Substring, terms))
            }
            Expr::Trim { trim_where, trim_what, expr, trim_characters } => {
                let letters = trim_characters.as_deref().unwrap_or_default();
                let trimmed = self.trim(side(*trim_where), expr, trim_what.as_deref().or(letters.first()));
                trimmed.filter(|_| letters.len() < 2)
            }
            Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr, data_type, format: None } => {
                Some(What::Cast(self.boxed(expr)?, target(data_type)?))
            }
            Expr::Extract { field, syntax: ExtractSyntax::From, expr } => self.extract(&field.to_string(), expr),
            Expr::Function(function) => self.function(function),
            _ => None,
        }
    }

    fn trim(&self, side: Side, text: &Expr, letters: Option<&Expr>) -> Option<What> {
        let spaces = Term::new(1, What::Text(" ".to_owned()));
        let letters = letters.map_or(Some(spaces), |letters| self.term(letters))?;
        Some(What::Trim(side, Box::new([self.term(text)?, letters])))
    }

    /// A function that is written like one.
    fn function(&self, called: &Called) -> Option<What> {
        let [ObjectNamePart::Identifier(name)] = called.name.0.as_slice() else { return None };
        let FunctionArguments::List(list) = &called.args else { return None };
        let is_plain = !called.uses_odbc_syntax
            && called.parameters == FunctionArguments::None
            && called.within_group.is_empty()
            && (&called.filter, &called.null_treatment, &called.over) == (&None, &None, &None)
            && list.duplicate_treatment.is_none()
            && list.clauses.is_empty();
        let argument = |argument: &FunctionArg| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) if is_plain => Some(expr.clone()),
            _ => None,
        };
        let arguments: Vec<Expr> = list.args.iter().map(argument).collect::<Option<_>>()?;
        let name = name.value.to_uppercase();
        if let Some((_, function)) = FUNCTIONS.iter().find(|(known, _)| *known == name) {
            let counts = match function {
                Function::Coalesce | Function::Greatest | Function::Least => 1..=usize::MAX,
                Function::NullIf => 2..=2,
                Function::Substring => 2..=3,
                _ => 1..=1,
            };
            let terms = arguments.iter().map(|argument| self.term(argument)).collect::<Option<_>>()?;
            return Some(What::Call(*function, terms)).filter(|_| counts.contains(&arguments.len()));
        }
        match (name.as_str(), arguments.as_slice()) {
            ("ROUND", [number]) => Some(What::Round(self.boxed(number)?, 0)),
            ("ROUND", [number, digits]) => {
                let What::Number { units: digits @ 0..=18, scale: 0 } = self.term(digits)?.what else { return None };
                Some(What::Round(self.boxed(number)?, u8::try_from(digits).ok()?))
            }
            ("DIV", [left, right]) => Some(What::Arithmetic(Operator::WholeDivide, self.pair(left, right)?)),
            ("LTRIM", [text, letters @ ..]) if letters.len() < 2 => self.trim(Side::Leading, text, letters.first()),
            ("RTRIM", [text, letters @ ..]) if letters.len() < 2 => self.trim(Side::Trailing, text, letters.first()),
            ("DATE_PART", [part, time]) => self.extract(text_of(part)?, time),
            _ => None,
        }
    }

    /// A part of a date, of which the canonical text names the zone.
    fn extract(&self, word: &str, time: &Expr) -> Option<What> {
        let (_, part) = PARTS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word))?;
        let mut time = time;
        while let Expr::Nested(inner) = time {
            time = inner;
        }
        let (zone, time) = match time {
            Expr::AtTimeZone { timestamp, time_zone } => {
                // Nor is which are zones.
                let zone = text_of(time_zone)?.replace('\'', "''");
                let text = format!("EXTRACT(DAY FROM event_time AT TIME ZONE '{zone}')");
                let What::Extract(_, zone, _) = crate::read::read(&text, self.scope).ok()?.what else { return None };
                (zone, &**timestamp)
            }
            _ => (self.scope.zone().clone(), time),
        };
        Some(What::Extract(*part, zone, self.boxed(time)?))
    }
}

fn side(side: Option<TrimWhereField>) -> Side {
    match side {
        None | Some(TrimWhereField::Both) => Side::Both,
        Some(TrimWhereField::Leading) => Side::Leading,
        Some(TrimWhereField::Trailing) => Side::Trailing,
    }
}

/// A text that stands there. A plus before one changes nothing.
fn text_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        Expr::Nested(inner) | Expr::UnaryOp { op: UnaryOperator::Plus, expr: inner } => text_of(inner),
        _ => None,
    }
}

fn literal(value: &Value) -> Option<Term> {
    let what = match value {
        Value::Number(digits, false) => {
            let (whole, behind) = digits.split_once('.').unwrap_or((digits, ""));
            let scale = u8::try_from(behind.len()).ok().filter(|scale| *scale <= 18)?;
            What::Number { units: format!("0{whole}{behind}").parse().ok()?, scale }
        }
        Value::SingleQuotedString(text) => What::Text(text.clone()),
        Value::Boolean(truth) => What::Boolean(*truth),
        Value::Null => What::Null,
        _ => return None,
    };
    Some(Term::new(1, what))
}

fn target(data_type: &DataType) -> Option<Target> {
    let (precision, scale) = match data_type {
        DataType::Boolean | DataType::Bool => return Some(Target::Boolean),
        DataType::Integer(None) | DataType::Int(None) => return Some(Target::Integer),
        DataType::Text => return Some(Target::Text),
        DataType::Decimal(ExactNumberInfo::Precision(precision))
        | DataType::Numeric(ExactNumberInfo::Precision(precision)) => (*precision, 0),
        DataType::Decimal(ExactNumberInfo::PrecisionAndScale(precision, scale))
        | DataType::Numeric(ExactNumberInfo::PrecisionAndScale(precision, scale)) => (*precision, *scale),
        _ => return None,
    };
    let (precision, scale) = (u8::try_from(precision).ok()?, u8::try_from(scale).ok()?);
    let is_one = (1..=38).contains(&precision) && scale <= 18.min(precision);
    is_one.then_some(Target::Decimal { precision, scale })
}
