//! An expression, from its text to its values.

use std::fmt;

use mare_model::schema::FieldType;

use super::canonical;
use super::check::{Typed, assigned, check};
use super::constant::{ComparedConstant, compared};
use super::error::{EvaluationError, ExpressionError};
use super::node::Node;
use super::read::read;
use super::scalar::{FieldValues, Scalar, ScalarType};
use super::scope::Scope;
use super::term::{Term, What};

/// A SQL scalar expression over the fields of an event, checked and ready to be evaluated.
///
/// ```
/// use jiff::tz::TimeZone;
/// use mare_expression::{Expression, Scalar, Scope};
/// use mare_model::datum::Datum;
/// use mare_model::schema::{Field, FieldType};
/// use mare_model::time::EventTime;
///
/// let field = |name: &str, kind| Field { optional: true, ..Field::new(name, kind) };
/// let fields = [field("status", FieldType::String), field("valor", FieldType::Decimal { scale: 2 })];
/// let scope = Scope::new(&fields, TimeZone::UTC);
/// let sale = (EventTime(0), &[Datum::Text("PAID"), Datum::Exact(1_050)][..]);
///
/// let paid = Expression::parse_filter("status = 'PAID' AND valor > 0", &scope)?;
/// assert!(paid.is_true(&sale)?);
///
/// let unknown = (EventTime(0), &[Datum::Absent, Datum::Exact(1_050)][..]);
/// assert!(!paid.is_true(&unknown)?, "NULL is not true");
///
/// let half = Expression::parse_as("ROUND(valor / 4, 2)", &scope, FieldType::Decimal { scale: 2 })?;
/// assert_eq!(half.evaluate(&sale)?, Scalar::Exact(262));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Expression {
    /// What is evaluated.
    node: Node,
    kind: ScalarType,
    nullable: bool,
    /// Without its version.
    canonical: Box<str>,
    /// In order, each once.
    fields: Box<[usize]>,
    event_time: bool,
    constants: Box<[ComparedConstant]>,
}

impl Expression {
    /// The expression that a text is, of whatever type.
    ///
    /// # Errors
    /// The first mistake, at its column.
    pub fn parse(text: &str, scope: &Scope) -> Result<Expression, ExpressionError> {
        let term = read(text, scope)?;
        let (typed, kind) = check(&term, scope)?;
        Ok(Expression::new(&term, typed, kind))
    }

    /// The condition that a text is, for [`is_true`](Self::is_true).
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and if it is no boolean.
    pub fn parse_filter(text: &str, scope: &Scope) -> Result<Expression, ExpressionError> {
        let term = read(text, scope)?;
        let (typed, kind) = check(&term, scope)?;
        if kind != ScalarType::Boolean {
            let what = format_args!("a condition is true or false, and this is {kind}");
            return Err(ExpressionError::new(typed.at, what, "compare it: `x > 0`, `x = 'a'`, `x IS NOT NULL`"));
        }
        Ok(Expression::new(&term, typed, kind))
    }

    /// The expression that a text is, for a field that is declared: its values are those that the field may have. An
    /// integer within 64 bits, a decimal of that scale and of less than 10^24 units; what does not fit is an
    /// [overflow](crate::EvaluationFault::Overflow) of that event.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and if it is of another type: a decimal is never rounded unasked.
    pub fn parse_as(text: &str, scope: &Scope, declared: FieldType) -> Result<Expression, ExpressionError> {
        let term = read(text, scope)?;
        let (typed, kind) = check(&term, scope)?;
        let typed = assigned(typed, kind, declared)?;
        Ok(Expression::new(&term, typed, declared.into()))
    }

    fn new(term: &Term, typed: Typed, kind: ScalarType) -> Expression {
        let (mut fields, mut event_time) = (Vec::new(), false);
        term.each(&mut |term| match &term.what {
            What::Field(index, _) => fields.push(*index),
            What::EventTime => event_time = true,
            _ => {}
        });
        fields.sort_unstable();
        fields.dedup();
        Expression {
            node: typed.node,
            kind,
            nullable: typed.nullable,
            canonical: term.to_string().into(),
            fields: fields.into(),
            event_time,
            constants: compared(term).into(),
        }
    }

