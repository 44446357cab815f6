//! Texts that are not UTF-8, which is what TOML is: an editor of another time or another system has written them.

use std::fmt;
use std::path::Path;

/// The marks that stand before a text in these encodings, the longer ones first; UTF-16 begins as UTF-32 does.
const MARKS: [(&[u8], &str); 4] = [
    (&[0xff, 0xfe, 0, 0], "UTF-32LE"),
    (&[0, 0, 0xfe, 0xff], "UTF-32BE"),
    (&[0xff, 0xfe], "UTF-16LE"),
    (&[0xfe, 0xff], "UTF-16BE"),
];

/// The mark that may stand before UTF-8, and means nothing.
const UTF8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// A text that is not UTF-8: what it looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// A wide encoding, by its mark or by a null beside each letter.
    Wide(&'static str),
    /// One byte a letter, as far as can be seen: the first byte that UTF-8 does not have, and where it stands.
    Narrow {
        /// Its line, counted from 1.
        line: usize,
        /// Its place in the file, counted from 0.
        offset: usize,
        /// The byte.
        byte: u8,
    },
}

/// The text of a file.
///
/// # Errors
/// What it is if it is not UTF-8.
pub fn decode(bytes: &[u8]) -> Result<&str, Foreign> {
    if let Some((_, name)) = MARKS.iter().find(|(mark, _)| bytes.starts_with(mark)) {
        return Err(Foreign::Wide(name));
    }
    match bytes {
        [0, letter, 0, other, ..] if *letter > 0 && *other > 0 => return Err(Foreign::Wide("UTF-16BE")),
        [letter, 0, other, 0, ..] if *letter > 0 && *other > 0 => return Err(Foreign::Wide("UTF-16LE")),
        _ => {}
    }
    let bytes = bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let (before, rest) = bytes.split_at(error.valid_up_to());
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Foreign::Narrow { line, offset: before.len(), byte: rest.first().copied().unwrap_or_default() }
    })
}

impl Foreign {
    /// The name that iconv has for it.
    fn name(&self) -> &'static str {
        match self {
            Foreign::Wide(name) => name,
            // Windows has letters where Latin-1 has control signs, and is the same elsewhere.
            Foreign::Narrow { byte: 0x80..=0x9f, .. } => "WINDOWS-1252",
            Foreign::Narrow { .. } => "ISO-8859-1",
        }
    }

    /// How to make UTF-8 of the file at `path`.
    #[must_use]
    pub fn remedy(&self, path: &Path) -> String {
        let (name, path) = (self.name(), path.display());
        format!("save it as UTF-8 in the editor, or convert it: `iconv -f {name} -t UTF-8 {path} > utf8.toml`")
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Foreign::Wide(name) => write!(f, "it looks like {name}"),
            Foreign::Narrow { line, offset, byte } => {
                let name = if self.name() == "ISO-8859-1" { "Latin-1 (ISO-8859-1)" } else { "Windows-1252" };
                write!(f, "line {line} has the byte 0x{byte:02x} at offset {offset}, as {name} writes ")?;
                match byte {
                    0xa0..=0xff => write!(f, "`{}`", char::from(*byte)),
                    _ => write!(f, "a letter or a quotation mark"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_utf8_is_read_with_its_mark_or_without() {
        assert_eq!(decode("name = \"ção\"".as_bytes()), Ok("name = \"ção\""));
        assert_eq!(decode(b"\xef\xbb\xbfname = 1"), Ok("name = 1"));
        assert_eq!(decode(b""), Ok(""));
    }

    #[test]
    fn another_encoding_is_named_with_the_remedy() {
        let wide = |little: bool, text: &str| -> Vec<u8> {
            text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
        };
        for (bytes, name) in [
            (wide(true, "\u{feff}name = 1"), "UTF-16LE"),
            (wide(false, "\u{feff}name = 1"), "UTF-16BE"),
            (wide(true, "name = 1"), "UTF-16LE"),
            (wide(false, "name = 1"), "UTF-16BE"),
            (b"\xff\xfe\0\0n\0\0\0".to_vec(), "UTF-32LE"),
        ] {
            let found = decode(&bytes).expect_err(name);
            assert_eq!(found, Foreign::Wide(name));
            assert!(found.remedy(Path::new("f.toml")).contains(&format!("iconv -f {name} -t UTF-8 f.toml")));
        }
        let found = decode(b"# pre\xe7os\n").expect_err("Latin-1");
        assert_eq!(found, Foreign::Narrow { line: 1, offset: 5, byte: 0xe7 });
        assert_eq!(found.to_string(), "line 1 has the byte 0xe7 at offset 5, as Latin-1 (ISO-8859-1) writes `ç`");
        let found = decode(b"a = 1\n# \x93x\x94\n").expect_err("Windows");
        assert!(found.to_string().starts_with("line 2 has the byte 0x93 at offset 8, as Windows-1252"), "{found}");
        assert!(found.remedy(Path::new("f.toml")).contains("WINDOWS-1252"));
    }
}
