//! What runs, so that a page can be built from it: nothing else knows the names of the fields.

use serde::Serialize;
use utoipa::ToSchema;

use mare_dataflow::Plan;
use mare_model::schema::FieldType;
use mare_model::time::{Assigner, Calendar, Windows};
use mare_model::view::Number;
use mare_sink::connector::{Connector, SinkDescription};
use mare_sink::document::{FieldOrigin, Layout, LayoutField};
use mare_source as source;

/// A dataflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Dataflow {
    /// Its name.
    #[schema(example = "black-friday")]
    pub name: String,
    /// What the page calls it, `dashboard.title`; null if that is its name.
    pub title: Option<String>,
    /// The view that is shown; null if the dataflow has one, without a name.
    pub view: Option<String>,
    /// All of its views, each shown at `/views/NAME/`; empty if they have no names.
    pub views: Vec<String>,
    /// Where its events come from.
    pub source: Place,
    /// Where its documents go.
    pub sink: Place,
    /// The zone of its days: that of its windows if they are of a calendar, else `event.zone`.
    #[schema(example = "America/Sao_Paulo")]
    pub zone: String,
    /// Which events it wants, as a SQL expression; null if it wants all.
    #[schema(example = "(\"status\" = 'PAID')")]
    pub filter: Option<String>,
    /// Which events take back what others have added, as a SQL expression; null if none do.
    #[schema(example = "(\"status\" = 'CANCELLED')")]
    pub cancellation: Option<String>,
    /// Its windows.
    pub window: Window,
    /// The fields of its documents behind `_id`, in their order.
    pub fields: Vec<Field>,
}

/// Where events come from, or documents go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Place {
    /// What it is: `kafka`, `mongodb`, `sqlite` or `stdout`.
    pub kind: &'static str,
    /// The server or the file, without passwords.
    pub server: String,
    /// The topic, collection or table.
    pub name: String,
}

/// Windows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Window {
    /// What they are: `tumbling`, `hopping` where they overlap, `cumulative` where they grow from one beginning, or
    /// `calendar` where they follow that of a zone; `session` where events make them; `none` if there are none, and
    /// totals are of all times.
    pub kind: &'static str,
    /// Length of one, in milliseconds; of those that grow that of the longest, of a calendar's the most that one may
    /// have; of sessions the gap between two; null if there are none.
    pub size_ms: Option<i64>,
    /// From the start of one to that of the next, in milliseconds, or from the end of one to that of the next where
    /// they grow; of a calendar's, the most that it may be; null if there are none.
    pub step_ms: Option<i64>,
    /// How long after the Unix epoch one begins, in milliseconds, below that step, or below that length where they
    /// grow; null of a calendar.
    pub offset_ms: Option<i64>,
    /// Which unit of the calendar one is: `day`, `week`, `month`, `quarter` or `year`; null if it is none.
    pub unit: Option<&'static str>,
    /// How long after its end a window still takes events, in milliseconds of event time.
    pub lateness_ms: i64,
}

/// A field of the documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Field {
    /// Its name.
    #[schema(example = "faturamento_total")]
    pub name: String,
    /// What it means.
    pub role: Role,
    /// What its values are in JSON.
    pub r#type: Type,
    /// Digits behind the point, of a decimal.
    pub scale: Option<u8>,
    /// What its values are measured in, as `dashboard.units` says: a currency by its code, or another text; null if it
    /// does not say.
    #[schema(example = "BRL")]
    pub unit: Option<String>,
    /// What a total is computed by.
    #[schema(example = "sum(valor)")]
    pub expression: Option<String>,
    /// Whether it is the number of events in the document, which is its version.
    pub is_version: bool,
}

/// What a field means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The first instant of the window.
    WindowStart,
    /// The first instant after the window.
    WindowEnd,
    /// Whether the window is closed for good.
    Final,
    /// A value of the group.
    Group,
    /// A total: a number that adds up over windows and groups.
    Total,
    /// A total that does not add up, and is null where no event had what it is of: an average, the least or the
    /// greatest, whether any is true.
    Value,
    /// The number of events, where no total is it.
    Version,
}

