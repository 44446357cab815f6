//! The checked plan of a dataflow: what the engine runs.
//!
//! A plan has no unresolved names: fields, totals and measures point at each other by index, so that nothing behind
//! this module compares strings. How an event is read is its [`schema`](mare_model::schema), what is kept of it a
//! [`View`]; the kinds of sources and of sinks are known to their own folders, which name them in a `registry`.

use std::time::Duration;

use jiff::tz::TimeZone;
use mare_decode::{Computed, Decoder, Filter, Lookup, LookupTable};
use mare_expression::Expression;
use mare_model::schema::{EventPlan, Field, IdlePlan};
use mare_model::time::{Assigner, Calendar};
use mare_model::view::{View, ViewId};

use super::alerts::Alerts;
use mare_checkpoint::{Checkpointing, Manifest, Shape};
use mare_letters::{Destinations, LetterTopic};
use mare_sink::Sink;
use mare_source::Source;

/// A dataflow, checked: from which log, which views, into which sinks.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The dataflow's name, used for the client id, logs and its checkpoints.
    pub name: String,
    /// Where the events come from.
    pub source: Source,
    /// How an event is read from a record.
    pub event: EventPlan,
    /// What the last of its fields are, in their order, which are not in the payload.
    pub computed: Vec<Computed>,
    /// What is kept of the events, and where it goes, view by view: each is what it would be in a dataflow of its own.
    pub outputs: Vec<Output>,
    /// The fields that name groups in any view, indices into [`EventPlan::fields`]: the length of their texts is
    /// bounded for all.
    pub grouped: Vec<usize>,
    /// When epochs are sealed and how many may be on their way.
    pub epochs: Epochs,
    /// Where, how often and how many checkpoints are kept; nothing if the run keeps none.
    pub checkpoint: Option<Checkpointing>,
    /// The field whose value names an event, an index into [`EventPlan::fields`]: a repetition of it is counted once.
    pub dedup: Option<usize>,
    /// Which events take back what others have added, if any do.
    pub retract: Option<Expression>,
    /// When a partition is silent; without it every partition holds windows open until it says more.
    pub idle: Option<IdlePlan>,
    /// Where late events go; without it they are only counted.
    pub late: Option<LetterTopic>,
    /// Where records go that are no event; without it they are only counted.
    pub dead_letter: Option<LetterTopic>,
    /// How the page for people names it; no document and no checkpoint depends on that.
    pub dashboard: Dashboard,
    /// Rules over the totals, and where what they find is sent; nothing if the file has none.
    pub alerts: Option<Alerts>,
    /// Of which plan it is one view, if it was made by [`Plan::of`].
    pub whole: Option<Box<Whole>>,
}

/// The plan of several views that another one is a view of: its checkpoints are those of that view too.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole {
    /// Which of its views.
    pub view: ViewId,
    /// Under which settings its state means something.
    pub shape: Shape,
    /// The names of all of its views.
    pub names: Vec<String>,
    /// Its first view, whose documents have the journal of all beside them.
    pub first: Option<Output>,
}

/// A view, and where its documents go.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The name by which it is asked for; nothing where it is the only one of a `[totals]`.
    pub name: Option<String>,
    /// What is kept of the events.
    pub view: View,
    /// Which events are wanted; without it all are.
    pub filter: Option<Expression>,
    /// Where the documents go.
    pub sink: Sink,
}

impl Plan {
    /// The numbers of its views.
    pub fn ids(&self) -> impl Iterator<Item = ViewId> + use<> {
        (0..u16::try_from(self.outputs.len()).unwrap_or(u16::MAX)).map(ViewId)
    }

    /// The plan of one of its views alone: what is kept by it is the same, and all that asks about documents asks about
    /// those of that view.
    #[must_use]
    pub fn of(&self, view: ViewId) -> Plan {
        let outputs = self.outputs.get(usize::from(view.0)).cloned().into_iter().collect();
        let mut alerts = self.alerts.clone();
        alerts.iter_mut().for_each(|alerts| alerts.rules.retain(|rule| rule.view == view));
        let alerts = alerts.filter(|alerts| !alerts.rules.is_empty());
        let whole = (self.outputs.len() > 1)
            .then(|| Whole {
                view,
                shape: self.shape(),
                names: self.names().map(str::to_owned).collect(),
                first: self.outputs.first().cloned(),
            })
            .map(Box::new);
        Plan { outputs, alerts, whole: whole.or_else(|| self.whole.clone()), ..self.clone() }
    }

