//! Steps over tokens and values, by table.

use super::skip::DEPTH_MAX;
use super::word::special;
use super::*;

#[test]
fn the_lowest_mark_is_the_first_special_byte() {
    for byte in 0..=u8::MAX {
        for place in 0..8 {
            for rest in [b'a', 0xFF, 0x80, b' ', b'!', b'#', b'[', b']'] {
                let mut word = [rest; 8];
                word[place] = byte;
                let expected = (byte < 0x20 || byte == b'"' || byte == b'\\').then_some(place);
                let marks = special(u64::from_le_bytes(word));
                let found = (marks != 0).then(|| marks.trailing_zeros() as usize / 8);
                assert_eq!(found, expected, "byte {byte:#x} at {place} among {rest:#x}");
            }
        }
    }
}

/// Whether `text` is skipped as one value.
fn skips(text: &str) -> bool {
    let mut cursor = Cursor::new(text.as_bytes());
    cursor.skip_value().is_some() && cursor.at_end()
}

#[test]
fn values_are_skipped_whole() {
    let values = r#"
        1e5 ~ 1E+5 ~ -0.5e-999 ~ 1e999 ~ "\ud83d\ude00" ~ "\ud83d" ~ {"$serde_json::private::Number":"x"} ~ 0 ~ -0 ~ -12.50 ~ 0.0 ~ true ~ false ~ null ~ "" ~ "a\"\\\/\b\f\n\r\t\u00e7" ~ "longer than a word, ção" ~ [] ~ {} ~ [ ]
        ~ [1,[2,{"a":[{}, [] ]}],"x"] ~ { "a" : { "b" : [ 1 , 2 ] } , "c" : "]}" } ~ "12345678" ~ "1234567\"" ~ [[[[]]],[{}]]
    "#;
    for value in values.split('~').map(str::trim) {
        assert!(skips(value), "{value}");
    }
}

#[test]
fn what_is_no_value_is_not_skipped() {
    let others = r#"
        ~ 01 ~ - ~ 1. ~ .5 ~ +1 ~ -01 ~ 0123 ~ 1.2.3 ~ 1-2 ~ 1e ~ 1e+ ~ 1e5.0 ~ tru ~ nul ~ True ~ " ~ "a ~ "a"b ~ "\x" ~ "\u12g4" ~ "\u12 ~ "\
        ~ [ ~ [1 ~ [1, ~ [1,] ~ [,1] ~ [1 2] ~ [} ~ [1} ~ ] ~ {1:2} ~ {"a"} ~ {"a":} ~ {"a":1,} ~ {"a":1 "b":2} ~ {] ~ {"a":1]
    "#;
    for other in others.split('~').map(str::trim).chain(["\"a\tb\"", "\"12345678\n\"", "\"\0\""]) {
        assert!(!skips(other), "{other}");
    }
}

#[test]
fn what_others_must_decide_is_not_skipped() {
    for doubt in [r#"{"\u0061":1}"#, r#"{"\ud83d":1}"#] {
        assert!(!skips(doubt), "{doubt}");
        assert!(serde_json::from_str::<serde::de::IgnoredAny>(doubt).is_ok(), "{doubt}");
    }
}

#[test]
fn nesting_is_skipped_up_to_a_bound() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(Cursor::new(nested(DEPTH_MAX as usize).as_bytes()).skip_value().is_some());
    assert!(Cursor::new(nested(1_000_000).as_bytes()).skip_value().is_none());
}
