//! The parameters of a request. What is not understood is refused, never guessed or passed over.

use compact_str::CompactString;
use jiff::Timestamp;
use jiff::civil::Date;

use super::problem::Problem;
use mare_model::group;
use mare_model::schema::FieldType;
use mare_model::time::{EventTime, Windows};
use mare_sink::document::{ALL, FieldOrigin, Layout, LayoutField};

/// The parameters of one request, none of them unknown and, but for `group`, none given twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// The parameters in `query`, of which a route knows those in `known`.
    ///
    /// # Errors
    /// [`Problem::bad`] for any other, and for one that is given twice.
    pub fn parse(query: Option<&str>, known: &[&str]) -> Result<Params, Problem> {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned();
        let mut params = Params::default();
        for (name, value) in pairs {
            if !known.contains(&&*name) {
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(Problem::bad(format!("unknown parameter {name:?}; this route knows {known}")));
            }
            if name != "group" && params.text(&name).is_some() {
                return Err(Problem::bad(format!("parameter {name} is given twice")));
            }
            params.0.push((name, value));
        }
        Ok(params)
    }

    /// The value of `name`.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| &**value)
    }

    /// The instant called `name`, rounded up to the millisecond.
    ///
    /// # Errors
    /// [`Problem::bad`] if it is none.
    pub fn time(&self, name: &str) -> Result<Option<EventTime>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let time: Timestamp = text.parse().map_err(|_| {
            Problem::bad(format!("{name}={text:?} is not a time such as 2025-11-28T12:00:00Z (in a URL, + is %2B)"))
        })?;
        let is_whole = time.subsec_nanosecond() % 1_000_000 == 0;
        // Whole milliseconds are rounded towards zero, which is up before 1970.
        let up = i64::from(!is_whole && time.as_nanosecond() > 0);
        Ok(Some(EventTime(time.as_millisecond() + up)))
    }

    /// The day called `name`.
    ///
    /// # Errors
    /// [`Problem::bad`] if it is none.
    pub fn date(&self, name: &str) -> Result<Option<Date>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let day = Some(text).filter(|text| text.len() == 10).and_then(|text| text.parse().ok());
        day.map(Some).ok_or_else(|| Problem::bad(format!("{name}={text:?} is not a day such as 2025-11-28")))
    }

    /// The number of items called `limit`, from 1 to `max`.
    ///
    /// # Errors
    /// [`Problem::bad`] if it is none.
    pub fn limit(&self, default: usize, max: usize) -> Result<usize, Problem> {
        let Some(text) = self.text("limit") else { return Ok(default) };
        let limit = text.parse().ok().filter(|limit| (1..=max).contains(limit));
        limit.ok_or_else(|| Problem::bad(format!("limit={text:?} is not a whole number from 1 to {max}")))
    }

    /// The truth value called `name`.
    ///
    /// # Errors
    /// [`Problem::bad`] if it is none.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| Problem::bad(format!("{name}={text:?} is neither true nor false")))
    }

    /// The value of `name`, one of `choices`; the first if it is not given.
    ///
    /// # Errors
    /// [`Problem::bad`] if it is another.
    pub fn choice<'a>(&self, name: &str, choices: &[&'a str]) -> Result<&'a str, Problem> {
        let given = self.text(name).or(choices.first().copied()).unwrap_or_default();
        let choice = choices.iter().find(|choice| **choice == given).copied();
        choice.ok_or_else(|| Problem::bad(format!("{name}={given:?} is none of {}", choices.join(", "))))
    }

    /// Whether a group is one whose canonical text contains the value of `like`, whatever the case; all are if it is
    /// not given.
    pub fn likes(&self) -> impl Fn(&str) -> bool + Send + 'static {
        let like = self.text("like").unwrap_or_default().to_lowercase();
        move |group| like.is_empty() || group.to_lowercase().contains(&like)
    }

    /// The document called `after`, by its `_id`: the slot of its window, and the `_id`.
    ///
    /// # Errors
    /// [`Problem::bad`] if it cannot be an `_id`.
    pub fn after(&self, windows: Windows) -> Result<Option<(EventTime, String)>, Problem> {
        let Some(id) = self.text("after") else { return Ok(None) };
        let named = id.rsplit_once('|').and_then(|(_, named)| match named {
            ALL if windows.is_global() => Some(EventTime::MIN),
            named => instant(named).filter(|_| !windows.is_global()),
        });
        let named = named.ok_or_else(|| {
            Problem::bad(format!("after={id:?} is no _id; pass on what `next` of the page before was"))
        })?;
        Ok(Some((windows.slot_named(named), id.to_owned())))
    }

    /// The group, as its canonical text: either given so (`Gamer`, `north|2`), or as one `field=value` for each of its
    /// fields (`categoria=Gamer`), each in a parameter `group` of its own; `field?` is null.
    ///
    /// # Errors
    /// [`Problem::bad`] if it is no group of `layout`.
    pub fn group(&self, layout: &Layout) -> Result<Option<CompactString>, Problem> {
        let given: Vec<&str> = self.0.iter().filter(|(name, _)| name == "group").map(|(_, value)| &**value).collect();
        let fields: Vec<&LayoutField> =
            layout.fields().iter().filter(|field| matches!(field.origin, FieldOrigin::Group(_))).collect();
        let names = || fields.iter().map(|field| &*field.name).collect::<Vec<_>>().join(", ");
        let values = match &given[..] {
            [] => return Ok(None),
            _ if fields.is_empty() => return Err(Problem::bad("this dataflow has no groups")),
            [text] if pair(text, &fields).is_none() => group::split(text),
            pairs => by_name(pairs, &fields)?,
        };
        if values.len() != fields.len() {
            let detail = format!("a group has {} values here ({}), not {}", fields.len(), names(), values.len());
            return Err(Problem::bad(detail));
        }
        let mut text = String::new();
        for (index, (field, value)) in fields.iter().zip(values).enumerate() {
            group::push(&mut text, canonical(field, value)?.as_deref(), index == 0);
        }
        Ok(Some(text.into()))
    }
}

