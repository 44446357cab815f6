//! Indexes that would refuse documents, and the one for the newest windows. Pure.

use super::{INDEX, UNIQUE};
use crate::kind::{Index, Unfit, refusing};
use mare_checks::Finding;
use mare_sink::SinkError;
use mare_sink::document::Layout;

/// What the `indexes` of a collection mean for the documents of `layout`. One that `is_absent` gets its index with the
/// first connection of a run.
pub(super) fn judge(indexes: &Result<Vec<Index>, SinkError>, layout: &Layout, is_absent: bool) -> Vec<Finding> {
    match indexes {
        Err(error) => vec![Finding::unknown(UNIQUE, error.to_string())],
        Ok(_) if is_absent => vec![Finding::ok(UNIQUE, "the collection has no indexes yet")],
        Ok(indexes) => vec![unique(indexes, layout), newest(indexes, layout)],
    }
}

fn unique(indexes: &[Index], layout: &Layout) -> Finding {
    match refusing(indexes, layout) {
        None => Finding::ok(UNIQUE, "no unique index would refuse documents"),
        Some(Unfit { why, remedy }) => Finding::failed(UNIQUE, why, remedy),
    }
}

fn newest(indexes: &[Index], layout: &Layout) -> Finding {
    let wanted = layout.newest_first();
    let serves =
        |index: &&Index| index.keys.iter().map(|(field, descends)| (&**field, *descends)).eq(wanted.iter().copied());
    if wanted.is_empty() {
        return Finding::ok(INDEX, "there is one document, which needs no index");
    }
    match indexes.iter().find(serves) {
        Some(index) => Finding::ok(INDEX, format!("{} serves the newest windows of a group", index.name)),
        None => Finding::warning(
            INDEX,
            "there is no index for the newest windows of a group",
            "a run makes it when it connects, which takes a while in a large collection and the right createIndex",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_checks::Verdict;
    use mare_sink::fixture;

    fn index(keys: &[(&str, bool)], is_unique: bool) -> Index {
        let keys = keys.iter().map(|(field, descends)| ((*field).to_owned(), *descends)).collect();
        Index { name: "i".into(), keys, is_unique, ..Index::default() }
    }

    fn judged(indexes: &[Index]) -> Vec<Verdict> {
        let layout = fixture::sales().layout();
        judge(&Ok(indexes.to_vec()), &layout, false).iter().map(|found| found.verdict).collect()
    }

    #[test]
    fn a_unique_index_refuses_unless_it_tells_all_documents_apart() {
        let newest = index(&[("categoria", false), ("janela_inicio", true)], false);
        let with = |other: &[(&str, bool)]| judged(&[newest.clone(), index(other, true)])[0];
        assert_eq!(with(&[("categoria", false)]), Verdict::Failed);
        assert_eq!(with(&[("janela_inicio", false), ("x", false), ("categoria", false)]), Verdict::Ok);
        assert_eq!(with(&[("categoria", false), ("_id", false)]), Verdict::Ok);
        assert_eq!(judged(&[newest]), [Verdict::Ok, Verdict::Ok]);
    }

    #[test]
    fn the_index_for_the_newest_windows_has_its_order() {
        assert_eq!(judged(&[]), [Verdict::Ok, Verdict::Warning]);
        assert_eq!(judged(&[index(&[("categoria", false), ("janela_inicio", false)], false)])[1], Verdict::Warning);
        assert_eq!(judged(&[index(&[("janela_inicio", true), ("categoria", false)], false)])[1], Verdict::Warning);
    }
}