    /// The plans of its views, each alone.
    #[must_use]
    pub fn views(&self) -> Vec<Plan> {
        self.ids().map(|id| self.of(id)).collect()
    }

    /// Which settings the checkpoints that it is a view of mean something under, or its own.
    #[must_use]
    pub fn state_shape(&self) -> Shape {
        self.whole.as_ref().map_or_else(|| self.shape(), |whole| whole.shape.clone())
    }

    /// What a checkpoint says of its view.
    #[must_use]
    pub fn own(&self, manifest: &Manifest) -> Manifest {
        manifest.of(self.whole.as_ref().map_or(ViewId(0), |whole| whole.view))
    }

    /// The names of its views, if there are several.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.outputs.iter().filter_map(|output| output.name.as_deref())
    }

    /// The view of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<ViewId> {
        let found = |(_, output): &(ViewId, &Output)| output.name.as_deref() == Some(name);
        self.ids().zip(&self.outputs).find(found).map(|(id, _)| id)
    }

    /// The view of a plan that has one; of several the first.
    ///
    /// # Panics
    /// If it has none, which no file can say.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.outputs[0].view
    }

    /// The zone of its days: that of its windows if they are of a calendar, else the one in which its times are read.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        match self.view().windows.assigner {
            Assigner::Calendar(Calendar { zone, .. }) => zone.rules(),
            _ => &self.event.zone,
        }
    }

    /// Where its letters go.
    #[must_use]
    pub fn letters(&self) -> Destinations<'_> {
        let (dataflow, source) = (&*self.name, self.source.describe().name);
        Destinations { dataflow, source, late: self.late.as_ref(), dead: self.dead_letter.as_ref() }
    }

    /// Which settings its state means something under. Of several views those of each stand under its name.
    #[must_use]
    pub fn shape(&self) -> Shape {
        if self.outputs.len() == 1 {
            return self.shape_of_one();
        }
        let mut shape = Shape::default();
        for output in &self.outputs {
            let name = output.name.as_deref().unwrap_or_default();
            let one = Plan { outputs: vec![output.clone()], ..self.clone() };
            for (key, value) in one.shape_of_one().0 {
                let is_own = key.starts_with("window.") || key == "totals" || key.starts_with("totals.");
                shape = shape.with(if is_own { format!("view.{name}.{key}") } else { key }, value);
            }
        }
        // The order of the file is that of the numbers by which rows name their view.
        let names: Vec<_> = self.outputs.iter().filter_map(|output| output.name.as_deref()).collect();
        shape.with("views".to_owned(), names.join(", "))
    }

    fn shape_of_one(&self) -> Shape {
        let shape = Shape::new(self.source.identity(), &self.event, self.view(), self.dedup);
        let parts = self.computed_fields().filter_map(|(field, computed)| match computed {
            Computed::Part(part) => Some((format!("event.record.{}", field.name), part.to_string())),
            Computed::Expression(_) | Computed::Lookup(_) => None,
        });
        let expressions = self.expressions().map(|(key, expression)| (key, expression.canonical()));
        let shape =
            parts.chain(expressions).chain(self.lookups()).fold(shape, |shape, (key, value)| shape.with(key, value));
        match self.bounded_by_others() {
            names if names.is_empty() => shape,
            names => shape.with("event.bounded".to_owned(), names),
        }
    }

    /// The fields whose texts are bounded because another view groups by them.
    fn bounded_by_others(&self) -> String {
        let others = self.grouped.iter().filter(|field| !self.view().group_by.contains(field));
        let names = others.filter_map(|field| self.event.fields.get(*field)).map(|field| &*field.name);
        names.collect::<Vec<_>>().join(", ")
    }

    /// What is looked up, each with its key in the file, and what the table is that it is looked up in.
    fn lookups(&self) -> impl Iterator<Item = (String, String)> {
        let lookups = self.computed_fields().filter_map(|(field, computed)| match computed {
            Computed::Lookup(lookup) => Some((field, lookup)),
            Computed::Part(_) | Computed::Expression(_) => None,
        });
        lookups.flat_map(|(field, Lookup { table, by, take })| {
            let name = |fields: &[Field], place: usize| fields.get(place).map_or("", |field| &field.name).to_owned();
            let [by, key, take] =
                [name(&self.event.fields, *by), name(&table.fields, table.key), name(&table.fields, *take)];
            let of_field = (format!("event.computed.{}", field.name), format!("{}[{by}].{take}", table.name));
            [of_field, (format!("lookup.{}", table.name), format!("{} by {key}", table.checksum))]
        })
    }

    /// The tables in which events look values up, each once.
    #[must_use]
    pub fn tables(&self) -> Vec<&LookupTable> {
        let mut tables: Vec<&LookupTable> = Vec::new();
        for computed in &self.computed {
            if let Computed::Lookup(Lookup { table, .. }) = computed
                && tables.iter().all(|known| known.name != table.name)
            {
                tables.push(table);
            }
        }
        tables
    }

    /// The expressions, each with its key in the file: those of computed fields, the condition of the view, and that of
    /// cancellations.
    pub fn expressions(&self) -> impl Iterator<Item = (String, &Expression)> {
        let filters = self.outputs.iter().filter_map(|output| output.filter.as_ref());
        let filters = filters.map(|filter| (FILTER_KEY.to_owned(), filter));
        let fields = self.computed_fields().filter_map(|(field, computed)| match computed {
            Computed::Expression(expression) => Some((format!("event.computed.{}", field.name), expression)),
            Computed::Part(_) | Computed::Lookup(_) => None,
        });
        fields.chain(filters).chain(self.retract.iter().map(|retract| (RETRACT_KEY.to_owned(), retract)))
    }

    /// The fields that are not in the payload, and what each is.
    fn computed_fields(&self) -> impl Iterator<Item = (&Field, &Computed)> {
        self.event.fields.iter().rev().zip(self.computed.iter().rev()).rev()
    }

    /// The condition that the view wants events by, if it does not want all.
    #[must_use]
    pub fn filter(&self) -> Option<&Expression> {
        self.outputs.first().and_then(|output| output.filter.as_ref())
    }

    /// What says of an event whether the view wants it; without it all are wanted.
    #[must_use]
    pub fn event_filter(&self) -> Option<Filter> {
        self.filter().map(|condition| Filter::new(FILTER_KEY, condition))
    }

    /// Whether an id names all events of a record, so that the place of each in its array is part of it.
    #[must_use]
    pub fn has_ids_of_records(&self) -> bool {
        self.event.explode.is_some() && self.dedup.is_some_and(|field| !self.is_of_element(field))
    }

    /// Whether a field is of an element of the array whose elements are events, or is computed from such a one.
    fn is_of_element(&self, field: usize) -> bool {
        let declared = self.event.fields.len() - self.computed.len();
        match field.checked_sub(declared).and_then(|at| self.computed.get(at)) {
            None => self.event.fields.get(field).is_some_and(Field::is_of_element),
            Some(Computed::Part(_)) => false,
            Some(Computed::Expression(from)) => from.fields().iter().any(|field| self.is_of_element(*field)),
            Some(Computed::Lookup(Lookup { by, .. })) => self.is_of_element(*by),
        }
    }

    /// What says of an event whether it takes back what others have added; without it none does.
    #[must_use]
    pub fn cancellation(&self) -> Option<Filter> {
        self.retract.as_ref().map(|condition| Filter::new(RETRACT_KEY, condition))
    }

    /// A decoder of its events.
    #[must_use]
    pub fn decoder(&self) -> Decoder {
        Decoder::new(&self.event, &self.computed, &self.grouped).with_id(self.dedup)
    }
}

