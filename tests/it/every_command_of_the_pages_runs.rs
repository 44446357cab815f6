//! Whatever a page tells its reader to type is typed here: in order, in a folder of its own, at a shell with the built
//! binary.
//!
//! # What counts as a command
//! Every line of a block ```` ```sh ````, and each line behind `$ ` of a block ```` ```console ```` or ```` ```text
//! ````. A line that can be typed on a machine without a network is run and has to end with 0; what cannot stands in
//! the table of [`exceptions`], with its reason and a lesser check. A line that is neither fails, and is named with its
//! page and number. In sentences, what begins with `mare ` and has a flag is read by the command line's own parser.
//!
//! A page is a story: each of its commands finds what those before it have left. `mare run` and whatever else does not
//! end by itself goes on beside those that follow, until the next heading (or, if the reader has not begun it, the end
//! of the page); then it is asked to end (SIGTERM), and must do so with 0.
//!
//! # What a page can say
//! In comments that no reader sees, before a block:
//! * `<!-- docs-test: first`, lines, `-->`: commands that the reader has in mind already
//! * `<!-- docs-test: expect 1 -->`: the last command of the block ends so
//! * `<!-- docs-test: not run: REASON -->`: its `mare` lines are read by the command line's parser, and that is all
//! * `<!-- docs-test: over FILE -->`: a fragment of TOML belongs to this dataflow, not to the flagship
//!
//! # What is changed on the way to the shell
//! The addresses of `docker compose`'s servers become those of servers that are started for this, ports of this machine
//! become free ones, `cargo run --release --` the built binary, and `--count` is 6,000 at most. `HOME` is a folder of
//! its own.
//!
//! `MARE_DOCS=docs/query.md cargo test --test it every_command_of_the_pages` looks at one page.
//!
//! # Layout
//! * [`page`]: what is in a page
//! * [`words`]: what is in a command line
//! * [`exceptions`]: what is not run, and why
//! * [`endless`]: what does not end by itself
//! * [`shell`]: the shell
//! * [`world`]: servers, and addresses
//! * [`story`]: a page, told
//! * [`dataflows`]: blocks of TOML and JSON

mod dataflows;
mod endless;
mod exceptions;
mod page;
mod shell;
mod story;
mod words;
mod world;

use std::env;
use std::path::Path;

use self::page::Page;
use self::story::Story;
use self::world::World;

/// The pages that are looked at, in their order.
fn pages() -> Vec<Page> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = page::below(root, "");
    paths.extend(page::below(root, "docs"));
    paths.retain(|path| path != "CHANGELOG.md");
    if let Ok(only) = env::var("MARE_DOCS") {
        paths.retain(|path| *path == only);
    }
    assert!(!paths.is_empty(), "no page");
    paths.iter().map(|path| Page::read(root, path)).collect()
}

/// # Panics
/// With all of them, if there are any.
fn assert_none(failures: &[String]) {
    assert!(failures.is_empty(), "{} in the pages do not hold:\n\n{}", failures.len(), failures.join("\n\n"));
}

#[test]
fn and_ends_as_it_should() {
    let world = World::start();
    let failures: Vec<String> = pages().iter().flat_map(|page| Story::new(&world, page).tell()).collect();
    assert_none(&failures);
}

#[test]
fn and_every_dataflow_in_them_is_a_good_one() {
    assert_none(&pages().iter().flat_map(dataflows::failures).collect::<Vec<_>>());
}

#[test]
fn and_what_a_sentence_names_is_one() {
    assert_none(&pages().iter().flat_map(exceptions::misnamed).collect::<Vec<_>>());
}

#[test]
fn a_line_that_is_neither_run_nor_excepted_is_named() {
    let page = Page::of(
        "docs/x.md",
        "# X\n\n```sh\nmare check a.toml\nfrobnicate --now\nmare run a.toml --no-such-flag\ncargo xtask bench speed\n\
         cargo xtask bench backfill --against main\n```\n",
    );
    let judged: Vec<String> =
        page.commands().iter().map(|typed| format!("{:?}", exceptions::verdict(&typed.text))).collect();
    assert!(judged[0].starts_with("Ok(Run"), "{judged:?}");
    assert!(judged[1].starts_with("Err(") && judged[1].contains("frobnicate"), "{judged:?}");
    assert!(judged[2].starts_with("Err(") && judged[2].contains("--no-such-flag"), "{judged:?}");
    assert!(judged[3].starts_with("Err(") && judged[3].contains("no bench speed"), "{judged:?}");
    assert!(judged[4].starts_with("Ok(Excepted"), "{judged:?}");
    assert_eq!(page.commands()[1].line, 5);
}
