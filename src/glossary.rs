//! The words of this field, and ours behind them: the page `docs/glossary.md`, whose links lead to the files of the
//! repository.
//!
#![doc = include_str!("../docs/glossary.md")]
