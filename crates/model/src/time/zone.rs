//! Time zones by their names, out of the data that this build brings.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write;
use std::sync::{LazyLock, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The IANA time zone database of this build. That of the system is not asked: it differs from machine to machine, and
/// two processes of a cluster have to agree on where a day begins.
static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The zones that have been asked for, each once, for as long as the process lives: there are some six hundred names.
static KNOWN: Mutex<BTreeMap<String, CalendarZone>> = Mutex::new(BTreeMap::new());

/// From when to when a zone's transitions are part of its [fingerprint](CalendarZone::fingerprint): 1970 to 2100, in
/// seconds since the Unix epoch.
const FINGERPRINTED_S: [i64; 2] = [0, 4_102_444_800];

/// The rules of the zone called `name`; `None` if the database has none of that name.
///
/// ```
/// use mare_model::time::zone;
/// assert_eq!(zone::rules("america/sao_paulo").unwrap().iana_name(), Some("America/Sao_Paulo"));
/// assert!(zone::rules("America/Sao Paulo").is_none());
/// ```
#[must_use]
pub fn rules(name: &str) -> Option<TimeZone> {
    DATABASE.get(name).ok()
}

/// The names of all zones that there are.
#[must_use]
pub fn names() -> Vec<String> {
    DATABASE.available().map(|name| name.as_str().to_owned()).collect()
}

/// The zone of a calendar: one of the database, which is as cheap to hand on as a number.
#[derive(Clone, Copy)]
pub struct CalendarZone {
    name: &'static str,
    rules: &'static TimeZone,
}

impl CalendarZone {
    /// The zone called `name`; `None` if the database has none of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<CalendarZone> {
        let rules = rules(name)?;
        let name = rules.iana_name()?.to_owned();
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let zone = known.entry(name.clone()).or_insert_with(|| {
            let name: &'static str = Box::leak(name.into_boxed_str());
            CalendarZone { name, rules: Box::leak(Box::new(rules)) }
        });
        Some(*zone)
    }

    /// Its name in the database: `America/Sao_Paulo`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Which offset it has when.
    #[must_use]
    pub fn rules(self) -> &'static TimeZone {
        self.rules
    }

    /// A checksum of its offsets from 1970 to 2100, in eight digits. Data that moves a day of this zone changes it, and
    /// data that changes other zones alone does not. It is part of a format: it never changes for the same offsets.
    #[must_use]
    pub fn fingerprint(self) -> String {
        let [from, to] = FINGERPRINTED_S;
        let begin = Timestamp::from_second(from).unwrap_or(Timestamp::UNIX_EPOCH);
        let mut offset = self.rules.to_offset(begin).seconds();
        let mut text = format!("{from} {offset}\n");
        let following = self.rules.following(begin).map(|change| (change.timestamp().as_second(), change.offset()));
        for (at, changed) in following.take_while(|(at, _)| *at < to) {
            // The same offset under another name moves no day.
            if changed.seconds() != offset {
                offset = changed.seconds();
                let _ = writeln!(text, "{at} {offset}"); // a text takes whatever is written
            }
        }
        format!("{:08x}", crc32c::crc32c(text.as_bytes()))
    }
}

impl PartialEq for CalendarZone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for CalendarZone {}

impl fmt::Debug for CalendarZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_known_by_its_name_and_kept_once() {
        let zone = |name| CalendarZone::named(name).unwrap();
        assert!(std::ptr::eq(zone("Asia/Tokyo").rules(), zone("asia/tokyo").rules()));
        assert_eq!((zone("asia/tokyo").name(), zone("UTC").name()), ("Asia/Tokyo", "UTC"));
        assert_ne!(zone("Asia/Tokyo"), zone("Asia/Seoul"));
        assert_eq!(CalendarZone::named("Mars/Olympus"), None);
        assert!(names().iter().any(|name| name == "America/Sao_Paulo"), "the database is in the binary");
    }

    #[test]
    fn a_fingerprint_is_of_the_zones_own_offsets() {
        let of = |name| CalendarZone::named(name).unwrap().fingerprint();
        // One offset, since before 1970: its text is `0 32400\n`.
        assert_eq!(of("Asia/Tokyo"), format!("{:08x}", crc32c::crc32c(b"0 32400\n")));
        assert_eq!(of("UTC"), format!("{:08x}", crc32c::crc32c(b"0 0\n")));
        assert_eq!(of("UTC"), of("Etc/GMT"), "another name for the same offsets");
        assert_ne!(of("America/Sao_Paulo"), of("America/Bahia"));
        assert_ne!(of("Europe/Lisbon"), of("Europe/London"));
    }
}
