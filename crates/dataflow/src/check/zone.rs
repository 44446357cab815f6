//! A time zone by its name, of times (`event.zone`) and of calendars (`window.zone`).

use mare_model::time::{CalendarZone, zone};
use mare_settings::diagnostic::Report;
use mare_settings::suggest;
use mare_settings::tree::Marked;

/// The zone called `name`, out of the data of this build.
pub(super) fn named(name: &Marked<String>, report: &mut Report) -> Option<CalendarZone> {
    let zone = CalendarZone::named(&name.value);
    if zone.is_none() {
        let known = zone::names();
        let known: Vec<_> = known.iter().map(String::as_str).collect();
        let remedy = match suggest::closest(&name.value, &known) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "write a name of the IANA time zone database, such as `America/Sao_Paulo`".to_owned(),
        };
        report.refuse(name.mark, format!("unknown time zone `{}`", name.value), remedy);
    }
    zone
}