/// An instant as [`iso`](mare_sink::document::iso) writes it.
fn instant(text: &str) -> Option<EventTime> {
    let outside = || text.strip_suffix("ms")?.parse().ok();
    let inside = |text: &str| text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond);
    inside(text).or_else(outside).map(EventTime)
}

/// `field=value`, if there is such a field; or `field?`, if it may be null.
fn pair<'a>(text: &'a str, fields: &[&LayoutField]) -> Option<(usize, Option<&'a str>)> {
    let of = |name: &str| fields.iter().position(|field| field.name == name);
    if let Some((name, value)) = text.split_once('=') {
        return Some((of(name)?, Some(value)));
    }
    let place = of(text.strip_suffix('?')?)?;
    fields.get(place)?.may_be_null.then_some((place, None))
}

/// The values of `pairs`, one for each of `fields`, in their order.
fn by_name(pairs: &[&str], fields: &[&LayoutField]) -> Result<Vec<Option<String>>, Problem> {
    let mut values: Vec<Option<Option<String>>> = vec![None; fields.len()];
    for text in pairs {
        let (index, value) = pair(text, fields)
            .ok_or_else(|| Problem::bad(format!("group={text:?} does not begin with a field of the group and =")))?;
        if let Some(place) = values.get_mut(index)
            && place.replace(value.map(str::to_owned)).is_some()
        {
            return Err(Problem::bad(format!("group={text:?}: this field has a value already")));
        }
    }
    let missing = |(field, value): (&&LayoutField, Option<Option<String>>)| {
        value.ok_or_else(|| Problem::bad(format!("the group has no value for {}; give one for each field", field.name)))
    };
    fields.iter().zip(values).map(missing).collect()
}

