//! Functions: those with a grammar of their own, and those that are written like one.

use jiff::tz::TimeZone;
use sqlparser::ast::{
    CastKind, CeilFloorKind, DataType, DateTimeField, ExactNumberInfo, Expr, ExtractSyntax, Function as Called,
    FunctionArg, FunctionArgExpr, FunctionArguments, ObjectNamePart, TrimWhereField,
};

use super::operator::text_of;
use super::{Read, Reader};
use crate::error::ExpressionError;
use crate::scalar::SCALE_MAX;
use crate::scope::closest;
use crate::term::{FUNCTIONS, Function, Operator, PARTS, Part, Side, Target, Term, What};

/// The most digits of `DECIMAL(precision, scale)`.
const PRECISION_MAX: u8 = 38;

/// The functions whose names are in no table, for suggestions.
const OTHERS: [&str; 9] = ["CAST", "DATE_PART", "DIV", "EXTRACT", "LTRIM", "ROUND", "RTRIM", "SUBSTR", "TRIM"];

/// Whether an expression may call a function of this name, in whatever case: one is known before it is read.
///
/// ```
/// assert!(mare_expression::is_function("round") && !mare_expression::is_function("sum"));
/// ```
#[must_use]
pub fn is_function(name: &str) -> bool {
    let mut names = FUNCTIONS.iter().map(|(known, _)| *known).chain(OTHERS);
    names.any(|known| known.eq_ignore_ascii_case(name))
}

