//! An expression as it is written, with names resolved and spelling gone: what its canonical text and its types are
//! made of.
//!
//! How it was written is no part of it, so the grammar may change without another meaning or fingerprint.

use jiff::tz::TimeZone;

/// A part of an expression, and where it begins.
#[derive(Debug)]
pub(super) struct Term {
    /// The column, counted from 1.
    pub(super) at: u32,
    pub(super) what: What,
}

/// What it is.
#[derive(Debug)]
pub(super) enum What {
    /// NULL, of whatever type is wanted.
    Null,
    /// TRUE or FALSE.
    Boolean(bool),
    /// A number as it is written: `1.50` has a scale of 2.
    Number { units: i128, scale: u8 },
    /// A text.
    Text(String),
    /// `TIMESTAMP '…'`, in milliseconds since the Unix epoch.
    Time(i64),
    /// A field, by its index and its name.
    Field(usize, String),
    /// The event's own time.
    EventTime,
    /// `- x`
    Negative(Box<Term>),
    /// `NOT x`
    Not(Box<Term>),
    /// `x AND y …`, two at least, none of which is one itself.
    All(Vec<Term>),
    /// `x OR y …`, the same.
    Any(Vec<Term>),
    /// `x IS NULL` and its like.
    Is(Box<Term>, Test),
    /// `x = y` and its like.
    Compare(Comparison, Box<[Term; 2]>),
    /// `x IS DISTINCT FROM y`
    Distinct(Box<[Term; 2]>),
    /// `x BETWEEN y AND z`
    Between(Box<[Term; 3]>),
    /// `x IN (y, …)`
    In(Box<Term>, Vec<Term>),
    /// `x LIKE 'pattern'`
    Like(Box<Like>),
    /// `x + y` and its like, and `DIV(x, y)`.
    Arithmetic(Operator, Box<[Term; 2]>),
    /// `x || y`
    Concat(Box<[Term; 2]>),
    /// `CASE`
    Case(Box<Case>),
    /// A function that takes its arguments as they come.
    Call(Function, Vec<Term>),
    /// `ROUND(x, digits)`
    Round(Box<Term>, u8),
    /// `TRIM(side characters FROM x)`: first `x`, then the characters.
    Trim(Side, Box<[Term; 2]>),
    /// `CAST(x AS target)`
    Cast(Box<Term>, Target),
    /// `EXTRACT(part FROM x)`, in a zone.
    Extract(Part, TimeZone, Box<Term>),
}

/// A pattern match.
#[derive(Debug)]
pub(super) struct Like {
    pub(super) text: Term,
    pub(super) pattern: String,
    /// Which letter makes the next one stand for itself.
    pub(super) escape: Option<char>,
    /// Whether upper and lower case are the same (`ILIKE`).
    pub(super) folded: bool,
}

/// Both forms of `CASE`.
#[derive(Debug)]
pub(super) struct Case {
    /// What each `WHEN` is compared with; without it each is a condition.
    pub(super) operand: Option<Term>,
    /// `WHEN … THEN …`, one at least.
    pub(super) arms: Vec<(Term, Term)>,
    pub(super) otherwise: Option<Term>,
}

/// What `IS` asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Null,
    True,
    False,
    Unknown,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What is calculated from two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    /// `DIV(x, y)`: the whole part of the quotient.
    WholeDivide,
}

/// A function that takes its arguments as they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Abs,
    Ceil,
    Coalesce,
    Floor,
    Greatest,
    Least,
    Length,
    Lower,
    NullIf,
    Substring,
    Upper,
}

/// Where `TRIM` takes characters away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Both,
    Leading,
    Trailing,
}

/// What `CAST` casts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Boolean,
    Integer,
    Decimal { precision: u8, scale: u8 },
    Text,
}

/// A part of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    DayOfWeek,
    IsoDayOfWeek,
    DayOfYear,
    Epoch,
}

/// Each part, by the word of `EXTRACT` and `DATE_PART`.
pub(super) const PARTS: [(&str, Part); 12] = [
    ("YEAR", Part::Year),
    ("QUARTER", Part::Quarter),
    ("MONTH", Part::Month),
    ("WEEK", Part::Week),
    ("DAY", Part::Day),
    ("HOUR", Part::Hour),
    ("MINUTE", Part::Minute),
    ("SECOND", Part::Second),
    ("DOW", Part::DayOfWeek),
    ("ISODOW", Part::IsoDayOfWeek),
    ("DOY", Part::DayOfYear),
    ("EPOCH", Part::Epoch),
];

/// Each function that is written like one, by its names: the first of a function is the canonical one.
pub(super) const FUNCTIONS: [(&str, Function); 13] = [
    ("ABS", Function::Abs),
    ("CEIL", Function::Ceil),
    ("CEILING", Function::Ceil),
    ("COALESCE", Function::Coalesce),
    ("FLOOR", Function::Floor),
    ("GREATEST", Function::Greatest),
    ("LEAST", Function::Least),
    ("LENGTH", Function::Length),
    ("CHAR_LENGTH", Function::Length),
    ("LOWER", Function::Lower),
    ("NULLIF", Function::NullIf),
    ("SUBSTRING", Function::Substring),
    ("UPPER", Function::Upper),
];

impl Function {
    /// Its canonical name.
    pub(super) fn name(self) -> &'static str {
        FUNCTIONS.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }
}

impl Term {
    pub(super) fn new(at: u32, what: What) -> Term {
        Term { at, what }
    }

    /// The same, negated if asked for.
    pub(super) fn negated(self, is_negated: bool) -> Term {
        if is_negated { Term::new(self.at, What::Not(Box::new(self))) } else { self }
    }

    /// Calls `visit` for this term and each in it.
    pub(super) fn each(&self, visit: &mut impl FnMut(&Term)) {
        visit(self);
        match &self.what {
            What::Null | What::Boolean(_) | What::Number { .. } | What::Text(_) | What::Time(_) => {}
            What::Field(..) | What::EventTime => {}
            What::Negative(inner) | What::Not(inner) | What::Is(inner, _) | What::Round(inner, _) => inner.each(visit),
            What::Cast(inner, _) | What::Extract(_, _, inner) => inner.each(visit),
            What::All(terms) | What::Any(terms) | What::Call(_, terms) => {
                terms.iter().for_each(|term| term.each(visit))
            }
            What::Compare(_, pair) | What::Distinct(pair) | What::Arithmetic(_, pair) | What::Concat(pair) => {
                pair.iter().for_each(|term| term.each(visit));
            }
            What::Trim(_, pair) => pair.iter().for_each(|term| term.each(visit)),
            What::Between(parts) => parts.iter().for_each(|term| term.each(visit)),
            What::In(value, list) => {
                value.each(visit);
                list.iter().for_each(|term| term.each(visit));
            }
            What::Like(like) => like.text.each(visit),
            What::Case(case) => {
                let arms = case.arms.iter().flat_map(|(when, then)| [when, then]);
                case.operand.iter().chain(arms).chain(&case.otherwise).for_each(|term| term.each(visit));
            }
        }
    }
}
