//! `mare top --once`: what a run does, as text for a pipe.

use nix::sys::signal::Signal;

use crate::support::flagship::{Flagship, produce_hour};
use crate::support::http::Http;
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::{BOUND, Mare};
use crate::support::{ports, wait};

#[test]
fn as_the_database_has_it() {
    let topic = Topic::create(kafka(), "top", 3);
    produce_hour(kafka(), &topic.name, 81, 3_000);
    let flagship = Flagship::shared(&topic);
    let mut run = flagship.spawn(&["--http", "127.0.0.1:0"]);
    let address = Http::of(&run).address;
    flagship.wait_until_exact(&mut run);
    let newest =
        flagship.documents().into_iter().max_by_key(|document| document.get_datetime("janela_inicio").copied().ok());
    let newest = newest.expect("a document");
    let revenue = format!("{:.2}", newest.get_f64("faturamento_total").expect("an amount"));
    wait::until(BOUND, "the newest document and all records in the terminal", || {
        let shown = Mare::run(["top", &address, "--once"]).success().stdout;
        let words = ["black-friday", "running", newest.get_str("categoria").expect("a group"), &revenue, "3,000"];
        let is_there = |word: &&str| shown.contains(word) || shown.replace(',', "").contains(word);
        match words.into_iter().find(|word| !is_there(word)) {
            Some(word) => Err(format!("`{word}` is not in:\n{shown}")),
            None => Ok(()),
        }
    });
    run.end_by(Signal::SIGTERM).success();
    let nobody = ports::free().to_string();
    Mare::run(["top", &nobody, "--once"]).refused(&[&nobody]);
}
