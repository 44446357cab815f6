//! Parts of a date, and the zones in which they are read.

use jiff::tz::TimeZone;

use super::operator::{NONE, ZONE};
use super::{Operand, Parser, Read, shortened};
use crate::error::ExpressionError;
use crate::scope::closest;
use crate::term::{PARTS, Part, Term, What};
use crate::tokens::Token;

impl Parser<'_> {
    /// A time in the zone behind `AT TIME ZONE`, of which the first word has passed.
    pub(super) fn at_time_zone(&mut self, time: Operand) -> Read<Operand> {
        self.next += 2;
        let zone = zone(&self.plain(ZONE)?.term)?;
        Ok(Operand { zone: Some(zone), ..time })
    }

    /// `EXTRACT(part FROM time)`, from its parenthesis.
    pub(super) fn extract(&mut self, first: usize) -> Read<Operand> {
        self.open()?;
        let Token::Word(part) = self.peek().token else { return Err(self.wanted("a part of a date")) };
        self.next += 1;
        self.expect("FROM")?;
        let time = self.expression(NONE, 0)?;
        self.close()?;
        self.part(first, part, time)
    }

    /// `DATE_PART('part', time)`, the same.
    pub(super) fn date_part(&mut self, first: usize) -> Read<Operand> {
        let at = self.tokens.get(first).at;
        let miscounted = || super::call::miscounted("DATE_PART", 2, 2, at);
        self.open()?;
        if self.peek().token.is(")") {
            return Err(miscounted());
        }
        let part = self.plain(NONE)?.term;
        if !self.takes(&[","]) {
            return Err(if self.peek().token.is(")") { miscounted() } else { self.wanted(",") });
        }
        let time = self.expression(NONE, 0)?;
        if self.peek().token.is(",") {
            return Err(miscounted());
        }
        self.close()?;
        match part.what {
            What::Text(part) => self.part(first, &part, time),
            _ => {
                let remedy = "write for instance DATE_PART('hour', event_time)";
                Err(ExpressionError::new(at, "the part of DATE_PART is no text", remedy))
            }
        }
    }

    /// A part of a time, in the zone that it is in, or in the scope's.
    fn part(&self, first: usize, word: &str, time: Operand) -> Read<Operand> {
        let at = time.term.at;
        let part = part_of(word, at)?;
        let zone = time.zone.unwrap_or_else(|| self.scope.zone().clone());
        if zone.iana_name().is_none() && zone.to_fixed_offset().is_err() {
            let remedy = "take one of the IANA time zone database: the canonical text of the expression names it";
            return Err(ExpressionError::new(at, "the time zone has no name", remedy));
        }
        self.made(first, time.height + 1, at, What::Extract(part, zone, Box::new(time.term)))
    }
}

/// The part that a word names.
fn part_of(word: &str, at: u32) -> Read<Part> {
    let known: Vec<&str> = PARTS.iter().map(|(known, _)| *known).collect();
    let found = PARTS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
    found.map(|(_, part)| *part).ok_or_else(|| {
        let remedy = match closest(word, &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the parts are `{}`", known.join("`, `")),
        };
        ExpressionError::new(at, format_args!("a time has no part `{}`", shortened(word)), remedy)
    })
}

/// A zone by its name, or by its offset.
fn zone(term: &Term) -> Read<TimeZone> {
    let name = if let What::Text(name) = &term.what { name } else { "" };
    mare_model::time::zone::rules(name).or_else(|| fixed(name)).ok_or_else(|| {
        let what = format_args!("unknown time zone `{}`", shortened(name));
        let remedy = "write a name such as 'America/Sao_Paulo', or an offset such as '-03:00'";
        ExpressionError::new(term.at, what, remedy)
    })
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
