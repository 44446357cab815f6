//! Whatever a page links to in this repository is there: the file, and the heading in it. And the index of `docs` has
//! every page. What ARCHITECTURE.md says of which folder imports which and of kinds is true of the code ([`imports`],
//! [`kinds`]), and of who knows a kind by its name ([`naming`]). No two types have one name ([`names`]),
//! and comments are no wider than the code ([`comments`]). What the guided pages say goes in and comes out does
//! ([`guides`]).

mod comments;
mod guides;
mod imports;
mod kinds;
mod names;
mod naming;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders in which no page of ours is.
const FOREIGN: [&str; 4] = ["target", "node_modules", ".git", ".cache"];

/// Every page below `folder`.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && !FOREIGN.contains(&&*name) {
            found.extend(pages(&path));
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
    found
}

/// The lines of a page that are not between fences.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_fenced = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_fenced ^= is_fence;
        !is_fenced && !is_fence
    })
}

/// Where a page leads to, but for other sites.
fn links(text: &str) -> Vec<String> {
    let without_code = |line: &str| line.split('`').step_by(2).collect::<Vec<_>>().join("`");
    let lines = prose(text).map(without_code).collect::<Vec<_>>().join("\n");
    let targets =
        lines.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned());
    targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:")).collect()
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for heading in prose(text).filter(|line| line.starts_with('#')) {
        let is_kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
        let kept: String = heading.trim_start_matches('#').trim().chars().filter(is_kept).collect();
        let slug = kept.to_lowercase().replace(' ', "-");
        let again = (1..).map(|nth| format!("{slug}-{nth}")).find(|other| !anchors.contains(other));
        anchors.insert(if anchors.contains(&slug) { again.unwrap_or_default() } else { slug });
    }
    anchors
}

/// What is wrong with a link of `page`, if something is.
fn fault(page: &Path, target: &str) -> Option<String> {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file = if path.is_empty() { page.to_owned() } else { page.parent()?.join(path) };
    if !file.exists() {
        return Some("there is no such file".to_owned());
    }
    let text = if file.is_file() { fs::read_to_string(&file).unwrap_or_default() } else { String::new() };
    let is_there = anchor.is_empty() || anchors(&text).contains(anchor);
    (!is_there).then(|| "the page has no such heading".to_owned())
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    let mut faults = Vec::new();
    for page in pages(Path::new(env!("CARGO_MANIFEST_DIR"))) {
        let text = fs::read_to_string(&page).expect("a page");
        for target in links(&text) {
            faults.extend(fault(&page, &target).map(|why| format!("{} -> {target}: {why}", page.display())));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_index_has_every_page() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let listed: BTreeSet<PathBuf> = links(&fs::read_to_string(docs.join("README.md")).expect("the index"))
        .iter()
        .map(|target| docs.join(target))
        .collect();
    let is_missing = |page: &PathBuf| !listed.contains(page) && !page.ends_with("docs/README.md");
    let missing: Vec<PathBuf> = pages(&docs).into_iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "docs/README.md leaves out {missing:?}");
}

#[test]
fn a_link_into_the_void_is_noticed() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/README.md");
    let text = "see [a](nowhere.md), [b](format.md#no-such-heading),\n`[c](code.md)`\n```\n[d](fenced.md)\n```\n[e](https://x.y)";
    assert_eq!(links(text), ["nowhere.md", "format.md#no-such-heading"]);
    assert_eq!(fault(&page, "nowhere.md").as_deref(), Some("there is no such file"));
    assert_eq!(fault(&page, "format.md#no-such-heading").as_deref(), Some("the page has no such heading"));
    assert_eq!(fault(&page, "format.md#event-time"), None);
    let twice = anchors("# `mare x`: what, exactly?\n## Café com leite\n## Café com leite\n");
    assert_eq!(twice.into_iter().collect::<Vec<_>>(), ["café-com-leite", "café-com-leite-1", "mare-x-what-exactly"]);
}
