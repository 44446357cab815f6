//! What a document says in numbers, apart from the total that it was made of: a document does not lead back to that.
//! Pure.

use compact_str::CompactString;

use super::SinkError;
use super::document::{Document, FieldOrigin, FieldValue, Layout, push_group};
use super::ranking::Ranked;
use mare_model::time::Window;
use mare_model::total::{Change, Key};
use mare_model::view::ViewId;

/// The numbers of a document, and what they are of. Who shows documents keeps them so: those that have just been
/// written and those that are read back are alike, and take little memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// The window and the group.
    pub key: Key,
    /// The number of events.
    pub n: i64,
    /// Whether they are certain.
    pub is_final: bool,
    /// The numbers in their units, in the order of [`Layout::numbers`]; of those that are null none.
    pub numbers: Box<[Option<i128>]>,
    /// The texts beside them, in the order of the document's fields, of rankings their JSON; of those that are null
    /// none.
    pub texts: Box<[Option<CompactString>]>,
}

impl Figures {
    /// The number at `place` of [`Layout::numbers`]; `None` if it is null.
    #[must_use]
    pub fn number(&self, place: usize) -> Option<i128> {
        self.numbers.get(place).copied().flatten()
    }
}

impl Layout {
    /// What the document of `change` says.
    #[must_use]
    pub fn figures(&self, change: &Change) -> Figures {
        let Change { key, total, is_final } = change;
        let texts = self.texts_of(total).map(|value| value.kept_text()).collect();
        Figures { key: key.clone(), n: total.n, is_final: *is_final, numbers: self.numbers_of(total).into(), texts }
    }

    /// What `document` says; `None` if it is none of this layout.
    #[must_use]
    pub fn figures_of(&self, document: &Document) -> Option<Figures> {
        let (mut start, mut end, mut group, mut is_first) = (None, None, String::new(), true);
        let (mut numbers, mut texts) = (Vec::new(), Vec::new());
        for (field, value) in self.fields().iter().zip(&document.values) {
            match (field.origin, value) {
                (FieldOrigin::WindowStart, FieldValue::Time(time)) => start = Some(*time),
                (FieldOrigin::WindowEnd, FieldValue::Time(time)) => end = Some(*time),
                (FieldOrigin::Group(_), value) => {
                    push_group(&mut group, value, is_first)?;
                    is_first = false;
                }
                (FieldOrigin::Text(_), FieldValue::Null | FieldValue::Text(_)) => texts.push(value.kept_text()),
                (FieldOrigin::Ranking(..), FieldValue::Ranking(_)) => texts.push(value.kept_text()),
                (FieldOrigin::Total(_), FieldValue::Null) => numbers.push(None),
                (FieldOrigin::Total(_), FieldValue::Boolean(truth)) => numbers.push(Some((*truth).into())),
                (FieldOrigin::Total(_), FieldValue::Time(time)) => numbers.push(Some(time.0.into())),
                (FieldOrigin::Total(_), value) => numbers.push(Some(value.units()?)),
                (FieldOrigin::Final, _) => {}
                _ => return None,
            }
        }
        let is_global = self.windows().is_global();
        let window = if is_global { Window::ALL } else { Window { start: start?, end: end? } };
        let key = Key { view: ViewId::default(), window, group: group.into() };
        let Document { version: n, is_final, .. } = *document;
        Some(Figures { key, n, is_final, numbers: numbers.into(), texts: texts.into() })
    }

    /// The document that says this.
    ///
    /// # Errors
    /// As for [`Layout::render`].
    pub fn document(&self, figures: &Figures) -> Result<Document, SinkError> {
        let Figures { key, n, is_final, numbers, texts } = figures;
        let fields = self.fields().iter().filter_map(|field| match field.origin {
            FieldOrigin::Text(_) => Some(None),
            FieldOrigin::Ranking(_, ranking) => Some(Some(ranking)),
            _ => None,
        });
        let values = fields.zip(texts).map(|(ranking, text)| match (ranking, text) {
            (_, None) => FieldValue::Null,
            (None, Some(text)) => FieldValue::Text(text.to_string()),
            (Some(ranking), Some(text)) => FieldValue::Ranking(Ranked::parse(ranking, text).unwrap_or_default()),
        });
        self.filled(key, *n, *is_final, numbers.iter().copied(), values)
    }
}

impl FieldValue {
    /// A number in its units; `None` if it is none, or null.
    #[must_use]
    pub fn units(&self) -> Option<i128> {
        match self {
            FieldValue::Integer(units) | FieldValue::Decimal { units, .. } => Some(*units),
            FieldValue::Time(_) | FieldValue::Text(_) | FieldValue::Boolean(_) => None,
            FieldValue::Ranking(_) | FieldValue::Null => None,
        }
    }

