//! `[event.fields]`: the declared fields, and finding one by its name.

use super::event::time_formats;
use super::explode::{self, MarkedPath};
use mare_model::schema::{EACH, Field, FieldType, TimeFormat, element_of};
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;
use mare_settings::suggest;
use mare_settings::tree::{Entry, Mark, Marked, Value};

/// The largest scale: an amount of that many digits behind the point still fits 64 bits before it is summed.
pub(super) const SCALE_MAX: u8 = 18;

/// The types as a remedy names them.
const KINDS: [&str; 5] = ["string", "integer", "decimal(2)", "boolean", "time"];

/// The declared fields, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct DeclaredFields {
    declared: Vec<Declared>,
}

/// One declared field.
#[derive(Debug)]
struct Declared {
    name: Marked<String>,
    /// Nothing if the field has been refused; it is kept by its name, so that the totals over it are not refused too.
    field: Option<Field>,
}

impl DeclaredFields {
    /// The fields, if none has been refused.
    pub fn plan(&self) -> Option<Vec<Field>> {
        self.declared.iter().map(|declared| declared.field.clone()).collect()
    }

    /// The names of all, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.declared.iter().map(|declared| declared.name.value.as_str())
    }

    /// The index of the text that is called `name`, if there is one.
    pub fn text(&self, name: &str) -> Option<usize> {
        self.get(name).filter(|(_, field)| field.kind == FieldType::String).map(|(index, _)| index)
    }

    /// The field that is called `name` and its index, if there is one that has not been refused.
    pub fn get(&self, name: &str) -> Option<(usize, &Field)> {
        let (index, declared) = self.declared.iter().enumerate().find(|(_, declared)| declared.name.value == name)?;
        declared.field.as_ref().map(|field| (index, field))
    }

    /// Whether a field is called `name`.
    pub fn has(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }

    /// Adds a field that is computed; nothing if it has been refused.
    pub fn compute(&mut self, name: Marked<String>, field: Option<Field>) {
        self.declared.push(Declared { name, field });
    }

    /// The field that is called `name` and its index. Nothing if it is not declared, which is refused at `mark`, or if
    /// it has been refused itself.
    pub fn find(&self, name: &str, mark: Mark, report: &mut Report) -> Option<(usize, &Field)> {
        let found = self.declared.iter().enumerate().find(|(_, declared)| declared.name.value == name);
        let Some((index, declared)) = found else {
            let known: Vec<_> = self.names().collect();
            let remedy = match known.as_slice() {
                [] => format!("declare it: `{name} = \"string\"` under `[event.fields]`"),
                _ => suggest::remedy(name, &known),
            };
            report.refuse(mark, format!("`{name}` is not declared in `[event.fields]`"), remedy);
            return None;
        };
        declared.field.as_ref().map(|field| (index, field))
    }
}

/// What else has a path in `[event]`.
#[derive(Clone, Copy, Default)]
pub(super) struct EventPaths<'a> {
    /// The event time, if it is in the payload.
    pub time: Option<&'a MarkedPath>,
    /// The array whose elements are events, if one is.
    pub array: Option<&'a MarkedPath>,
}

/// The declared fields of `[event]`; a file that only counts events needs none. Times of no format of their own have
/// `time_format`.
pub(super) fn read(
    event: &Section<'_>,
    paths: EventPaths<'_>,
    time_format: TimeFormat,
    report: &mut Report,
) -> DeclaredFields {
    if event.table.entry("fields").is_none() {
        return DeclaredFields::default();
    }
    let Some(section) = event.section_if_any("fields", report) else { return DeclaredFields::default() };
    let declare = |entry| declare(&section, entry, (paths.array, time_format), report);
    let fields = DeclaredFields { declared: section.table.entries.iter().map(declare).collect() };
    refuse_contradictions(&fields, paths.time, report);
    fields
}

/// One field with its type. A dotted key without quotes is a table to TOML, and the remedy is the quotes.
fn declare(
    section: &Section<'_>,
    Entry { key, node }: &Entry,
    (array, time_format): (Option<&MarkedPath>, TimeFormat),
    report: &mut Report,
) -> Declared {
    let name = key.clone();
    if let Value::Table(table) = &node.value {
        let inner = table.entries.first().map_or("…", |entry| entry.key.value.as_str());
        let message = format!("the field `{}` is a table: its path is not in quotes", key.value);
        report.refuse(key.mark, message, format!("write the path in quotes: `\"{}.{inner}\" = …`", key.value));
        return Declared { name, field: None };
    }
    let path = any_path(key, report);
    let path = path.filter(|path| explode::check_field(key, path, array, report).is_some());
    let kind =
        section.text_of(&key.value, node, "string", report).and_then(|text| field_type(&text, time_format, report));
    let field = || {
        let FieldKind { kind, optional, from_text } = kind?;
        Some(Field { name: key.value.clone(), path: path?, kind, optional, from_text })
    };
    Declared { field: field(), name }
}

