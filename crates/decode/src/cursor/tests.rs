//! Steps over tokens and values, by table.

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use super::chunk::Marks;
use super::skip::DEPTH_MAX;
use super::*;

#[test]
fn a_mark_is_set_for_each_special_byte_and_no_other() {
    for byte in 0..=u8::MAX {
        for place in 0..16 {
            for rest in [b'a', 0xFF, 0x80, b' ', b'!', b'#', b'[', b']'] {
                let mut chunk = [rest; 16];
                chunk[place] = byte;
                let is_end = byte < 0x20 || byte == b'"' || byte == b'\\';
                assert_eq!(
                    Marks::of(chunk).ends,
                    u32::from(is_end) << place,
                    "byte {byte:#x} at {place} among {rest:#x}"
                );
            }
        }
    }
}

/// Whether `text` is skipped as one value.
fn skips(text: &str) -> bool {
    Cursor::new(text.as_bytes()).behind_value().is_some_and(Cursor::at_end)
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
    assert!(Cursor::new(nested(DEPTH_MAX as usize).as_bytes()).behind_value().is_some());
    assert!(Cursor::new(nested(1_000_000).as_bytes()).behind_value().is_none());
}

#[test]
fn a_text_is_utf_8_where_the_standard_library_says_so() {
    let parts: [&[u8]; 17] = [
        b"a",
        b"bc",
        b"defghijk",
        "ç".as_bytes(),
        "ão".as_bytes(),
        "\u{80}".as_bytes(),
        "\u{7ff}".as_bytes(),
        "\u{800}".as_bytes(),
        "€".as_bytes(),
        "😀".as_bytes(),
        b"\xC3",
        b"\xA7",
        b"\xC1\xBF",
        b"\xE0\x9F\xBF",
        b"\xED\xA0\x80",
        b"\xFF",
        b"\xE0\xA7",
    ];
    let mut random = SmallRng::seed_from_u64(mare_random::seed());
    let (mut texts, mut others) = (0, 0);
    for _ in 0..100_000 {
        let some = if random.random() { &parts[..7] } else { &parts };
        let text: Vec<u8> =
            (0..random.random_range(0..12)).flat_map(|_| *some.choose(&mut random).expect("a part")).copied().collect();
        let tail = [&b"\""[..], b"\",", b"\", and what follows: \xA7\xC3 is longer"]
            .choose(&mut random)
            .copied()
            .expect("a tail");
        let is_text = std::str::from_utf8(&text).is_ok();
        (texts, others) = (texts + u32::from(is_text), others + u32::from(!is_text));
        let read = Cursor::new(&[b"\"", &text[..], tail].concat()).text().map(<[u8]>::to_vec);
        assert_eq!(read, is_text.then_some(text.clone()), "{}{}", text.escape_ascii(), tail.escape_ascii());
    }
    assert!(texts > 10_000 && others > 10_000, "{texts} texts, {others} others");
}

/// The digits of the number that `text` begins with, and how long that is.
fn number(text: &str) -> Option<(Option<Digits>, usize)> {
    let mut digits = None;
    let behind = Cursor::new(text.as_bytes()).behind_number(&mut digits)?;
    Some((digits, text.len() - behind.rest().len()))
}

#[test]
fn the_digits_of_a_number_are_the_same_by_words_and_by_bytes() {
    let digits = "9182736450123456789018";
    for (whole, behind) in (1..=21).flat_map(|whole| (0..=21).map(move |behind| (whole, behind))) {
        for sign in ["", "-"] {
            let point = if behind > 0 { "." } else { "" };
            let number_text = format!("{sign}{}{point}{}", &digits[..whole], &digits[..behind]);
            let expected = Digits::of(number_text.as_bytes()).filter(|_| whole + behind <= 19);
            for tail in
                ["", ",", "}", "]", " ", "e5", ",\"a longer tail\":\"12345678\"", "/", ":", "\u{7f}", "ção", "-1"]
            {
                let found = number(&format!("{number_text}{tail}"));
                let (found, length) = found.unwrap_or_else(|| panic!("{number_text}{tail}"));
                assert_eq!(length, number_text.len(), "{number_text}{tail}");
                // By bytes the point is one of those that are counted.
                if whole + behind < 19 || behind == 0 {
                    assert_eq!(found, expected, "{number_text}{tail}");
                }
            }
        }
    }
}

#[test]
fn what_begins_as_a_number_and_is_none_has_no_digits() {
    for tail in ["", ",", ",\"a longer tail\"", "}"] {
        for other in [
            "",
            "-",
            "01",
            "00",
            "-01.5",
            "1.",
            "-1.",
            ".5",
            "+1",
            "1234567.",
            "12345678.",
            "123456.",
            "a",
            "0123456789",
        ] {
            assert_eq!(number(&format!("{other}{tail}")), None, "{other}{tail}");
        }
        for (zero, behind) in [("0", 0), ("0.0", 1), ("-0", 0), ("0.00000", 5), ("-0.000000000001", 12)] {
            let (found, length) = number(&format!("{zero}{tail}")).expect(zero);
            assert_eq!(
                (found, length),
                (Digits::of(zero.as_bytes()), zero.len()),
                "{zero}{tail}, {behind} behind the point"
            );
        }
    }
}

#[test]
fn a_string_ends_where_its_first_special_byte_is_however_long_it_is() {
    let text = |length: usize| "uma categoria com nome, e mais do que um pouco: 1234".repeat(2)[..length].to_owned();
    for length in 0..80 {
        for tail in ["", "}", ",\"x\":\"ção\"}", ", and what follows is longer than sixteen bytes"] {
            let record = format!("\"{}\"{tail}", text(length));
            let mut cursor = Cursor::new(record.as_bytes());
            assert_eq!(cursor.text(), Some(text(length).as_bytes()), "{record}");
            assert_eq!(cursor.rest(), tail.as_bytes(), "{record}");
        }
        for end in ["", "\\n\"", "\t\"", "\0\""] {
            assert_eq!(Cursor::new(format!("\"{}{end}", text(length)).as_bytes()).text(), None, "{length} {end:?}");
        }
    }
}
