//! The auditor reads records as the engine does. Only here the two meet: they share no code, so what they agree on for
//! every odd record is the format itself.

mod orders;

use std::borrow::Cow;

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use super::event::{Event, EventReader};
use super::topic::RawRecord;
use mare_dataflow::fixture::load;
use mare_dataflow::{Overrides, Plan};
use mare_decode::{Decoder, Element, Filter, MaxAhead, Row};
use mare_model::header::Headers;
use mare_model::position::{Offset, Partition};
use mare_model::record::Record;
use mare_model::time::EventTime;

/// What one of the two says of a record: time, group, id, measures and whether it is wanted, or the reason why it is no
/// event.
type Said = Result<(EventTime, String, Option<String>, Vec<Option<i128>>, bool), &'static str>;

/// Where each record is.
const PLACE: (i32, i64) = (2, 77);

/// The key of the record of a payload: now and then none, and now and then no text.
fn key(payload: &[u8]) -> Option<&[u8]> {
    match payload.len() % 5 {
        0 => None,
        1 => Some(b"\xff|"),
        length => payload.get(..length),
    }
}

/// Its headers, of which some have one name, and some are no text.
fn headers(payload: &[u8]) -> Vec<(&str, Option<&[u8]>)> {
    let cut = payload.get(..payload.len() % 9);
    let all =
        [("origem", cut), ("Origem", None), ("origem", Some(&b"web|"[..])), ("origem", None), ("outra", Some(b"\xff"))];
    let length = payload.len() % 6;
    all.into_iter().cycle().skip(payload.len() % 3).take(length).collect()
}

fn engine(plan: &Plan, decoder: &mut Decoder, sent_ms: Option<i64>, payload: &[u8]) -> Vec<Said> {
    let headers = headers(payload);
    let record = Record {
        partition: Partition(PLACE.0),
        offset: Offset(PLACE.1),
        timestamp_ms: sent_ms,
        key: key(payload),
        payload: Some(payload),
        headers: Headers::of(&headers),
    };
    let ahead = |time| MaxAhead::new(&plan.event).check(time, sent_ms).map_err(|reject| reject.reason());
    if !decoder.explodes() {
        let row = decoder.decode(&record).map_err(|reject| reject.reason());
        return vec![row.and_then(|row| ahead(row.time).and_then(|()| said(plan, &row, None)))];
    }
    let elements = decoder.elements(&record).map_err(|reject| reject.reason());
    let mut elements = match elements.and_then(|elements| ahead(elements.time).map(|()| elements)) {
        Ok(elements) => elements,
        Err(reason) => return vec![Err(reason)],
    };
    if elements.is_empty() {
        return vec![Ok((elements.time, String::new(), None, Vec::new(), false))];
    }
    let mut all = Vec::new();
    while let Some(Element { place, row, .. }) = elements.next() {
        all.push(row.map_err(|reject| reject.reason()).and_then(|row| said(plan, &row, Some(place))));
    }
    all
}

/// What the engine says of a row, which is that of this element.
fn said(plan: &Plan, row: &Row<'_>, place: Option<usize>) -> Said {
    let filter = plan.event_filter();
    let is_wanted = Filter::wants(filter.as_ref(), row).map_err(|reject| reject.reason())?;
    let view = plan.view();
    let group = String::from_utf8_lossy(row.group(&view.group_by, &mut String::new())).into_owned();
    let place = place.filter(|_| plan.has_ids_of_records()).map(|place| format!("|{place}")).unwrap_or_default();
    let id = plan.dedup.map(|field| format!("{}{place}", row.id(field, &mut String::new())));
    let measured = view.measures.iter().map(|measure| measure.function.value(row.measured(*measure)));
    Ok((row.time, group, id, measured.collect(), is_wanted))
}

fn auditor(reader: &EventReader<'_>, sent_ms: Option<i64>, payload: &[u8]) -> Vec<Said> {
    let (partition, offset) = PLACE;
    let headers = headers(payload);
    let (key, payload, headers) = (key(payload), Some(payload), Headers::of(&headers));
    let record = RawRecord { partition, offset, timestamp_ms: sent_ms, key, payload, headers };
    let said = |event: Event<'_>| {
        let (time, id) = (EventTime(event.time_ms), event.id.map(Cow::into_owned));
        (time, event.group.into_owned(), id, event.adds, event.is_wanted)
    };
    let mut all = Vec::new();
    reader.read(&record, &mut |event| all.push(event.map(said)));
    all
}