impl Reader<'_> {
    /// The functions that are allowed.
    pub(super) fn call(&self, expr: &Expr, at: u32) -> Read {
        match expr {
            Expr::Ceil { expr, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
                self.calls(Function::Ceil, [&**expr], at)
            }
            Expr::Floor { expr, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
                self.calls(Function::Floor, [&**expr], at)
            }
            Expr::Substring { expr: text, substring_from, substring_for, .. } => {
                // Without a start it begins with the first letter, as SQL has it.
                let first = Expr::value(sqlparser::ast::Value::Number("1".to_owned(), false));
                let from = substring_from.as_deref().unwrap_or(&first);
                self.calls(Function::Substring, [&**text, from].into_iter().chain(substring_for.as_deref()), at)
            }
            Expr::Trim { trim_where, trim_what, expr, trim_characters } => {
                let side = match trim_where {
                    None | Some(TrimWhereField::Both) => Side::Both,
                    Some(TrimWhereField::Leading) => Side::Leading,
                    Some(TrimWhereField::Trailing) => Side::Trailing,
                };
                match (trim_what.as_deref(), trim_characters.as_deref()) {
                    (letters, None) => self.trim(side, expr, letters, at),
                    (None, Some([letters])) => self.trim(side, expr, Some(letters), at),
                    _ => self.refuse(expr, at),
                }
            }
            Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr, data_type, format: None } => {
                let inner = self.term(expr, at)?;
                let target = target(data_type, inner.at)?;
                Ok(Term::new(inner.at, What::Cast(Box::new(inner), target)))
            }
            Expr::Extract { field, syntax: ExtractSyntax::From, expr } => self.extract(&field.to_string(), expr, at),
            Expr::Function(function) => self.function(expr, function, at),
            _ => self.refuse(expr, at),
        }
    }

    /// A function that takes its arguments as they come.
    fn calls<'e>(&self, function: Function, arguments: impl IntoIterator<Item = &'e Expr>, at: u32) -> Read {
        let terms: Vec<Term> =
            arguments.into_iter().map(|argument| self.term(argument, at)).collect::<Result<_, _>>()?;
        let (least, most) = match function {
            Function::Coalesce | Function::Greatest | Function::Least => (1, usize::MAX),
            Function::NullIf => (2, 2),
            Function::Substring => (2, 3),
            _ => (1, 1),
        };
        if terms.len() < least || terms.len() > most {
            return Err(miscounted(function.name(), least, most, at));
        }
        Ok(Term::new(at, What::Call(function, terms)))
    }

    /// A function that is written like one.
    fn function(&self, expr: &Expr, called: &Called, at: u32) -> Read {
        let [ObjectNamePart::Identifier(name)] = called.name.0.as_slice() else { return self.refuse(expr, at) };
        let at = self.place(name.span.start, at);
        let is_plain = !called.uses_odbc_syntax
            && called.parameters == FunctionArguments::None
            && called.within_group.is_empty()
            && (&called.filter, &called.null_treatment, &called.over) == (&None, &None, &None);
        let list = match &called.args {
            FunctionArguments::List(list)
                if is_plain && list.duplicate_treatment.is_none() && list.clauses.is_empty() =>
            {
                list
            }
            FunctionArguments::None if is_plain => {
                let what = format_args!("`{}` is a keyword", name.value);
                let remedy = format_args!(
                    "write \"{}\" in double quotes for the field; there is no clock and no user here",
                    name.value
                );
                return Err(ExpressionError::new(at, what, remedy));
            }
            _ => return self.refuse(expr, at),
        };
        let arguments: Vec<&Expr> = list
            .args
            .iter()
            .map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Ok(expr),
                _ => self.refuse(expr, at),
            })
            .collect::<Result<_, _>>()?;
        self.named(&name.value.to_uppercase(), &arguments, at)
    }

    /// A function by its name.
    fn named(&self, name: &str, arguments: &[&Expr], at: u32) -> Read {
        if let Some((_, function)) = FUNCTIONS.iter().find(|(known, _)| *known == name) {
            return self.calls(*function, arguments.iter().copied(), at);
        }
        match (name, arguments) {
            ("ROUND", [number]) => self.round(number, 0, at),
            ("ROUND", [number, digits]) => self.round(number, self.digits(digits, at)?, at),
            ("DIV", [left, right]) => {
                let pair = [self.term(left, at)?, self.term(right, at)?];
                Ok(Term::new(at, What::Arithmetic(Operator::WholeDivide, Box::new(pair))))
            }
            ("LTRIM", [text]) => self.trim(Side::Leading, text, None, at),
            ("LTRIM", [text, letters]) => self.trim(Side::Leading, text, Some(letters), at),
            ("RTRIM", [text]) => self.trim(Side::Trailing, text, None, at),
            ("RTRIM", [text, letters]) => self.trim(Side::Trailing, text, Some(letters), at),
            ("DATE_PART", [part, time]) => match text_of(part) {
                Some(part) => self.extract(part, time, at),
                None => Err(ExpressionError::new(
                    at,
                    "the part of DATE_PART is no text",
                    "write for instance DATE_PART('hour', event_time)",
                )),
            },
            ("ROUND" | "LTRIM" | "RTRIM", _) => Err(miscounted(name, 1, 2, at)),
            ("DIV" | "DATE_PART", _) => Err(miscounted(name, 2, 2, at)),
            _ => Err(unknown(name, at)),
        }
    }

    fn round(&self, number: &Expr, digits: u8, at: u32) -> Read {
        Ok(Term::new(at, What::Round(Box::new(self.term(number, at)?), digits)))
    }

    /// How many digits `ROUND` keeps: the type depends on it, so it stands there.
    fn digits(&self, digits: &Expr, at: u32) -> Result<u8, ExpressionError> {
        let term = self.term(digits, at)?;
        let kept = match term.what {
            What::Number { units, scale: 0 } => u8::try_from(units).ok().filter(|digits| *digits <= SCALE_MAX),
            _ => None,
        };
        kept.ok_or_else(|| {
            let remedy = format_args!("write a number from 0 to {SCALE_MAX}");
            ExpressionError::new(term.at, "ROUND takes the number of digits as a literal", remedy)
        })
    }

    /// `TRIM` and its like. Without characters it takes spaces away.
    fn trim(&self, side: Side, text: &Expr, letters: Option<&Expr>, at: u32) -> Read {
        let text = self.term(text, at)?;
        let at = text.at;
        let letters = match letters {
            Some(letters) => self.term(letters, at)?,
            None => Term::new(at, What::Text(" ".to_owned())),
        };
        Ok(Term::new(at, What::Trim(side, Box::new([text, letters]))))
    }

    /// A part of a date; `AT TIME ZONE` has it read in another zone than the scope's.
    fn extract(&self, word: &str, time: &Expr, at: u32) -> Read {
        let known: Vec<&str> = PARTS.iter().map(|(known, _)| *known).collect();
        let part: Part =
            PARTS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, part)| *part).ok_or_else(
                || {
                    let what = format_args!("a time has no part `{}`", super::shortened(word));
                    let remedy = closest(word, &known).map(|near| format!("did you mean `{near}`?"));
                    ExpressionError::new(
                        self.column(time, at),
                        what,
                        remedy.unwrap_or_else(|| format!("the parts are `{}`", known.join("`, `"))),
                    )
                },
            )?;
        let mut time = time;
        while let Expr::Nested(inner) = time {
            time = inner;
        }
        let (zone, time) = match time {
            Expr::AtTimeZone { timestamp, time_zone } => (self.zone(time_zone, at)?, &**timestamp),
            _ => (self.scope.zone().clone(), time),
        };
        if zone.iana_name().is_none() && zone.to_fixed_offset().is_err() {
            let remedy = "take one of the IANA time zone database: the canonical text of the expression names it";
            return Err(ExpressionError::new(self.column(time, at), "the time zone has no name", remedy));
        }
        let term = self.term(time, at)?;
        Ok(Term::new(term.at, What::Extract(part, zone, Box::new(term))))
    }

    /// A zone by its name, or by its offset.
    fn zone(&self, zone: &Expr, at: u32) -> Result<TimeZone, ExpressionError> {
        let name = text_of(zone).unwrap_or_default();
        mare_model::time::zone::rules(name).or_else(|| fixed(name)).ok_or_else(|| {
            let what = format_args!("unknown time zone `{}`", super::shortened(name));
            ExpressionError::new(
                self.column(zone, at),
                what,
                "write a name such as 'America/Sao_Paulo', or an offset such as '-03:00'",
            )
        })
    }
}