/// What the values of a field are in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// A text, ISO-8601 in UTC.
    Time,
    /// A text.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A number with all digits of its scale.
    Decimal,
    /// An array of objects, each with a `value` and its `total`, the greatest first.
    Ranking,
}

impl Dataflow {
    /// What is known of `plan`, whose documents have `layout`.
    #[must_use]
    pub fn of(plan: &Plan, layout: &Layout) -> Self {
        let source::SourceDescription { kind, server, name } = plan.source.describe();
        Dataflow {
            name: plan.name.clone(),
            title: plan.dashboard.title.clone(),
            view: plan.names().next().map(str::to_owned),
            views: plan.whole.as_ref().map(|whole| whole.names.clone()).unwrap_or_default(),
            source: Place { kind, server, name },
            sink: sink(&**plan.sink()),
            zone: plan.zone().iana_name().unwrap_or("UTC").to_owned(),
            filter: plan.filter().map(ToString::to_string),
            cancellation: plan.retract.as_ref().map(ToString::to_string),
            window: window(&plan.view().windows),
            fields: layout.fields().iter().map(|field| described(field, plan, layout)).collect(),
        }
    }
}

fn window(windows: &Windows) -> Window {
    let (kind, offset_ms, unit) = match windows.assigner {
        Assigner::Tumbling { offset_ms, .. } => ("tumbling", Some(offset_ms), None),
        Assigner::Hopping { offset_ms, .. } => ("hopping", Some(offset_ms), None),
        Assigner::Cumulative { offset_ms, .. } => ("cumulative", Some(offset_ms), None),
        Assigner::Calendar(Calendar { unit, .. }) => ("calendar", None, Some(unit.word())),
        Assigner::Session { .. } => ("session", None, None),
        Assigner::Global => ("none", None, None),
    };
    let of_some = |ms| Some(ms).filter(|_| !windows.is_global());
    let (size_ms, step_ms) = (of_some(windows.length_ms_max()), of_some(windows.step_ms_max()));
    Window { kind, size_ms, step_ms, offset_ms, unit, lateness_ms: windows.lateness_ms }
}

fn sink(sink: &dyn Connector) -> Place {
    let SinkDescription { kind, server, name, .. } = sink.describe();
    Place { kind, server, name }
}

