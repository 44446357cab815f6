//! `event.explode`: the array each of whose elements is an event, and which fields are of them.

use super::fields;
use mare_model::schema::{EACH, element_of};
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;
use mare_settings::tree::Marked;

/// The steps of a path, and where it stands in the file.
pub(super) type MarkedPath = Marked<Vec<String>>;

/// The path of the array, if there is one; the outer `None` alone means that it is refused.
pub(super) fn read(section: &Section<'_>, report: &mut Report) -> Option<Option<MarkedPath>> {
    let Some(entry) = section.table.entry("explode") else { return Some(None) };
    let text = section.text_of("explode", &entry.node, "items", report)?;
    let value = fields::path(&text, report)?;
    Some(Some(Marked { value, mark: text.mark }))
}

/// Refuses an event time that is not of the whole record: all elements of an array share one.
pub(super) fn check_time(array: &MarkedPath, time: Option<&MarkedPath>, report: &mut Report) {
    let Some(time) = time.filter(|time| !time.value.is_empty()) else { return };
    if time.value.starts_with(&array.value) || array.value.starts_with(&time.value) {
        let message = "the event time is of the record: its elements share one, and it lies outside of their array";
        report.refuse(time.mark, message, "name a field beside the array, or `time_format = \"record\"`");
    }
}

/// Refuses a field that is of each element of an array, where the events are not those of that array, and one that is
/// of no record which has it. `array` is what `event.explode` names, if it is there.
pub(super) fn check_field(
    key: &Marked<String>,
    path: &[String],
    array: Option<&MarkedPath>,
    report: &mut Report,
) -> Option<()> {
    let name = &key.value;
    let each = path.iter().position(|step| step == EACH);
    let (message, remedy) = match (each, array) {
        (None, None) => return Some(()),
        (Some(at), None) => {
            let named = written(path.get(..at).unwrap_or_default());
            let message = format!("`{name}` is of each element of an array, and `event.explode` names none");
            let remedy = format!(
                "write `explode = \"{named}\"` under `[event]`: each element is an event then; one of them by its number is `{named}[0]`"
            );
            (message, remedy)
        }
        (Some(at), Some(array)) if path.get(..at) != Some(&*array.value) => {
            let array = written(&array.value);
            let message =
                format!("`{name}` is of each element of another array than `{array}`, which `event.explode` names");
            (
                message,
                format!(
                    "an event is an element of one array: name its fields `{array}[].…`, and others by their numbers"
                ),
            )
        }
        (Some(at), Some(_)) if path.iter().skip(at + 1).any(|step| step == EACH) => {
            let message = format!("`{name}` is of each element of an array in an element");
            (message, "an event is an element of one array: name elements of others by their numbers".to_owned())
        }
        (Some(_), Some(_)) => return Some(()),
        (None, Some(array)) => return check_beside(key, path, array, report),
    };
    report.refuse(key.mark, message, remedy);
    None
}

/// Refuses a field of the record where the array stands, or that leads into it as if it were an object.
fn check_beside(key: &Marked<String>, path: &[String], array: &MarkedPath, report: &mut Report) -> Option<()> {
    let (name, of) = (&key.value, written(&array.value));
    if array.value.starts_with(path) {
        let message = format!("`{name}` is declared as a value, and `event.explode` finds its array there: `{of}`");
        report.refuse(key.mark, message, format!("declare fields of its elements: `\"{of}[].…\"`"));
        return None;
    }
    let inner = path.strip_prefix(&*array.value).and_then(<[String]>::first);
    if let Some(step) = inner.filter(|step| element_of(step).is_none()) {
        let message = format!("`{name}` leads into an object, and `{of}` is an array (`event.explode`)");
        report.refuse(key.mark, message, format!("write `\"{of}[].{step}\"` for a field of each element"));
        return None;
    }
    Some(())
}

/// A path as a file has it.
fn written(path: &[String]) -> String {
    path.join(".").replace(".[", "[")
}
