//! The grammar of JSON (RFC 8259), step by step.

use super::Member;

/// Text without the white space of JSON in front.
pub(super) fn blank(text: &[u8]) -> &[u8] {
    let white = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    &text[white..]
}

/// What is left of a text. Each step takes a token and the white space behind it, or gives nothing.
pub(super) struct Unread<'a>(pub &'a [u8]);

impl<'a> Unread<'a> {
    /// Takes `byte`.
    pub fn eat(&mut self, byte: u8) -> Option<()> {
        self.0 = blank(self.0.strip_prefix(&[byte])?);
        Some(())
    }

    /// What `step` takes, without white space behind it.
    pub fn taken<T>(&mut self, step: impl Fn(&mut Unread<'a>) -> Option<T>) -> Option<(&'a [u8], T)> {
        let before = self.0;
        let step = step(self)?;
        Some((before[..before.len() - self.0.len()].trim_ascii_end(), step))
    }

    /// Takes an object, and gives its members.
    pub fn members(&mut self) -> Option<Vec<Member<'a>>> {
        let mut members = Vec::new();
        self.eat(b'{')?;
        if self.eat(b'}').is_some() {
            return Some(members);
        }
        loop {
            let (name, is_escaped) = self.taken(Unread::string)?;
            self.eat(b':')?;
            let (value, ()) = self.taken(Unread::value)?;
            members.push(Member { name, is_escaped, value });
            if self.eat(b',').is_none() {
                return self.eat(b'}').map(|()| members);
            }
        }
    }

    /// Takes a value, with all that is in it.
    pub fn value(&mut self) -> Option<()> {
        let mut open = Vec::new();
        loop {
            match self.0.first()? {
                b'{' => {
                    self.eat(b'{')?;
                    if self.0.first() != Some(&b'}') {
                        open.push(b'}');
                        self.key()?;
                        continue;
                    }
                    self.eat(b'}')?;
                }
                b'[' => {
                    self.eat(b'[')?;
                    if self.0.first() != Some(&b']') {
                        open.push(b']');
                        continue;
                    }
                    self.eat(b']')?;
                }
                b'"' => drop(self.string()?),
                b'-' | b'0'..=b'9' => self.number()?,
                _ => self.word()?,
            }
            loop {
                let Some(close) = open.last().copied() else { return Some(()) };
                if self.eat(b',').is_some() {
                    if close == b'}' {
                        self.key()?;
                    }
                    break;
                }
                self.eat(close)?;
                open.pop();
            }
        }
    }

    /// Takes a key and its colon.
    fn key(&mut self) -> Option<()> {
        self.string()?;
        self.eat(b':')
    }

    /// Takes a string; whether there are escapes in it.
    pub fn string(&mut self) -> Option<bool> {
        let (mut rest, mut is_escaped) = (self.0.strip_prefix(b"\"")?, false);
        loop {
            let (byte, behind) = rest[plain(rest)..].split_first()?;
            rest = behind;
            match byte {
                b'"' => break,
                b'\\' => {
                    let (escape, behind) = rest.split_first()?;
                    (rest, is_escaped) = (behind, true);
                    if *escape == b'u' {
                        let (digits, behind) = rest.split_at_checked(4)?;
                        digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                        rest = behind;
                    } else if !b"\"\\/bfnrt".contains(escape) {
                        return None;
                    }
                }
                _ => return None,
            }
        }
        self.0 = blank(rest);
        Some(is_escaped)
    }

    fn number(&mut self) -> Option<()> {
        let mut rest = self.0.strip_prefix(b"-").unwrap_or(self.0);
        rest = match rest.strip_prefix(b"0") {
            Some(rest) => rest,
            None => digits(rest)?,
        };
        if let Some(fraction) = rest.strip_prefix(b".") {
            rest = digits(fraction)?;
        }
        if let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
            let sign = exponent.strip_prefix(b"-").or_else(|| exponent.strip_prefix(b"+"));
            rest = digits(sign.unwrap_or(exponent))?;
        }
        self.0 = blank(rest);
        Some(())
    }

    fn word(&mut self) -> Option<()> {
        let words: [&[u8]; 3] = [b"true", b"false", b"null"];
        self.0 = blank(words.iter().find_map(|word| self.0.strip_prefix(*word))?);
        Some(())
    }
}

/// How many bytes at the beginning of `text` stand for themselves in a string: all before the first quote, backslash or
/// control character.
fn plain(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    // Of eight bytes at once. The lowest bit that is set is of the first that ends it; what is above may be borrowed.
    let ends = |eight: u64| {
        let is_zero = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes;
        let is_control = eight.wrapping_sub(ONES * u64::from(b' ')) & !eight;
        let [quote, backslash] = [b'"', b'\\'].map(|byte| is_zero(eight ^ (ONES * u64::from(byte))));
        (quote | backslash | is_control) & (ONES << 7)
    };
    let (eights, rest) = text.as_chunks::<8>();
    for (place, eight) in eights.iter().enumerate() {
        let ends = ends(u64::from_le_bytes(*eight));
        if ends != 0 {
            return place * 8 + ends.trailing_zeros() as usize / 8;
        }
    }
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..b' ');
    eights.len() * 8 + rest.iter().position(ends).unwrap_or(rest.len())
}

/// What follows one digit or more.
fn digits(text: &[u8]) -> Option<&[u8]> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (length > 0).then(|| &text[length..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_goes_on_to_the_first_byte_that_is_special() {
        for before in 0..40 {
            for special in (0..b' ').chain([b'"', b'\\']) {
                for behind in [&b""[..], b"\"\\\x00\x01 ", b"abcdefgh\"xyz"] {
                    let text = [&vec![b'#'; before], &[special][..], behind].concat();
                    assert_eq!(plain(&text), before, "{}", text.escape_ascii());
                }
            }
            // Neighbours of what is special, and all above ASCII.
            let others: Vec<u8> = (b' '..=255).filter(|byte| !b"\"\\".contains(byte)).skip(before).collect();
            assert_eq!(plain(&others), others.len());
        }
    }
}