/// The canonical text of a value of `field`, which null has none of.
fn canonical(field: &LayoutField, value: Option<String>) -> Result<Option<String>, Problem> {
    let Some(value) = value else {
        let refused = || Problem::bad(format!("the group's field {} is never null", field.name));
        return field.may_be_null.then_some(None).ok_or_else(refused);
    };
    let text = match field.origin {
        FieldOrigin::Group(FieldType::Integer) => value.parse::<i64>().ok().map(|number| number.to_string()),
        FieldOrigin::Group(FieldType::Boolean) => value.parse::<bool>().ok().map(|truth| truth.to_string()),
        _ => Some(value.clone()),
    };
    text.map(Some)
        .ok_or_else(|| Problem::bad(format!("{value:?} is not of the type of the group's field {}", field.name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_dataflow::fixture::documents as fixture;

    const KNOWN: [&str; 7] = ["group", "from", "to", "final", "limit", "after", "order"];

    fn params(query: &str) -> Params {
        Params::parse(Some(query), &KNOWN).expect(query)
    }

    fn why<T: std::fmt::Debug>(outcome: Result<T, Problem>) -> String {
        let problem = outcome.expect_err("refused");
        assert_eq!(problem.status, 400);
        problem.detail
    }

    #[test]
    fn what_is_not_known_or_given_twice_is_refused() {
        assert!(why(Params::parse(Some("form=1"), &KNOWN)).contains("knows group, from"));
        assert!(why(Params::parse(Some("from=1&from=2"), &KNOWN)).contains("twice"));
        assert_eq!(Params::parse(None, &KNOWN), Ok(Params::default()));
    }

    #[test]
    fn each_value_has_its_type() {
        let good = params("from=2025-11-28T12:00:00%2B01:00&to=1970-01-01T00:00:00.0015Z&final=false&limit=7&order=b");
        assert_eq!(good.time("from"), Ok(Some(EventTime(1_764_327_600_000))));
        assert_eq!(good.time("to"), Ok(Some(EventTime(2))), "rounded up");
        assert_eq!((good.flag("final"), good.limit(1, 9)), (Ok(Some(false)), Ok(7)));
        assert_eq!((good.choice("order", &["a", "b"]), params("").choice("order", &["a", "b"])), (Ok("b"), Ok("a")));
        for bad in ["from=", "from=2025-11-28", "from=2025-11-28T12:00:00+01:00", "from=5"] {
            assert!(why(params(bad).time("from")).contains("is not a time"), "{bad}");
        }
        assert!(why(params("final=yes").flag("final")).contains("neither"));
        for bad in ["limit=0", "limit=10", "limit=-1", "limit=1.0", "limit="] {
            assert!(why(params(bad).limit(1, 9)).contains("from 1 to 9"), "{bad}");
        }
        assert!(why(params("order=c").choice("order", &["a", "b"])).contains("none of a, b"));
    }

    #[test]
    fn groups_are_alike_whatever_the_case() {
        let likes = |query: &str, group| Params::parse(Some(query), &["like"]).expect(query).likes()(group);
        assert!(likes("", "Gamer") && likes("like=", "Gamer") && likes("like=ELETR%C3%94", "Eletrônicos"));
        assert!(!likes("like=gamers", "Gamer"));
    }

    #[test]
    fn a_cursor_is_an_id() {
        let after = |query| params(query).after(Windows::tumbling(60_000, 0));
        assert_eq!(after("after=a%7Cb%7C1970-01-01T00:01:00Z").unwrap().unwrap().0, EventTime(60_000));
        assert_eq!(after("after=%7C-9223372036854775808ms").unwrap().unwrap().0, EventTime::MIN);
        assert!(["after=", "after=a", "after=a%7Cb"].iter().all(|bad| why(after(bad)).contains("no _id")));
    }

    #[test]
    fn a_group_is_named_by_its_text_or_its_fields() {
        let sales = fixture::sales().layout();
        let group = |query: &str, layout: &Layout| params(query).group(layout);
        assert_eq!(group("", &sales), Ok(None));
        for query in ["group=Gamer", "group=categoria=Gamer"] {
            assert_eq!(group(query, &sales), Ok(Some("Gamer".into())), "{query}");
        }
        assert_eq!(group("group=categoria=a%7Cb", &sales), Ok(Some(r"a\|b".into())), "a value is not canonical text");
        assert_eq!(group("group=x=y", &sales), Ok(Some("x=y".into())), "no field is called x");
        assert!(why(group("group=a%7Cb", &sales)).contains("1 values here (categoria), not 2"));
        let sensors = fixture::sensors().layout();
        let expected = Ok(Some(r"-7|true|a".into()));
        assert_eq!(group("group=-7%7Ctrue%7Ca", &sensors), expected);
        assert_eq!(group("group=room=a&group=indoors=true&group=sensor_id=-07", &sensors), expected);
        for bad in [
            "group=-7%7Ctrue%7C%5CN",
            "group=room=a",
            "group=room=a&group=room=b",
            "group=room=a&group=x=b",
            "group=x%7Ctrue%7Ca",
            "group=1%7Cyes%7Ca",
        ] {
            why(group(bad, &sensors));
        }
    }

    #[test]
    fn null_is_named_by_a_question_mark() {
        let group = |query: &str, layout: &Layout| params(query).group(layout);
        let anywhere = fixture::sensors_of_anywhere().layout();
        let expected = Ok(Some(r"-7|true|\N".into()));
        assert_eq!(group("group=room?&group=indoors=true&group=sensor_id=-7", &anywhere), expected);
        assert_eq!(group("group=-7%7Ctrue%7C%5CN", &anywhere), expected);
        assert_eq!(group("group=room=&group=indoors?&group=sensor_id?", &anywhere), Ok(Some(r"\N|\N|".into())));
        assert_eq!(group("group=categoria?", &fixture::sales().layout()), Ok(Some("categoria?".into())), "a text");
    }
}