    /// The type of its values.
    #[must_use]
    pub fn kind(&self) -> ScalarType {
        self.kind
    }

    /// Whether a value may be NULL, as far as types say.
    #[must_use]
    pub fn is_nullable(&self) -> bool {
        self.nullable
    }

    /// The fields that it names, by their indices in the scope: in order, each once.
    #[must_use]
    pub fn fields(&self) -> &[usize] {
        &self.fields
    }

    /// Whether it names the event's own time.
    #[must_use]
    pub fn uses_event_time(&self) -> bool {
        self.event_time
    }

    /// The constants that it compares fields with, each once. Whoever makes events up draws from them, so that a
    /// condition is true of some.
    ///
    /// ```
    /// use mare_expression::{ComparedConstant, Constant, Expression, Scope};
    /// let scope = Scope::new(&[], jiff::tz::TimeZone::UTC).with("a", mare_expression::ScalarType::Text, false);
    /// let paid = Expression::parse("LOWER(a) = 'paid'", &scope)?;
    /// assert_eq!(paid.constants(), [ComparedConstant { field: 0, constant: Constant::Text("paid".to_owned()) }]);
    /// # Ok::<(), mare_expression::ExpressionError>(())
    /// ```
    #[must_use]
    pub fn constants(&self) -> &[ComparedConstant] {
        &self.constants
    }

    /// The text that goes into fingerprints: the same for all ways to write it, behind the version of the format.
    ///
    /// ```
    /// use mare_expression::{Expression, Scope};
    /// let scope = Scope::new(&[], jiff::tz::TimeZone::UTC).with("a", mare_expression::ScalarType::Integer, false);
    /// let canonical = |text| Expression::parse(text, &scope).map(|expression| expression.canonical());
    /// assert_eq!(canonical("a!=1   and not(a in(2))")?, r#"sql1 (("a" <> 1) AND (NOT ("a" IN (2))))"#);
    /// assert_eq!(canonical("a <> 1 AND a NOT IN (2)")?, canonical("(((a != 1)) and \"a\" not in (2))")?);
    /// # Ok::<(), mare_expression::ExpressionError>(())
    /// ```
    #[must_use]
    pub fn canonical(&self) -> String {
        format!("sql{} {}", canonical::VERSION, self.canonical)
    }

    /// The value for an event. A text in it is borrowed from the event or from here where it stands there as it is.
    ///
    /// # Errors
    /// What goes wrong with this event: see [`EvaluationFault`](crate::EvaluationFault).
    #[inline]
    pub fn evaluate<'a, V: FieldValues<'a>>(&'a self, row: &V) -> Result<Scalar<'a>, EvaluationError> {
        Ok(match self.kind {
            ScalarType::Boolean => Scalar::truth(self.node.truth(row)?),
            ScalarType::Text => self.node.text(row)?.map_or(Scalar::Null, Scalar::Text),
            ScalarType::Integer | ScalarType::Decimal { .. } | ScalarType::Time => {
                self.node.units(row)?.map_or(Scalar::Null, Scalar::Exact)
            }
        })
    }

    /// Whether the condition is true for an event: it is not if it is false, and not if it is NULL.
    ///
    /// What is no condition is never true: [`parse_filter`](Self::parse_filter) refuses it.
    ///
    /// # Errors
    /// As [`evaluate`](Self::evaluate).
    #[inline]
    pub fn is_true<'a, V: FieldValues<'a>>(&'a self, row: &V) -> Result<bool, EvaluationError> {
        Ok(self.node.truth(row)? == Some(true))
    }
}

/// Two are equal if one text, of one type, stands for both.
impl PartialEq for Expression {
    fn eq(&self, other: &Expression) -> bool {
        (&self.canonical, self.kind, &self.fields) == (&other.canonical, other.kind, &other.fields)
    }
}

impl Eq for Expression {}

impl fmt::Display for Expression {
    /// The canonical text without its version: an expression that means the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.canonical)
    }
}