/// The steps of a path to one value.
pub(super) fn path(text: &Marked<String>, report: &mut Report) -> Option<Vec<String>> {
    let path = any_path(text, report)?;
    if path.iter().any(|step| step == EACH) {
        let message = format!("`{}` leads to each element of an array", text.value);
        report.refuse(text.mark, message, "one value is meant here: name an element by its number, `a[0]`");
        return None;
    }
    Some(path)
}

/// The steps of a path: keys with dots between, and elements of arrays in brackets: `items[0].price`, or
/// `items[].price` for each. A backslash takes the meaning from a dot, a bracket and a backslash.
fn any_path(text: &Marked<String>, report: &mut Report) -> Option<Vec<String>> {
    let steps = steps(&text.value);
    if steps.is_none() {
        let message = format!("`{}` is not the path of a field", text.value);
        let remedy = "write the keys from the outermost object inwards with one dot between, `a.b`, and elements of an array as `a[0].b`; a dot \
                      in a key stands behind a backslash";
        report.refuse(text.mark, message, remedy);
    }
    steps
}

/// The same; nothing of what is no path.
fn steps(text: &str) -> Option<Vec<String>> {
    let (mut steps, mut key, mut letters) = (Vec::new(), String::new(), text.chars());
    // Behind an element there is a dot, a bracket or the end.
    let mut is_behind_element = false;
    while let Some(letter) = letters.next() {
        match letter {
            '.' if is_behind_element => {}
            '.' | '[' if !is_behind_element && key.is_empty() => return None,
            '.' => steps.push(std::mem::take(&mut key)),
            '[' => {
                steps.extend((!is_behind_element).then(|| std::mem::take(&mut key)));
                let element = letters.by_ref().take_while(|letter| *letter != ']').collect::<String>();
                let step = format!("[{element}]");
                if step != EACH {
                    element_of(&step)?;
                }
                steps.push(step);
                is_behind_element = true;
                continue;
            }
            _ if is_behind_element => return None,
            '\\' => key.push(letters.next().filter(|escaped| matches!(escaped, '.' | '[' | '\\'))?),
            letter => key.push(letter),
        }
        is_behind_element = false;
    }
    // A key that looks like an element would be taken for one.
    steps.extend((!is_behind_element).then_some(key));
    let is_element = |step: &String| step == EACH || element_of(step).is_some();
    let is_good = |(place, step): (usize, &String)| !step.is_empty() && (place > 0 || !is_element(step));
    steps.iter().enumerate().all(is_good).then_some(steps)
}

/// What a file says of a field beside its path.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldKind {
    /// Its type.
    pub kind: FieldType,
    /// Whether a `?` follows that.
    pub optional: bool,
    /// Whether a number may stand in a string.
    pub from_text: bool,
}

/// `"string"`, `"decimal(2)"`, …, with what follows it.
pub(super) fn field_type(text: &Marked<String>, time_format: TimeFormat, report: &mut Report) -> Option<FieldKind> {
    let (word, from_text) = source(text, report)?;
    let (kind, optional) = match word.value.trim().strip_suffix('?') {
        Some(kind) => (kind.trim_end(), true),
        None => (word.value.trim(), false),
    };
    let kind = match kind {
        "string" | "boolean" if from_text => {
            report.refuse(text.mark, format!("`{kind}` is no number to be read from a text"), "leave out `from text`");
            return None;
        }
        "string" => FieldType::String,
        "boolean" => FieldType::Boolean,
        "integer" => FieldType::Integer,
        "time" if time_format == TimeFormat::Record => {
            let remedy =
                "say how it is written: `time(iso)`, `time(epoch_millis)`; the record's own is in `[event.record]`";
            report.refuse(text.mark, "the event time is the record's own, which says nothing of a field", remedy);
            return None;
        }
        "time" => FieldType::Time(self::from_text(time_format, from_text, text.mark, report)?),
        time if time.starts_with("time(") => {
            let format = format_of(time, text.mark, report)?;
            FieldType::Time(self::from_text(format, from_text, text.mark, report)?)
        }
        other => decimal(other, &word, report)?,
    };
    let from_text = from_text && !matches!(kind, FieldType::Time(_));
    Some(FieldKind { kind, optional, from_text })
}

