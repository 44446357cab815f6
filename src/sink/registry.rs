//! Which kinds of sink there are: the one place that names them.
//!
//! A new kind is a crate with the rooms of the others, and a line of [`SINKS`]. Everybody else asks a
//! [`Connector`](super::Connector), or this table for what concerns all kinds.

use super::{Registry, mongodb, sqlite, stdout};

/// All kinds, in the order in which people are told of them.
pub const SINKS: Registry = Registry(&[mongodb::FACTORY, sqlite::FACTORY, stdout::FACTORY]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_names_every_sink_that_can_be_read_back() {
        assert_eq!(SINKS.headers(), "`[sink.mongodb]` or `[sink.sqlite]`");
        let expected = "`[sink.mongodb]` with `uri`, `database` and `collection`, or `[sink.sqlite]` with `path`";
        assert_eq!(SINKS.example(), expected);
    }

    #[test]
    fn each_kind_has_a_name_of_its_own() {
        let Registry(kinds) = SINKS;
        for (at, factory) in kinds.iter().enumerate() {
            assert!(kinds.iter().skip(at + 1).all(|other| other.name != factory.name), "{}", factory.name);
            assert_eq!(SINKS.title(factory.name), factory.title);
        }
    }
}
