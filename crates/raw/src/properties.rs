//! The table of librdkafka's properties, which it tells only as the text of its manual.

use std::ffi::c_char;
use std::slice;

use nix::libc;
use rdkafka::bindings as sys;

/// A property of clients or of topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name, or another name that it has.
    pub name: String,
    /// What it takes, `0 .. 300000` or `plaintext, ssl`; empty if that is any text.
    pub range: String,
}

/// All of them.
#[must_use]
pub fn all() -> Vec<Property> {
    let lines = manual();
    let lines = lines.lines().filter(|line| !line.starts_with("Property ") && !line.starts_with('-'));
    let rows = lines.filter_map(|line| {
        let mut columns = line.split('|').map(str::trim);
        let (name, _who, range) = (columns.next()?, columns.next()?, columns.next()?);
        Some(Property { name: name.to_owned(), range: range.to_owned() })
    });
    rows.collect()
}

/// What librdkafka writes: a heading, and a line `name | C/P | range | …` for each property. Empty if there is no
/// memory for it.
fn manual() -> String {
    let (mut start, mut length): (*mut c_char, usize) = (std::ptr::null_mut(), 0);
    // SAFETY: `start` and `length` outlive the stream, which keeps them up to date until it is closed. From then on the
    // `length` bytes at `start` are ours, and are freed once, after they were copied.
    unsafe {
        let stream = libc::open_memstream(&raw mut start, &raw mut length);
        if stream.is_null() {
            return String::new();
        }
        sys::rd_kafka_conf_properties_show(stream.cast());
        libc::fclose(stream);
        if start.is_null() {
            return String::new();
        }
        let text = String::from_utf8_lossy(slice::from_raw_parts(start.cast::<u8>(), length)).into_owned();
        libc::free(start.cast());
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_and_topics_have_their_properties_with_what_they_take() {
        let all = all();
        let range =
            |name: &str| all.iter().find(|property| property.name == name).map(|property| property.range.as_str());
        assert_eq!(range("sasl.password"), Some(""));
        assert_eq!(range("security.protocol"), Some("plaintext, ssl, sasl_plaintext, sasl_ssl"));
        assert_eq!(range("fetch.wait.max.ms"), Some("0 .. 300000"));
        assert!(range("auto.offset.reset").is_some(), "a topic's");
        assert!(range("bootstrap.servers").is_some(), "another name");
        assert!(all.iter().all(|property| property.name.chars().all(|sign| sign.is_ascii_graphic())), "{all:?}");
    }
}