/// A zone of one offset: `+hh:mm` or `+hh:mm:ss`.
fn fixed(offset: &str) -> Option<TimeZone> {
    let (sign, digits) = match offset.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let mut seconds = 0;
    for (place, part) in digits.split(':').enumerate() {
        let part: i32 =
            part.parse().ok().filter(|_| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        seconds += part * [3_600, 60, 1].get(place)?;
    }
    Some(TimeZone::fixed(jiff::tz::Offset::from_seconds(sign * seconds).ok()?))
}

/// What a value is cast to.
fn target(data_type: &DataType, at: u32) -> Result<Target, ExpressionError> {
    match data_type {
        DataType::Boolean | DataType::Bool => Ok(Target::Boolean),
        DataType::Integer(None) | DataType::Int(None) => Ok(Target::Integer),
        DataType::Text => Ok(Target::Text),
        DataType::Decimal(ExactNumberInfo::Precision(precision))
        | DataType::Numeric(ExactNumberInfo::Precision(precision)) => decimal(*precision, 0, at),
        DataType::Decimal(ExactNumberInfo::PrecisionAndScale(precision, scale))
        | DataType::Numeric(ExactNumberInfo::PrecisionAndScale(precision, scale)) => decimal(*precision, *scale, at),
        other => {
            let what = format_args!("`{}` is no type here", super::shortened(&other.to_string()));
            Err(ExpressionError::new(at, what, "cast to INTEGER, DECIMAL(precision, scale), TEXT or BOOLEAN"))
        }
    }
}

/// `DECIMAL(precision, scale)`.
fn decimal(precision: u64, scale: i64, at: u32) -> Result<Target, ExpressionError> {
    let precision = u8::try_from(precision).ok().filter(|precision| (1..=PRECISION_MAX).contains(precision));
    let scale = u8::try_from(scale).ok().filter(|scale| *scale <= SCALE_MAX);
    match (precision, scale) {
        (Some(precision), Some(scale)) if scale <= precision => Ok(Target::Decimal { precision, scale }),
        _ => {
            let remedy = format_args!(
                "precision goes from 1 to {PRECISION_MAX}, scale from 0 to {SCALE_MAX} and not above precision"
            );
            Err(ExpressionError::new(at, "there is no such DECIMAL", remedy))
        }
    }
}

/// What is said of too many arguments, or too few.
fn miscounted(name: &str, least: usize, most: usize, at: u32) -> ExpressionError {
    let remedy = match (least, most) {
        (1, 1) => "give it one".to_owned(),
        (least, usize::MAX) => format!("give it {least} or more"),
        (least, most) if least == most => format!("give it {least}"),
        (least, most) => format!("give it {least} or {most}"),
    };
    ExpressionError::new(at, format_args!("{name} has not that number of arguments"), remedy)
}

/// What is said of a function that there isn't.
fn unknown(name: &str, at: u32) -> ExpressionError {
    let known: Vec<&str> = FUNCTIONS.iter().map(|(known, _)| *known).chain(OTHERS).collect();
    let remedy = match closest(name, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the functions are `{}`", known.join("`, `")),
    };
    ExpressionError::new(at, format_args!("there is no function `{}`", super::shortened(name)), remedy)
}
