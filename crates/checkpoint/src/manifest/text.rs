//! A manifest as text: JSON for people, whose last line is the checksum of all before it.

use serde::Deserialize;

use super::{Manifest, VERSION};

/// Why a text is not the manifest of this dataflow's checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The manifest, or a part that it names, is not what was written; with how.
    #[error("{0}")]
    Damaged(String),
    /// It has another version of the format.
    #[error("it has format version {found}, this mare reads versions up to {VERSION}")]
    Version {
        /// The version that it has.
        found: u32,
    },
    /// It belongs to another dataflow, or to another epoch than its folder's.
    #[error("it is of the dataflow `{dataflow}` at epoch {epoch}")]
    Foreign {
        /// The dataflow it names.
        dataflow: String,
        /// The epoch it names.
        epoch: u64,
    },
}

/// What all versions have in common.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// The last field, which holds the checksum.
const CHECKSUM: &str = ",\n  \"checksum\": \"";

impl Manifest {
    /// The manifest's text.
    ///
    /// ```
    /// # use mare_checkpoint::{manifest::Author, Manifest};
    /// # use mare_model::time::Epoch;
    /// let author = Author { dataflow: "sales".into(), sink: "stdout".into(), ..Author::default() };
    /// let manifest = author.manifest(Epoch(5), jiff::Timestamp::UNIX_EPOCH, Default::default());
    /// let text = manifest.to_text();
    /// assert_eq!(Manifest::from_text(text.as_bytes()), Ok(manifest));
    /// assert!(Manifest::from_text(text.replace("stdout", "stdin").as_bytes()).is_err());
    /// ```
    #[must_use]
    pub fn to_text(&self) -> String {
        let json = serde_json::to_string_pretty(self).expect("a manifest is made of texts and integers");
        let body = json.trim_end_matches(['}', '\n']);
        format!("{body}{}", tail(body))
    }

    /// The manifest in a text.
    ///
    /// # Errors
    /// [`Broken`], but for [`Broken::Foreign`]: what it should be of is not known here.
    pub fn from_text(text: &[u8]) -> Result<Manifest, Broken> {
        let damaged = |how: &str| Broken::Damaged(format!("its manifest {how}"));
        let text = std::str::from_utf8(text).map_err(|_| damaged("is not UTF-8"))?;
        let (body, _) = text.rsplit_once(CHECKSUM).ok_or_else(|| damaged("ends too early"))?;
        if text.strip_prefix(body) != Some(&tail(body)) {
            return Err(damaged("has a wrong checksum: it was changed after it was written"));
        }
        let unreadable = |error: serde_json::Error| damaged(&format!("makes no sense: {error}"));
        let Versioned { version } = serde_json::from_str(text).map_err(unreadable)?;
        if !(1..=VERSION).contains(&version) {
            return Err(Broken::Version { found: version });
        }
        serde_json::from_str(text).map_err(unreadable)
    }
}

/// How a text with this body ends.
fn tail(body: &str) -> String {
    format!("{CHECKSUM}{:08x}\"\n}}\n", crc32c::crc32c(body.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `text` with the checksum of what it has become.
    fn sealed(text: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(text);
        let body = text.rsplit_once(CHECKSUM).map_or(&*text, |(body, _)| body);
        format!("{body}{}", tail(body)).into_bytes()
    }

    #[test]
    fn any_bytes_are_a_manifest_that_is_written_as_it_is_read_or_are_refused() {
        mare_random::fuzz("manifests", 1_500, |input| {
            let unsealed = Manifest::from_text(input);
            let Ok(manifest) = Manifest::from_text(&sealed(input)) else {
                assert!(unsealed.is_err(), "a checksum has made it worse");
                return false;
            };
            assert_eq!(Manifest::from_text(manifest.to_text().as_bytes()).as_ref(), Ok(&manifest));
            true
        });
    }
}