/// Where the condition of a view stands in a file.
pub const FILTER_KEY: &str = "totals.where";

/// Where the condition of cancellations stands in a file.
pub const RETRACT_KEY: &str = "retract.when";

/// When a source seals an epoch, and how far it reads ahead of the sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epochs {
    /// Shortest time between two epochs of one worker, so that a steady stream does not pay for one epoch an event.
    pub shortest: Duration,
    /// Longest time between two epochs of a steady stream, which are as rare as that where they cost much: so long may
    /// a document be older than the log, beside what reading and writing take. It is not less than `shortest`.
    pub freshness: Duration,
    /// Longest time that an epoch collects events while more are ready to be read.
    pub longest: Duration,
    /// How many epochs a worker may have sent that the sink has not yet made durable; reading pauses at this bound.
    pub in_flight: usize,
}

/// How the page for people names a dataflow and what its totals are measured in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dashboard {
    /// What the page is called, if not by the dataflow's name.
    pub title: Option<String>,
    /// The unit of a total by the total's name, of those that have one: a currency by its code, or any short text.
    pub units: Vec<(String, String)>,
}

impl Dashboard {
    /// The unit of a total, if it has one.
    #[must_use]
    pub fn unit(&self, total: &str) -> Option<&str> {
        self.units.iter().find(|(name, _)| name == total).map(|(_, unit)| &**unit)
    }
}