/// What stands before `from text`, and whether that follows.
pub(super) fn source(text: &Marked<String>, report: &mut Report) -> Option<(Marked<String>, bool)> {
    let Some((word, source)) = text.value.split_once(" from ") else { return Some((text.clone(), false)) };
    if source.trim() != "text" {
        let remedy = "write `from text` for numbers that stand in strings, or nothing";
        report.refuse(text.mark, format!("nothing is read from `{}`", source.trim()), remedy);
        return None;
    }
    Some((Marked { value: word.to_owned(), mark: text.mark }, true))
}

/// The format of a time whose numbers may stand in strings, if they may.
pub(super) fn from_text(format: TimeFormat, from_text: bool, mark: Mark, report: &mut Report) -> Option<TimeFormat> {
    match format {
        TimeFormat::Iso | TimeFormat::Record if from_text => {
            report.refuse(mark, format!("`{format}` is no number in a text"), "leave out `from text`");
            None
        }
        TimeFormat::Epoch { unit, .. } if from_text => Some(TimeFormat::Epoch { unit, from_text }),
        format => Some(format),
    }
}

/// The format in `time(iso)`.
fn format_of(kind: &str, mark: Mark, report: &mut Report) -> Option<TimeFormat> {
    let word = kind.strip_prefix("time(").and_then(|word| word.strip_suffix(')')).map(str::trim);
    let mut formats = time_formats().into_iter().filter(|(_, format)| *format != TimeFormat::Record);
    let found = formats.clone().find(|(known, _)| Some(*known) == word);
    if found.is_none() {
        let known: Vec<_> = formats.by_ref().map(|(known, _)| format!("`time({known})`")).collect();
        report.refuse(mark, format!("`{kind}` has no format of a time"), format!("write {}", known.join(", ")));
    }
    found.map(|(_, format)| format)
}

/// A decimal, or the refusal of everything that is no type at all. The scale has no default: money wants 2, other
/// quantities do not, and a wrong guess would round amounts.
fn decimal(kind: &str, text: &Marked<String>, report: &mut Report) -> Option<FieldType> {
    let Some(scale) = kind.strip_prefix("decimal").filter(|scale| scale.is_empty() || scale.starts_with('(')) else {
        report.refuse(text.mark, format!("unknown type `{kind}`"), suggest::remedy(kind, &KINDS));
        return None;
    };
    let scale = scale.strip_prefix('(').and_then(|scale| scale.strip_suffix(')'));
    let scale = scale.and_then(|scale| scale.trim().parse().ok()).filter(|scale| *scale <= SCALE_MAX);
    if scale.is_none() {
        let message = format!("`{kind}` has no scale from 0 to {SCALE_MAX}");
        report.refuse(text.mark, message, "write how many digits are behind the point: `decimal(2)` for cents");
    }
    scale.map(|scale| FieldType::Decimal { scale })
}

/// Refuses a field inside another one: an object is no string or number, so no event could have both.
fn refuse_contradictions(fields: &DeclaredFields, time: Option<&Marked<Vec<String>>>, report: &mut Report) {
    let time = time.filter(|time| !time.value.is_empty()); // the record's own timestamp has no path
    let paths: Vec<_> = fields.declared.iter().filter_map(|declared| declared.field.as_ref()).collect();
    let inside = |inner: &[String], outer: &[String]| inner.len() > outer.len() && inner.starts_with(outer);
    let remedy = "an object is no value itself: declare only the fields inside it that you need";
    for declared in &fields.declared {
        let Some(field) = &declared.field else { continue };
        if let Some(outer) = paths.iter().find(|outer| inside(&field.path, &outer.path)) {
            let message = format!("`{}` lies inside `{}`, which is declared as a value", field.name, outer.name);
            report.refuse(declared.name.mark, message, remedy);
        }
        if time.is_some_and(|time| inside(&time.value, &field.path) || inside(&field.path, &time.value)) {
            let message = format!("`{}` and `event.time` lie inside one another", field.name);
            report.refuse(declared.name.mark, message, remedy);
        }
    }
}
