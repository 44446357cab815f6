//! Keeping passwords out of the lines of a file, or of an override, that a diagnostic shows.
//!
//! It looks at the text, not at parsed values, because a text that does not parse is shown too. When in doubt it masks.

use std::ops::Range;

/// The key of a table of librdkafka properties: no value of one is shown, because a misspelt name of a password is no
/// name of one.
const PROPERTIES: &str = "properties";

/// What makes the value behind it a secret elsewhere. Narrow, because the text has fields and totals too, and `key =
/// "string"` in it is no secret.
const SECRET_WORDS: [&str; 7] =
    ["password", "secret", "sasl.jaas", "key.pem", "oauthbearer.config", "webhook", "routing_key"];

/// `text` with an asterisk for each byte of each secret that can be made out in it, so that every offset stays.
pub fn mask(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let secrets = uri_password(line).into_iter().chain(named_secrets(line));
        secrets.for_each(|secret| hide(&mut bytes, at + secret.start..at + secret.end));
        at += line.len();
    }
    property_values(text).into_iter().for_each(|secret| hide(&mut bytes, secret));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Line ends stay: a diagnostic counts them.
fn hide(bytes: &mut [u8], secret: Range<usize>) {
    let secret = bytes.get_mut(secret).unwrap_or_default();
    secret.iter_mut().filter(|byte| !matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b'*');
}

/// The password of `user:password@host`, with or without a scheme, whatever signs are in it.
fn uri_password(line: &str) -> Option<Range<usize>> {
    let at = line.rfind('@')?;
    let scheme = line[..at].find("://").map(|scheme| scheme + "://".len());
    let user = scheme.or_else(|| line[..at].find('=')).unwrap_or(0);
    let colon = user + line[user..at].find(':')?;
    Some(colon + 1..at)
}

/// The values of keys that name a secret, with or without quotes.
fn named_secrets(line: &str) -> Vec<Range<usize>> {
    let lower = line.to_ascii_lowercase();
    let keys = SECRET_WORDS.iter().flat_map(|word| lower.match_indices(word).map(|(at, _)| at).collect::<Vec<_>>());
    keys.filter_map(|key| {
        let after = key + line[key..].find('=')? + 1;
        let start = after + line[after..].find(|character: char| !character.is_whitespace())?;
        Some(value(line, start, true).0)
    })
    .collect()
}

/// The values of properties: below a header, in an inline table, behind a dotted key.
fn property_values(text: &str) -> Vec<Range<usize>> {
    let (mut found, mut at, mut is_below_header) = (Vec::new(), 0, false);
    while at < text.len() {
        let end = line_end(text, at);
        let line = &text[at..end];
        let begin = if line.trim_start().starts_with('[') {
            is_below_header = line.contains(PROPERTIES);
            // An override may be no more than a header that was not closed.
            line.find(']').filter(|_| is_below_header).map(|close| at + close + 1)
        } else if is_below_header {
            Some(at)
        } else {
            line.find(PROPERTIES).map(|key| at + key)
        };
        at = begin.map_or(end, |begin| values(text, begin, &mut found).max(end));
    }
    found
}

/// Adds the values of the keys from `at` to the end of the line, or of the inline table that opens there, and returns
/// where that is.
fn values(text: &str, mut at: usize, found: &mut Vec<Range<usize>>) -> usize {
    let mut depth = 0_usize;
    while let Some(next) = text[at..].chars().next() {
        match next {
            '\n' if depth == 0 => return at + 1,
            '#' => at = line_end(text, at) - usize::from(depth == 0 && line_end(text, at) > at + 1),
            '}' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            ',' => at += 1,
            next if next.is_whitespace() => at += next.len_utf8(),
            _ => {
                at = key_end(text, at);
                at += text[at..].len() - text[at..].trim_start_matches([' ', '\t', '=', ':']).len();
                if text[at..].starts_with('{') {
                    depth += 1;
                    at += 1;
                } else if !text[at..].starts_with(['\n', '\r']) {
                    let (secret, behind) = value(text, at, depth > 0);
                    found.push(secret);
                    at = behind;
                }
            }
        }
    }
    at
}

/// Where a key ends, dots and quotes included.
fn key_end(text: &str, mut at: usize) -> usize {
    while let Some(next) = text[at..].chars().next() {
        match next {
            '"' | '\'' => at = closing(text, at + 1, next).map_or(line_end(text, at), |close| close + 1),
            ' ' | '\t' | '=' | ':' | '\n' | '\r' | '{' => return at,
            _ => at += next.len_utf8(),
        }
    }
    at
}