/// A number, or something that looks like one.
fn number(random: &mut SmallRng) -> String {
    let digits = |random: &mut SmallRng, most: u32| {
        let length = random.random_range(1..=most);
        (0..length).map(|_| char::from(random.random_range(b'0'..=b'9'))).collect::<String>()
    };
    let whole = match random.random_range(0..4) {
        0 => "0".to_owned(),
        1 => digits(random, 26),
        _ => digits(random, 5),
    };
    let sign = if random.random_ratio(1, 4) { "-" } else { "" };
    let mut text = format!("{sign}{whole}");
    if random.random_ratio(2, 3) {
        let fraction = digits(random, 6);
        text +=
            &format!(".{fraction}{}", ["", "5", "50", "500000", "4999999", "0000001"].choose(random).unwrap_or(&""));
    }
    if random.random_ratio(1, 4) {
        text +=
            ["e0", "e3", "E-2", "e+1", "e-30", "e25", "e999999999999", "e-999999999999"].choose(random).unwrap_or(&"");
    }
    text
}

/// A whole number, more often than [`number`] has one.
fn integer(random: &mut SmallRng) -> String {
    let plain = ["7", "-12", "1.0", "2e1", "0.5", "9223372036854775807", "9223372036854775808", "-9223372036854775808"];
    if random.random_ratio(3, 4) { (*plain.choose(random).unwrap_or(&"7")).to_owned() } else { number(random) }
}

/// A time, or something that looks like one.
fn time(random: &mut SmallRng) -> String {
    let date = ["2025-11-28", "2024-02-29", "2025-02-29", "1969-12-31", "0000-01-01", "9999-12-31"];
    let clock = [
        "12:00:00",
        "23:59:59.9999999",
        "00:00",
        "24:00:00",
        "12:00:60",
        "01:30:00,123456789",
        "12:00:00.0009999999999",
    ];
    let zone = ["", "Z", "z", "-03:00", "+0530", "+23:59", "+24:00", "[America/Sao_Paulo]", " "];
    let separator = ["T", " ", "t", "x"].choose(random).unwrap_or(&"T");
    let [date, clock, zone] = [&date[..], &clock, &zone].map(|texts| *texts.choose(random).unwrap_or(&""));
    if random.random_ratio(1, 8) { date.to_owned() } else { format!("{date}{separator}{clock}{zone}") }
}

/// The value of a field: most often of its kind.
fn value(random: &mut SmallRng, usual: String) -> String {
    let odd = ["null", "true", "{}", "[1]", "\"\"", "\"1.5\"", "\"-3e1\"", "\" 2\"", "\"01\"", "7", "-0", "1e400"];
    if random.random_ratio(4, 5) { usual } else { (*odd.choose(random).unwrap_or(&"null")).to_owned() }
}

