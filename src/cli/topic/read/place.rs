//! `--from`: where reading begins, as a person writes it (pure).

use crate::cli::produce::parse_time;
use crate::kafka_client::Begin;

/// Reads `beginning`, `end`, an offset, `-10`, or a time.
///
/// # Errors
/// How to write it.
pub(super) fn place(text: &str) -> Result<Begin, String> {
    match text {
        "beginning" | "earliest" => return Ok(Begin::Beginning),
        "end" | "latest" => return Ok(Begin::End),
        _ => {}
    }
    match text.parse::<i64>() {
        Ok(last) if text.starts_with('-') => Ok(Begin::Last(last.saturating_neg())),
        Ok(offset) => Ok(Begin::At(offset)),
        Err(_) => parse_time(text).map(Begin::Time).map_err(|_| {
            "write beginning, end, an offset such as 42, -10 for the last ten of each partition, or a time such as \
             2025-11-28T12:00:00Z"
                .to_owned()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_word_an_offset_a_distance_or_a_time() {
        let time = "2025-11-28T12:00:00Z".parse().expect("a time");
        for (text, begin) in [
            ("beginning", Begin::Beginning),
            ("earliest", Begin::Beginning),
            ("end", Begin::End),
            ("latest", Begin::End),
            ("0", Begin::At(0)),
            ("42", Begin::At(42)),
            ("-10", Begin::Last(10)),
            ("2025-11-28T12:00:00", Begin::Time(time)),
            ("2025-11-28T09:00:00-03:00", Begin::Time(time)),
        ] {
            assert_eq!(place(text), Ok(begin), "{text}");
        }
        assert!(place("start").is_err_and(|error| error.contains("beginning")));
    }
}