    /// What [`Figures::texts`] has of it.
    fn kept_text(&self) -> Option<CompactString> {
        match self {
            FieldValue::Text(text) => Some(text.into()),
            FieldValue::Ranking(all) => Some(Ranked::text(all).into()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use mare_model::time::EventTime;
    use mare_model::total::Total;

    #[test]
    fn what_no_event_had_is_null() {
        let plan = fixture::deliveries();
        let layout = plan.layout();
        for (measures, numbers) in [
            ([None, None, Some(-3), Some(9)], [None, None, Some(-3), Some(9), Some(2)]),
            ([Some(0), Some(0), None, None], [Some(0), Some(0), None, None, Some(2)]),
        ] {
            let total = fixture::total_in(&plan, 2, &measures);
            let change = fixture::change(fixture::key("a", 0), total);
            let document = layout.render(&change).unwrap();
            let is_null = |value: &FieldValue| *value == FieldValue::Null;
            let nulls: Vec<_> = document.values[3..].iter().map(is_null).collect();
            assert_eq!(nulls, numbers.map(|number| number.is_none()));
            let figures = layout.figures_of(&document).unwrap();
            assert_eq!((&*figures.numbers, &figures), (&numbers[..], &layout.figures(&change)));
            assert_eq!(layout.document(&figures).unwrap(), document);
        }
        let none = layout.render(&fixture::change(fixture::key("a", 0), fixture::total(1, &[]))).unwrap();
        assert_eq!(
            none.values[3..],
            [FieldValue::Null, FieldValue::Null, FieldValue::Null, FieldValue::Null, FieldValue::Integer(1)]
        );
    }

    /// The sum and the count are lost, and nobody needs them.
    #[test]
    fn what_is_derived_is_what_its_document_says() {
        let plan = fixture::tips();
        let layout = plan.layout();
        for (measures, expected) in [
            ([Some(10), Some(3), Some(7), Some(1), Some(0)], [Some(3), Some(3_333), Some(175), Some(1), Some(0)]),
            ([Some(-25), Some(2), Some(2), Some(0), Some(0)], [Some(-12), Some(-12_500), Some(50), Some(0), Some(0)]),
            ([Some(0), Some(0), Some(-9), None, None], [None, None, Some(-225), None, None]),
        ] {
            let change = fixture::change(fixture::key("a", 0), fixture::total_in(&plan, 4, &measures));
            let document = layout.render(&change).unwrap();
            let figures = layout.figures_of(&document).unwrap();
            assert_eq!((&figures.numbers[..5], figures.number(5)), (&expected[..], Some(4)));
            let truth = |units: Option<i128>| units.map_or(FieldValue::Null, |units| FieldValue::Boolean(units == 1));
            assert_eq!(document.values[6..8], [truth(expected[3]), truth(expected[4])]);
            assert_eq!((layout.document(&figures).unwrap(), layout.figures(&change)), (document, figures));
        }
    }

    #[test]
    fn what_is_computed_from_others_is_null_where_it_has_no_value() {
        let plan = fixture::bills();
        let layout = plan.layout();
        let wide = 10_i128.pow(9);
        for (n, revenue, tip, expected) in [
            (4, 1_001, Some(101), [Some(2_502_500), Some(1), Some(16), Some(1_001_i128.pow(4))]),
            // A quotient by 0, a comparison with NULL.
            (3, -10, None, [Some(-33_333), None, Some(9), None]),
            // More than 64 bits of a whole number, more than 34 digits of a decimal.
            (i64::MAX, wide, Some(100), [Some(0), Some(0), None, Some(108_420_217_248_550_443)]),
            (2, wide, Some(0), [Some(wide * 5_000), Some(0), Some(4), None]),
            // More than 127 bits.
            (1, wide * wide, None, [Some(wide * wide * 10_000), None, Some(1), None]),
        ] {
            let total = fixture::total_in(&plan, n, &[Some(revenue), tip]);
            let change = fixture::change(fixture::key("a", 0), total);
            let (document, figures) = (layout.render(&change).unwrap(), layout.figures(&change));
            assert_eq!([0, 2, 5, 6].map(|place| figures.number(place)), expected, "{n} bills of {revenue}");
            assert_eq!([1, 3, 4].map(|place| figures.number(place)), [Some(revenue), tip, Some(n.into())]);
            assert_eq!(layout.figures_of(&document).as_ref(), Some(&figures));
            assert_eq!(layout.document(&figures).unwrap(), document);
        }
    }

    #[test]
    fn times_are_numbers_too() {
        let plan = fixture::visits();
        let layout = plan.layout();
        for measures in [[Some(-1), Some(1_764_331_200_123)], [None, None]] {
            let change = fixture::change(fixture::key("a", 0), fixture::total_in(&plan, 2, &measures));
            let (document, figures) = (layout.render(&change).unwrap(), layout.figures(&change));
            let time =
                |units: Option<i128>| units.map_or(FieldValue::Null, |ms| FieldValue::Time(EventTime(ms as i64)));
            assert_eq!(document.values[3..5], measures.map(time));
            assert_eq!(layout.figures_of(&document).as_ref(), Some(&figures));
            assert_eq!((&figures.numbers[..2], layout.document(&figures).unwrap()), (&measures[..], document));
        }
    }

    #[test]
    fn a_document_leads_back_to_what_it_says() {
        for (plan, group, measures) in [
            (fixture::sales_with_final(), r"Casa\|Jardim", vec![1_005]),
            (fixture::sensors(), r"-7|true|a\|b", vec![1, -9]),
            (fixture::sensors_of_anywhere(), r"-7|\N|\N", vec![1, -9]),
        ] {
            let layout = plan.layout();
            let total = Total::new(2, &plan.view.measures, &measures);
            let change = fixture::final_change(fixture::key(group, 60_000), total);
            let mut document = layout.render(&change).unwrap();
            let is_final = layout.final_field().is_some();
            let figures = Figures { is_final, ..layout.figures(&change) };
            assert_eq!(layout.figures_of(&document), Some(figures.clone()));
            assert_eq!(layout.document(&figures).unwrap(), document);
            document.values[0] = FieldValue::Text("a window".into());
            assert_eq!(layout.figures_of(&document), None, "a document of another layout");
        }
    }
}