fn sale(random: &mut SmallRng) -> String {
    let long = format!("\"{}\"", "é".repeat(random.random_range(510..515)));
    let names =
        ["\"Gamer\"", r#""Casa|\"Jardim\"\\""#, "\"\\u0041\"", "\"\"", "\"\\ud83d\\ude00\"", "\"\\ud83d\"", &*long];
    let category = (*names.choose(random).unwrap_or(&"\"\"")).to_owned();
    let id = (*names.choose(random).unwrap_or(&"\"\"")).to_owned();
    let (amount, time) = (number(random), format!("\"{}\"", time(random)));
    let mut members = vec![
        format!("\"id_pedido\": {}", value(random, id)),
        format!("\"categoria\": {}", value(random, category)),
        format!("\"valor\": {}", value(random, amount)),
        format!("\"timestamp\": {}", value(random, time)),
    ];
    if random.random_ratio(1, 6) {
        members.remove(random.random_range(0..members.len()));
    }
    if random.random_ratio(1, 6) {
        members.push("\"valor\": 2.5".to_owned());
    }
    if random.random_ratio(1, 8) {
        members.push(format!("\"x\": {}1{}", "[".repeat(140), "]".repeat(140)));
    }
    if random.random_ratio(1, 8) {
        let unread =
            [r#""\ud83d": 1"#, r#""x": "\ude00""#, r#""x": {"categoria": 1e999}"#, r#""x": "\q""#, "\"x\": \"ç\""];
        members.insert(0, (*unread.choose(random).unwrap_or(&"")).to_owned());
    }
    cut(random, format!("{{{}}}", members.join(", ")))
}

/// The record as somebody frames it, now and then.
fn framed(random: &mut SmallRng, record: String) -> Vec<u8> {
    let bytes = record.clone().into_bytes();
    match random.random_range(0..80) {
        0 => [&[0, 0, 0, 0, 9], &*bytes].concat(),
        1 => [b"\xEF\xBB\xBF", &*bytes].concat(),
        2 => record.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        3 => format!("\u{FEFF}{record}").encode_utf16().flat_map(u16::to_le_bytes).collect(),
        4 => [b"\x1F\x8B\x08", &*bytes].concat(),
        5 => serde_json::to_string(&record).unwrap_or_default().into_bytes(),
        6 => [&*bytes, b"\n", &*bytes].concat(),
        7 => [b"[", &*bytes, b",{} ]"].concat(),
        8 => [b" {} , ", &*bytes].concat(),
        9 => record.chars().map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?')).collect(),
        10 => [b"\x78", &*bytes].concat(),
        11 => record.chars().flat_map(|character| u32::from(character).to_be_bytes()).collect(),
        12 => bytes.iter().map(|byte| if random.random_ratio(1, 40) { random.random() } else { *byte }).collect(),
        _ => bytes,
    }
}

fn reading(random: &mut SmallRng) -> String {
    let (tariff, at, wh, cost, outage) =
        (integer(random), number(random), integer(random), number(random), integer(random));
    let meter = value(random, format!("{{\"site\": \"n|{tariff}\"}}"));
    let [first, wh] = ["1".to_owned(), wh].map(|number| value(random, number));
    let reading = value(random, format!("{{\"wh\": {first}, \"cost\": {cost}, \"wh\": {wh}}}"));
    let [tariff, at, outage] = [tariff, at, outage].map(|number| value(random, number));
    let text = format!(
        "{{\"meter\": {meter}, \"tariff\": {tariff}, \"read_at\": {at}, \"reading\": {reading}, \"outage_s\": {outage}}}"
    );
    cut(random, text)
}

/// The text, now and then with its end missing or something behind it.
fn cut(random: &mut SmallRng, text: String) -> String {
    match random.random_range(0..40) {
        0 => text.chars().take(random.random_range(0..60)).collect(),
        1 => format!("{text} x"),
        2 => format!(" \n{text}\t"),
        _ => text,
    }
}

/// Fields that are computed, by which events are grouped, told apart and chosen.
const COMPUTED: [&str; 9] = [
    "event.computed.dobro.as=decimal(3)",
    "event.computed.dobro.from=valor * 2",
    "event.computed.hora.as=string",
    "event.computed.hora.from=UPPER(categoria) || ':' || CAST(EXTRACT(HOUR FROM event_time) AS TEXT)",
    "totals.group_by=[\"hora\"]",
    "totals.dobrado=sum(dobro)",
    "totals.group_max_bytes=7",
    "totals.where=categoria LIKE '%a%' OR 1 / ROUND(dobro - 2, 0) > 0.01",
    "dedup.by=hora",
];

/// Parts of the record beside its payload.
const BESIDE: [&str; 9] = [
    "event.record.chave=key",
    "event.record.origem=header(origem)",
    "event.record.outra=header(outra)",
    "event.record.enviado=timestamp",
    "event.record.lugar=offset",
    "event.computed.quem.as=string",
    "event.computed.quem.from=COALESCE(chave, 'ninguém') || CAST(lugar AS TEXT)",
    "totals.group_by=[\"quem\", \"origem?\"]",
    "totals.ultimo=max(enviado)",
];

/// Fields that are looked up, by one of the payload and by one that is computed, in a table of each kind.
const LOOKED_UP: [&str; 18] = [
    "lookup.categorias.file=../tests/fixtures/lookups/categorias.csv",
    "lookup.categorias.key=categoria",
    "lookup.categorias.fields.peso=decimal(3)?",
    "lookup.categorias.fields.quente=boolean?",
    "lookup.categorias.fields.desde=time?",
    "lookup.horas.file=../tests/fixtures/lookups/horas.jsonl",
    "lookup.horas.key=h.n",
    "lookup.horas.fields.\"h.n\"=integer",
    "lookup.horas.fields.nome=string?",
    "event.computed.peso={ lookup = \"categorias\", by = \"categoria\", take = \"peso\" }",
    "event.computed.quente={ lookup = \"categorias\", by = \"categoria\", take = \"quente\" }",
    "event.computed.desde={ lookup = \"categorias\", by = \"categoria\", take = \"desde\" }",
    "event.computed.hora={ as = \"integer\", from = \"CAST(ABS(valor) AS INTEGER) % 25\" }",
    "event.computed.nome={ lookup = \"horas\", by = \"hora\", take = \"nome\" }",
    "totals.pesado=sum(peso)",
    "totals.primeiro=min(desde)",
    "totals.algum=any(quente)",
    "totals.group_by=[\"nome?\"]",
];

/// A condition over fields that may be absent, and one that is computed of them.
const CHOSEN: [&str; 4] = [
    "event.computed.gap.as=integer?",
    "event.computed.gap.from=CAST(outage_s * 1.5 AS INTEGER)",
    "totals.gaps=max(gap)",
    "totals.where=(gap % 2 = 1) IS NOT TRUE OR reading.cost < 1",
];

#[test]
fn odd_records_are_what_the_engine_takes_them_for() {
    let seed = mare_random::seed();
    let mut random = SmallRng::seed_from_u64(seed);
    type Make = fn(&mut SmallRng) -> String;
    let makes: [(&str, &[&str], Make); 12] = [
        (
            "../../dataflows/black_friday.toml",
            &["dedup.by=id_pedido", "event.zone=America/Sao_Paulo", "event.fields.timestamp=time?"],
            sale,
        ),
        ("../../dataflows/black_friday.toml", &["event.max_bytes=900B", "totals.group_max_bytes=4"], sale),
        (
            "../../dataflows/energy.toml",
            &["event.time_format=epoch_seconds", "event.fields.read_at=time(epoch_millis)?"],
            reading,
        ),
        ("../../dataflows/black_friday.toml", &COMPUTED, sale),
        ("../../dataflows/black_friday.toml", &["event.fields.valor=decimal(2)? from text"], sale),
        ("../../dataflows/black_friday.toml", &BESIDE, sale),
        ("../../dataflows/black_friday.toml", &LOOKED_UP, sale),
        (
            "../../dataflows/black_friday.toml",
            &["event.fields.\"itens[1]\"=integer?", "totals.um=sum(itens[1])", "event.fields.\"x[0][0]\"=integer?"],
            |random| sale(random).replacen("\"valor\": 2.5", "\"itens\": [1, 2.0]", 1),
        ),
        (
            "../../dataflows/energy.toml",
            &["event.time_format=epoch_micros from text", "event.fields.tariff=integer from text"],
            reading,
        ),
        ("../../dataflows/energy.toml", &CHOSEN, reading),
        (
            "../../dataflows/black_friday.toml",
            &[
                "event.fields.categoria=string?",
                "event.fields.valor=integer?",
                "totals.group_by=[\"categoria?\", \"valor?\"]",
                "totals.faturamento_total=count(valor)",
            ],
            sale,
        ),
        (
            "../../dataflows/energy.toml",
            &["totals.shortest=min(outage_s)", "totals.dearest=max(reading.cost)"],
            reading,
        ),
    ];
    for (file, set, make) in makes {
        let plan: Plan = load(file.as_ref(), &Overrides::new(set.iter().copied()), &|_| None).unwrap();
        let (mut decoder, reader) = (plan.decoder(), EventReader::new(&plan).unwrap());
        let mut events = 0;
        for round in 0..20_000 {
            let record = make(&mut random);
            let record = framed(&mut random, record);
            let sent_ms = [None, Some(-1), Some(1_764_331_200_000)][round % 3];
            let expected = engine(&plan, &mut decoder, sent_ms, &record);
            events += usize::from(expected.iter().all(Result::is_ok));
            assert_eq!(
                auditor(&reader, sent_ms, &record),
                expected,
                "seed {seed} round {round}: {}",
                record.escape_ascii().to_string().replace(r"\xc3\xa9\xc3\xa9", "")
            );
        }
        assert!((500..19_000).contains(&events), "seed {seed}: {events} events test too little");
    }
}

#[test]
fn any_bytes_are_what_the_engine_takes_them_for() {
    for (file, set) in [
        ("../../dataflows/black_friday.toml", &["dedup.by=id_pedido", "event.zone=America/Sao_Paulo"][..]),
        (
            "../../dataflows/energy.toml",
            &["event.fields.quando=time(iso)?", "event.fields.read_at=time(epoch_millis)?"],
        ),
    ] {
        let plan: Plan = load(file.as_ref(), &Overrides::new(set.iter().copied()), &|_| None).unwrap();
        let (mut decoder, reader) = (plan.decoder(), EventReader::new(&plan).unwrap());
        mare_random::fuzz("records", 4_000, |record| {
            let expected = engine(&plan, &mut decoder, None, record);
            assert_eq!(auditor(&reader, None, record), expected);
            expected.iter().any(Result::is_ok)
        });
    }
}
