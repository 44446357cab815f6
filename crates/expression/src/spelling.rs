//! How expressions are spelt: PostgreSQL's names and precedence, and nothing that is particular to it. The parser's own
//! dialect of that name would read `valor>-1` as an operator `>-`, and takes a good deal that is refused behind it
//! anyway.

use sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};

/// The dialect that the parser is given.
#[derive(Debug)]
pub(super) struct Spelling;

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

    /// `TRIM(text, letters)`.
    fn supports_comma_separated_trim(&self) -> bool {
        true
    }

    /// A part of a date that there isn't is refused by us, with the parts that there are.
    fn allow_extract_custom(&self) -> bool {
        true
    }
}
