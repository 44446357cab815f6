//! What an expression may name.

use jiff::tz::TimeZone;
use mare_model::schema::Field;

use super::error::ExpressionError;
use super::scalar::ScalarType;

/// The time of the event itself, unless a field is declared with that name.
pub(super) const EVENT_TIME: &str = "event_time";

/// The fields that an expression may name, with their types, and the zone in which it reads a calendar.
///
/// ```
/// use mare_expression::{Expression, Scope, ScalarType};
/// use mare_model::schema::{Field, FieldType};
///
/// let uf = Field { optional: true, ..Field::new("cliente.uf", FieldType::String) };
/// let scope = Scope::new(&[uf], jiff::tz::TimeZone::UTC).with("pago_em", ScalarType::Time, true);
/// let expression = Expression::parse("cliente.uf = 'SP' AND pago_em > event_time", &scope)?;
/// assert_eq!(expression.fields(), [0, 1]);
/// # Ok::<(), mare_expression::ExpressionError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Scope {
    /// In the order of their indices.
    fields: Vec<ScopeField>,
    /// In which the parts of a date are read.
    zone: TimeZone,
    /// What one of them is called.
    noun: &'static str,
    /// Whether there is an event, which has a time.
    has_event: bool,
    /// Names that are known and may not be written.
    barred: Vec<Barred>,
}

/// A name that may not be written: what is said of it, and what to do.
#[derive(Clone, Debug)]
struct Barred {
    name: String,
    what: String,
    remedy: String,
}

/// One of them.
#[derive(Clone, Debug)]
pub(super) struct ScopeField {
    /// As it is written, dots and all.
    pub(super) name: String,
    pub(super) kind: ScalarType,
    /// Whether an event may be without it.
    pub(super) nullable: bool,
}

impl Scope {
    /// The declared fields of an event, by their places there.
    #[must_use]
    pub fn new(fields: &[Field], zone: TimeZone) -> Scope {
        let field =
            |field: &Field| ScopeField { name: field.name.clone(), kind: field.kind.into(), nullable: field.optional };
        let fields = fields.iter().map(field).collect();
        Scope { fields, zone, noun: "field", has_event: true, barred: Vec::new() }
    }

    /// No total yet, of those over which an expression is evaluated when a document is made: there is no event then.
    #[must_use]
    pub fn of_totals(zone: TimeZone) -> Scope {
        Scope { fields: Vec::new(), zone, noun: "total", has_event: false, barred: Vec::new() }
    }

    /// The same with one more field behind them: one that is computed, or a time.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, kind: ScalarType, nullable: bool) -> Scope {
        self.fields.push(ScopeField { name: name.into(), kind, nullable });
        self
    }

    /// The same, in which `name` is refused: `what` is wrong with it, and what to do.
    #[must_use]
    pub fn without(mut self, name: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) -> Scope {
        self.barred.push(Barred { name: name.into(), what: what.into(), remedy: remedy.into() });
        self
    }

    /// The zone.
    pub(super) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// A field by its index.
    pub(super) fn field(&self, index: usize) -> Option<&ScopeField> {
        self.fields.get(index)
    }

    /// The index of a field by its name; none is the event's own time.
    pub(super) fn find(&self, name: &str, at: u32) -> Result<Option<usize>, ExpressionError> {
        match self.fields.iter().position(|field| field.name == name) {
            None if name != EVENT_TIME || !self.has_event => Err(self.unknown(name, at)),
            found => Ok(found),
        }
    }

    /// What is said of a name that nothing has.
    fn unknown(&self, name: &str, at: u32) -> ExpressionError {
        if let Some(Barred { what, remedy, .. }) = self.barred.iter().find(|barred| barred.name == name) {
            return ExpressionError::new(at, what, remedy);
        }
        let noun = self.noun;
        let event_time = self.has_event.then_some(EVENT_TIME);
        let known: Vec<&str> = self.fields.iter().map(|field| field.name.as_str()).chain(event_time).collect();
        let remedy = match (closest(name, &known), known.as_slice()) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, []) => format!("there is no {noun} that may be named here"),
            (None, _) => format!(
                "the {noun}s here are `{}`; a text stands in 'single quotes', a name with brackets in \"double quotes\"",
                known.join("`, `")
            ),
        };
        ExpressionError::new(at, format_args!("there is no {noun} `{name}`"), remedy)
    }
}

/// The known name that is nearest to `wrong`, if a slip of the fingers explains the difference.
pub(super) fn closest<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let slips = |name: &str| strsim::damerau_levenshtein(&wrong, &name.to_lowercase());
    let (slips, name) = known.iter().map(|name| (slips(name), *name)).min_by_key(|(slips, _)| *slips)?;
    (slips <= 1.max(name.chars().count() / 3)).then_some(name)
}