/// The value that begins at `start`, without quotes around it, and where what follows it begins. One without quotes
/// ends at a comma or a brace if it is `among_others`, else with the line; and so does whatever stands behind a closing
/// quote.
fn value(text: &str, start: usize, among_others: bool) -> (Range<usize>, usize) {
    let rest = &text[start..];
    let end = line_end(text, start);
    for triple in ["\"\"\"", "'''"] {
        if rest.starts_with(triple) {
            let close = text[start + 3..].find(triple).map_or(text.len(), |close| start + 3 + close);
            return (start + 3..close, (close + 3).min(text.len()));
        }
    }
    let bare_end = |from: usize| {
        let stops: &[char] = if among_others { &[',', '}', '\r', '\n'] } else { &['\r', '\n'] };
        text[from..end].find(stops).map_or(end, |stop| from + stop)
    };
    match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => match closing(text, start + 1, quote) {
            Some(close) => {
                let behind = text[close + 1..bare_end(close + 1)].trim_end();
                let is_clean = behind.trim_start().is_empty() || behind.trim_start().starts_with(['#', '"', '\'', '}']);
                let secret_end = if is_clean { close } else { close + 1 + behind.len() };
                (start + 1..secret_end, secret_end.max(close + 1))
            }
            None => (start + 1..end, end),
        },
        _ => (start..bare_end(start), bare_end(start)),
    }
}

/// Where the text that `quote` has opened before `at` is closed on its line.
fn closing(text: &str, at: usize, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (place, character) in text[at..line_end(text, at)].char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if quote == '"' => is_escaped = true,
            _ if character == quote => return Some(at + place),
            _ => {}
        }
    }
    None
}

/// Where the line of `at` ends, its line feed included.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |feed| at + feed + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_masks(cases: &[(&str, &str)]) {
        for (text, masked) in cases {
            assert_eq!(mask(text), *masked);
            assert_eq!(mask(text).len(), text.len());
        }
    }

    #[test]
    fn a_mask_keeps_every_offset_and_hides_every_password() {
        assert_masks(&[
            ("uri = \"mongodb://root:ção@h:1/d\"\n", "uri = \"mongodb://root:*****@h:1/d\"\n"),
            ("uri = '${U:-mongodb://u:p@ss@h}' # x", "uri = '${U:-mongodb://u:****@h}' # x"),
            ("uri = mongodb://u:p@h", "uri = mongodb://u:*@h"),
            ("uri = \"mongodb://u:p'w w@h:1\"", "uri = \"mongodb://u:*****@h:1\""),
            ("uri = \"root:root@h:1\"", "uri = \"root:****@h:1\""),
            ("a = \"http://h:1/x\"", "a = \"http://h:1/x\""),
            ("webhook = \"https://h/T0/s3cret\" # x", "webhook = \"*******************\" # x"),
            ("--set alerts.routing_key=R0", "--set alerts.routing_key=**"),
            ("p = { \"sasl.password\" = \"a b\", \"x\" = 1 }", "p = { \"sasl.password\" = \"***\", \"x\" = 1 }"),
            ("\"sasl.password\" = \"a\\\"b\" # x", "\"sasl.password\" = \"****\" # x"),
            ("--set a.\"sasl.password\"=hunter2", "--set a.\"sasl.password\"=*******"),
            ("\"ssl.key.pem\" = \"open", "\"ssl.key.pem\" = \"****"),
            ("key = \"string\"\n", "key = \"string\"\n"),
        ]);
    }

    #[test]
    fn no_value_of_a_property_is_shown_whatever_its_name() {
        assert_masks(&[
            (
                "properties = { \"sasl.passwrod\" = \"ab\", x = 1 }\ny = 2",
                "properties = { \"sasl.passwrod\" = \"**\", x = **}\ny = 2",
            ),
            (
                "[source.kafka.properties]\n\"sasl.passwrod\" = \"ab\" # x\r\nx=1\n[window]\ntumbling = \"1m\"\n",
                "[source.kafka.properties]\n\"sasl.passwrod\" = \"**\" # x\r\nx=*\n[window]\ntumbling = \"1m\"\n",
            ),
            (
                "[late.properties]\n\"sasl.passwrod\" \"ab\"\na: b c\n",
                "[late.properties]\n\"sasl.passwrod\" \"**\"\na: ***\n",
            ),
            ("[properties]\nx = \"\"\"a\nb\"\"\"\ny = 'c'd'\n", "[properties]\nx = \"\"\"*\n*\"\"\"\ny = '****\n"),
            (
                "properties.\"sasl.passwrod\" = \"ab\"\ntopic = \"t\"",
                "properties.\"sasl.passwrod\" = \"**\"\ntopic = \"t\"",
            ),
            ("--set late.properties.\"sasl.passwrod\"=a,b c", "--set late.properties.\"sasl.passwrod\"=*****"),
            ("--set late.properties.sasl.passwrod=ab", "--set late.properties.sasl.passwrod=**"),
            (
                "properties = {\n  a = \"bc\", # d\n  e = \"f\"\n}\nname = \"g\"",
                "properties = {\n  a = \"**\", # d\n  e = \"*\"\n}\nname = \"g\"",
            ),
            ("properties = { \"a\" = \"bc\n", "properties = { \"a\" = \"**\n"),
        ]);
    }
}
