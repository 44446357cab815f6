//! Where the fields of an event stand: in its record, or in the element of an array that it is.

use super::Said;
use crate::json::{self, JsonObject, JsonValue};
use mare_model::schema::Field;

/// The elements of the array at a path, as they are written; none if nothing is there, or null.
pub(super) fn elements<'a>(object: &JsonObject<'a>, array: &[String]) -> Result<Vec<&'a [u8]>, &'static str> {
    match object.text_at(array) {
        None | Some(b"null") => Ok(Vec::new()),
        Some(array) if array.starts_with(b"[") => Ok(json::elements(array).unwrap_or_default()),
        Some(_) => Err("wrong_type"),
    }
}

/// The path of a field in an element of the array whose elements are events, if it is of one.
pub(super) fn of_each(field: &Field) -> Option<&[String]> {
    let each = field.path.iter().position(|step| step == "[]")?;
    field.path.get(each + 1..)
}

/// Where the fields of an event stand.
#[derive(Clone, Copy)]
pub(super) struct Source<'s, 'a> {
    /// What its record says.
    pub object: &'s JsonObject<'a>,
    /// The element that is the event, if one is.
    pub element: Option<&'a [u8]>,
    /// What the record is known to say.
    pub own: &'s [Option<Said<'a>>],
}

impl<'a> Source<'_, 'a> {
    /// The value of a field.
    pub fn value(self, field: &Field) -> Option<JsonValue<'a>> {
        match (of_each(field), self.element) {
            (None, _) => self.object.at(&field.path),
            (Some([]), Some(element)) => Some(JsonValue::of(element)),
            (Some(path), Some(element)) if element.starts_with(b"{") || element.starts_with(b"[") => {
                json::at(element, path).flatten()
            }
            (Some(_), _) => None,
        }
    }
}