fn described(field: &LayoutField, plan: &Plan, layout: &Layout) -> Field {
    let total = plan.view().totals.iter().find(|total| total.name == field.name);
    let is_version = field.name == layout.version();
    let (role, r#type, scale) = match field.origin {
        FieldOrigin::WindowStart => (Role::WindowStart, Type::Time, None),
        FieldOrigin::WindowEnd => (Role::WindowEnd, Type::Time, None),
        FieldOrigin::Final => (Role::Final, Type::Boolean, None),
        FieldOrigin::Group(FieldType::Integer) => (Role::Group, Type::Integer, None),
        FieldOrigin::Group(FieldType::Boolean) => (Role::Group, Type::Boolean, None),
        FieldOrigin::Group(_) => (Role::Group, Type::Text, None),
        FieldOrigin::Text(_) => (Role::Value, Type::Text, None),
        FieldOrigin::Ranking(..) => (Role::Value, Type::Ranking, None),
        FieldOrigin::Total(_) if total.is_none() => (Role::Version, Type::Integer, None),
        FieldOrigin::Total(aggregate) => {
            let role = if aggregate.adds_up() { Role::Total } else { Role::Value };
            match aggregate.number() {
                Number::Integer => (role, Type::Integer, None),
                Number::Decimal { scale } => (role, Type::Decimal, Some(scale)),
                Number::Boolean => (role, Type::Boolean, None),
                Number::Time => (role, Type::Time, None),
            }
        }
    };
    let expression = match field.origin {
        FieldOrigin::Text(_) | FieldOrigin::Ranking(..) => {
            let text = plan.view().texts.iter().find(|text| text.name == field.name);
            text.map(|text| plan.view().text_of(text, &plan.event))
        }
        _ => total
            .filter(|_| matches!(role, Role::Total | Role::Value))
            .map(|total| plan.view().text(total.aggregate, &plan.event)),
    };
    let unit = plan.dashboard.unit(&field.name).map(str::to_owned);
    Field { name: field.name.clone(), role, r#type, scale, unit, expression, is_version }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use mare_dataflow::fixture::documents as fixture;
    use mare_model::time::{CalendarUnit, CalendarZone};

    #[test]
    fn windows_are_told_as_what_they_are() {
        let mut plan = fixture::sales();
        let of = |plan: &Plan| serde_json::to_value(Dataflow::of(plan, &plan.layout())).expect("JSON");
        let minutes = json!({
            "kind": "tumbling", "size_ms": 60_000, "step_ms": 60_000, "offset_ms": 0, "unit": null,
            "lateness_ms": 120_000
        });
        assert_eq!((&of(&plan)["window"], &of(&plan)["zone"]), (&minutes, &json!("UTC")));
        let zone = CalendarZone::named("America/Sao_Paulo").expect("a zone");
        plan.outputs[0].view.windows = Windows::calendar(Calendar { unit: CalendarUnit::Day, zone }, 0);
        let days = json!({
            "kind": "calendar", "size_ms": 26 * 3_600_000, "step_ms": 26 * 3_600_000, "offset_ms": null,
            "unit": "day", "lateness_ms": 0
        });
        assert_eq!((&of(&plan)["window"], &of(&plan)["zone"]), (&days, &json!("America/Sao_Paulo")));
        plan.outputs[0].view.windows = Windows::hopping(600_000, 60_000, 0);
        let hopping = json!({
            "kind": "hopping", "size_ms": 600_000, "step_ms": 60_000, "offset_ms": 0, "unit": null, "lateness_ms": 0
        });
        assert_eq!(&of(&plan)["window"], &hopping);
        plan.outputs[0].view.windows = Windows::cumulative(86_400_000, 3_600_000, 0);
        let cumulative = json!({
            "kind": "cumulative", "size_ms": 86_400_000, "step_ms": 3_600_000, "offset_ms": 0, "unit": null,
            "lateness_ms": 0
        });
        assert_eq!(&of(&plan)["window"], &cumulative);
    }

    #[test]
    fn a_page_can_be_built_from_the_fields() {
        let of = |plan: &Plan| {
            let fields = Dataflow::of(plan, &plan.layout()).fields.into_iter();
            let text = |field: Field| {
                let Field { name, role, r#type, expression, is_version, .. } = field;
                format!("{name} {role:?} {type:?} {} {is_version}", expression.unwrap_or_default(), type = r#type)
            };
            fields.map(text).collect::<Vec<_>>()
        };
        let sales = [
            "janela_inicio WindowStart Time  false",
            "janela_fim WindowEnd Time  false",
            "janela_final Final Boolean  false",
            "categoria Group Text  false",
            "faturamento_total Total Decimal sum(valor) false",
            "volume_vendas Total Integer count() true",
        ];
        assert_eq!(of(&fixture::sales_with_final()), sales);
        let sensors = [
            "sensor_id Group Integer  false",
            "indoors Group Boolean  false",
            "room Group Text  false",
            "readings Total Integer count(value) false",
            "sum Total Integer sum(value) false",
            "n Version Integer  true",
        ];
        assert_eq!(of(&fixture::sensors())[2..], sensors);
        let deliveries = [
            "city Group Text  false",
            "lightest Value Decimal min(weight) false",
            "heaviest Value Decimal max(weight) false",
            "soonest Value Integer min(days) false",
            "latest Value Integer max(days) false",
            "n Version Integer  true",
        ];
        assert_eq!(of(&fixture::deliveries())[2..], deliveries);
        let tips = [
            "city Group Text  false",
            "mean Value Decimal avg(tip, 2) false",
            "exact Value Decimal avg(tip, 5) false",
            "guests Value Decimal avg(guests, 2) false",
            "any_late Value Boolean any(late) false",
            "all_late Value Boolean all(late) false",
            "n Version Integer  true",
        ];
        assert_eq!(of(&fixture::tips())[2..], tips);
    }
}
