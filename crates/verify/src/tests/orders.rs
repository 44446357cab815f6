//! Orders whose items are events.

use super::*;

/// Orders whose items are events.
const ORDERS: &str = r#"name = "orders"
[source.kafka]
brokers = "unused:1"
topic = "orders"
[event]
time = "timestamp"
explode = "cesta.itens"
[event.fields]
loja = "string?"
"cesta.itens[].categoria" = "string"
"cesta.itens[].valor" = "decimal(2)"
"cesta.itens[].id_pedido" = "string"
"cesta.itens[0].valor" = "decimal(2)?"
[event.record]
chave = "key"
[event.computed]
quem = { as = "string", from = "COALESCE(loja, 'x') || COALESCE(chave, '')" }
qual = { as = "string", from = "quem || \"cesta.itens[].id_pedido\"" }
[window]
tumbling = "1m"
[totals]
where = "1 / ROUND(\"cesta.itens[].valor\" - 2, 0) > 0.01 OR loja = 'a'"
group_by = ["cesta.itens[].categoria", "loja?"]
soma = "sum(cesta.itens[].valor)"
um = "sum(cesta.itens[0].valor)"
[sink.stdout]
"#;

/// An order of up to four sales, or of something else.
fn order(random: &mut SmallRng) -> String {
    let odd = ["null", "7", "\"a\"", "{}", "[]", "[[]]", "{\"categoria\": \"x\"}"];
    let item = |random: &mut SmallRng| match random.random_range(0..6) {
        0 => (*odd.choose(random).unwrap_or(&"7")).to_owned(),
        _ => sale(random),
    };
    let items: Vec<_> = (0..random.random_range(0..4)).map(|_| item(random)).collect();
    let array = match random.random_range(0..12) {
        0 => (*odd.choose(random).unwrap_or(&"7")).to_owned(),
        _ => format!("[{}]", items.join([",", " , ", "\n,"][items.len() % 3])),
    };
    let time = if random.random_ratio(3, 4) { "2025-11-28T12:00:00Z".to_owned() } else { time(random) };
    let store = ["\"a\"", "\"\\u00e7\"", "null", "5", "\"b\""].choose(random).unwrap_or(&"null");
    let array = if random.random_ratio(1, 12) { "null".to_owned() } else { array };
    format!(r#"{{"timestamp": "{time}", "loja": {store}, "cesta": {{"itens": {array}}}}}"#)
}

#[test]
fn odd_orders_have_the_events_that_the_engine_takes_them_for() {
    let seed = mare_random::seed();
    let mut random = SmallRng::seed_from_u64(seed);
    for by in [None, Some("dedup.by=quem"), Some("dedup.by=qual"), Some("dedup.by=cesta.itens[].id_pedido")] {
        let plan = mare_dataflow::fixture::plan(ORDERS, &Vec::from_iter(by));
        let (mut decoder, reader) = (plan.decoder(), EventReader::new(&plan).unwrap());
        let (mut good, mut several) = (0, 0);
        for round in 0..10_000 {
            let record = order(&mut random);
            let record = framed(&mut random, record);
            let sent_ms = [None, Some(-1), Some(1_764_331_200_000)][round % 3];
            let expected = engine(&plan, &mut decoder, sent_ms, &record);
            good += expected.iter().filter(|event| event.is_ok()).count();
            several += usize::from(expected.len() > 1);
            let found = auditor(&reader, sent_ms, &record);
            assert_eq!(found, expected, "seed {seed} round {round} {by:?}: {}", record.escape_ascii());
        }
        assert!(good > 2_000 && several > 1_000, "seed {seed}: {good} events, {several} records of several");
    }
}

#[test]
fn any_bytes_have_the_events_that_the_engine_takes_them_for() {
    let plan = mare_dataflow::fixture::plan(ORDERS, &["dedup.by=quem"]);
    let (mut decoder, reader) = (plan.decoder(), EventReader::new(&plan).unwrap());
    mare_random::fuzz("orders", 4_000, |record| {
        let expected = engine(&plan, &mut decoder, None, record);
        assert_eq!(auditor(&reader, None, record), expected);
        expected.iter().any(Result::is_ok)
    });
}
