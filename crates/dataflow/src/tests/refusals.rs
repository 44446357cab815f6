//! Every refusal: a line of the good file is replaced, and the problem must be marked at the given line, say what is
//! wrong, and give the remedy.

use super::{edited, parsed};

/// A line (or part of one) of the good file, what takes its place, the line of the mark, and parts of both texts.
pub(super) type Case = (&'static str, &'static str, usize, &'static str, &'static str);

/// Checks each case.
pub(super) fn check(cases: &[Case]) {
    for (line, replacement, at, message, remedy) in cases {
        let invalid = parsed(&edited(line, replacement), &[]).expect_err(replacement);
        let [problem] = invalid.problems() else { panic!("one problem expected for `{replacement}`:\n{invalid}") };
        assert_eq!(problem.line(), *at, "`{replacement}`:\n{invalid}");
        assert!(problem.message().contains(message), "`{message}` expected for `{replacement}`:\n{invalid}");
        assert!(problem.remedy().contains(remedy), "`{remedy}` expected for `{replacement}`:\n{invalid}");
        assert!(!problem.is_in_override());
    }
}

#[test]
fn text_that_is_not_toml() {
    check(&[
        ("topic = \"orders\"", "topic = orders", 4, "not TOML: string values must be quoted", "double quotes"),
        ("topic = \"orders\"", "topic = \"orders", 4, "not TOML: invalid basic string", "close the text"),
        ("topic = \"orders\"", "brokers = \"b\"", 4, "not TOML: duplicate key", "keep one of the two"),
        ("[window]", "[window", 11, "not TOML: unclosed table", "https://toml.io"),
        (
            "group_by = [\"city\"]",
            "group_by = [\"city\"",
            15,
            "not TOML: missing comma between array",
            "close the array",
        ),
        ("time = \"at\"", "time: \"at\"", 6, "not TOML: invalid unquoted key", "`key = value`"),
        ("time = \"at\"", "time at = \"at\"", 6, "not TOML: key with no value", "`key = value`"),
        ("time = \"at\"", "time = \"at\" zone = \"UTC\"", 6, "not TOML: unexpected key or value", "line of its own"),
    ]);
}

#[test]
fn two_lines_that_are_not_toml_are_both_reported() {
    let text = edited("[event]\n", "[event]\nzone = UTC\n[window]\n").replace("database = \"shop\"", "database = shop");
    let lines: Vec<_> = parsed(&text, &[]).unwrap_err().problems().iter().map(|problem| problem.line()).collect();
    assert_eq!(lines, [6, 13, 20]);
}

#[test]
fn keys_that_are_unknown() {
    check(&[
        ("name = \"orders\"", "name = \"orders\"\nwindw = 1", 2, "unknown key `windw`", "did you mean `window`?"),
        ("topic = \"orders\"", "topic = \"orders\"\ntopics = 1", 5, "`source.kafka.topics`", "did you mean `topic`?"),
        ("[event]\n", "[event]\ntimezone = \"UTC\"\n", 6, "`event.timezone`", "did you mean `zone`?"),
        ("[totals]", "latenes = \"2m\"\n[totals]", 13, "`window.latenes`", "did you mean `lateness`?"),
        (
            "[totals]",
            "[epochs]\nshort = 1\n[totals]",
            14,
            "`epochs.short`",
            "`shortest`, `freshness`, `longest`, `in_flight`",
        ),
        ("database", "data_base = \"x\"\ndatabase", 18, "`sink.mongodb.data_base`", "did you mean `database`?"),
        ("[totals]", "[checkpoint]\nkep = 1\n[totals]", 14, "`checkpoint.kep`", "did you mean `keep`?"),
        ("[source.kafka]", "[source.pulsar]\n[source.kafka]", 2, "`source.pulsar`", "the only one here is `kafka`"),
    ]);
}

#[test]
fn keys_and_tables_that_are_missing() {
    check(&[
        ("name = \"orders\"", "", 1, "`name` is missing", "add `name = \"black-friday\"` at the top of the file"),
        (
            "brokers = \"localhost:9092\"",
            "",
            2,
            "`source.kafka.brokers` is missing",
            "`brokers = \"localhost:9092\"` under",
        ),
        ("topic = \"orders\"", "", 2, "`source.kafka.topic` is missing", "under `[source.kafka]`"),
        ("time = \"at\"", "", 5, "`event.time` is missing", "`time = \"timestamp\"` under `[event]`"),
        ("tumbling = \"1m\"", "", 11, "`window.tumbling` is missing", "`tumbling = \"1m\"` under `[window]`"),
        ("[window]\ntumbling = \"1m\"", "", 1, "`[window]` is missing", "`tumbling = \"1m\"`"),
        (
            "uri = \"mongodb://root:hunter2@localhost\"",
            "",
            16,
            "`sink.mongodb.uri` is missing",
            "mongodb://localhost:27017",
        ),
        ("database = \"shop\"", "", 16, "`sink.mongodb.database` is missing", "under `[sink.mongodb]`"),
        ("collection = \"orders\"", "", 16, "`sink.mongodb.collection` is missing", "under `[sink.mongodb]`"),
        ("revenue = \"sum(price)\"", "", 13, "there is no total", "`\"count()\"`"),
    ]);
}

#[test]
fn values_of_the_wrong_type() {
    check(&[
        ("name = \"orders\"", "name = 7", 1, "`name` must be a string, not an integer", "`name = \"black-friday\"`"),
        ("time = \"at\"", "time = 1.5", 6, "`event.time` must be a string, not a float", "`time = \"timestamp\"`"),
        ("tumbling = \"1m\"", "tumbling = 60", 12, "must be a string, not an integer", "`tumbling = \"1m\"`"),
        ("group_by = [\"city\"]", "group_by = \"city\"", 14, "must be an array of strings", "`group_by = [\"field\"]`"),
        ("group_by = [\"city\"]", "group_by = [7]", 14, "must be an array of strings", "`group_by = [\"field\"]`"),
        (
            "revenue = \"sum(price)\"",
            "revenue = true",
            15,
            "must be a string, not a boolean",
            "`revenue = \"count()\"`",
        ),
        ("city = \"string\"", "city = [1]", 8, "must be a string, not an array", "`city = \"string\"`"),
        ("[event]\n", "[event]\nmax_bytes = true\n", 6, "must be a string, not a boolean", "`max_bytes = \"256KiB\"`"),
        ("[event]\n", "start = 5\n[event]\n", 5, "must be a string, not an integer", "`start = \"earliest\"`"),
        ("[window]\ntumbling = \"1m\"", "", 1, "`[window]` is missing", "`[window]`"),
        (
            "[totals]",
            "[epochs]\nin_flight = \"4\"\n[totals]",
            14,
            "must be an integer, not a string",
            "`in_flight = 16`",
        ),
        (
            "[totals]",
            "[epochs]\nin_flight = 9999999999999999999\n[totals]",
            14,
            "must be an integer, not an integer beyond 64 bits",
            "`in_flight = 16`",
        ),
        ("name = \"orders\"", "name = \"orders\"\nepochs = 1", 2, "`epochs` must be a table", "header `[epochs]`"),
    ]);
}

#[test]
fn fields_that_are_not_declared() {
    check(&[
        ("[\"city\"]", "[\"ctiy\"]", 14, "`ctiy` is not declared", "did you mean `city`?"),
        ("sum(price)", "sum(prise)", 15, "`prise` is not declared", "did you mean `price`?"),
        ("sum(price)", "count(nte)", 15, "`nte` is not declared", "did you mean `note`?"),
        ("sum(price)", "sum(amount)", 15, "`amount` is not declared", "`city`, `note`, `price`"),
    ]);
}

#[test]
fn field_types_and_paths() {
    check(&[
        ("\"decimal(2)\"", "\"decimla(2)\"", 10, "unknown type `decimla(2)`", "did you mean `decimal(2)`?"),
        ("\"decimal(2)\"", "\"float\"", 10, "unknown type `float`", "did you mean `decimal(2)`?"),
        ("\"string?\"", "\"text?\"", 9, "unknown type `text`", "did you mean `string`?"),
        ("\"string?\"", "\"blob\"", 9, "unknown type `blob`", "`string`, `integer`, `decimal(2)`, `boolean`, `time`"),
        ("\"string?\"", "\"time(rfc)\"", 9, "`time(rfc)` has no format of a time", "`time(epoch_seconds)`"),
        ("\"decimal(2)\"", "\"decimal\"", 10, "no scale from 0 to 18", "`decimal(2)` for cents"),
        ("\"decimal(2)\"", "\"decimal(2\"", 10, "no scale from 0 to 18", "`decimal(2)` for cents"),
        ("\"decimal(2)\"", "\"decimals(2)\"", 10, "unknown type `decimals(2)`", "did you mean `decimal(2)`?"),
        ("\"decimal(2)\"", "\"decimal(19)\"", 10, "no scale from 0 to 18", "`decimal(2)` for cents"),
        ("note =", "a.b =", 9, "the field `a` is a table", "`\"a.b\" = …`"),
        ("note =", "\"a..b\" =", 9, "`a..b` is not the path of a field", "one dot between"),
        ("time = \"at\"", "time = \"\"", 6, "`` is not the path of a field", "one dot between"),
        ("note =", "\"city.code\" =", 9, "`city.code` lies inside `city`", "only the fields inside"),
        ("note =", "\"at.zone\" =", 9, "`at.zone` and `event.time` lie inside one another", "only the fields inside"),
    ]);
}

#[test]
fn totals_that_make_no_sense() {
    check(&[
        ("sum(price)", "sum(city)", 15, "`city` is a string and has no sum", "`count(city)`"),
        (
            "note = \"string?\"\nprice = \"decimal(2)\"",
            "price = \"boolean\"",
            14,
            "is a boolean and has no sum",
            "integer",
        ),
        ("sum(price)", "smu(price)", 15, "unknown total `smu`", "did you mean `sum`?"),
        (
            "sum(price)",
            "mode(price)",
            15,
            "unknown total `mode`",
            "`sum`, `count`, `avg`, `min`, `max`, `any`, `all`, `variance`, `stddev`, `var_samp`, `stddev_samp`, `var_pop`, `stddev_pop`, \
             `first`, `last`, `count_distinct`, `approx_count_distinct`, `quantile`, `median`",
        ),
        ("sum(price)", "maximum(price)", 15, "unknown total `maximum`", "did you mean `max`?"),
        ("sum(price)", "lowest(price)", 15, "unknown total `lowest`", "did you mean `min`?"),
        ("sum(price)", "mean(price)", 15, "unknown total `mean`", "did you mean `avg`?"),
        ("sum(price)", "avg(city)", 15, "`city` is a string and has no avg", "avg takes an integer or a decimal"),
        ("sum(price)", "avg()", 15, "`avg()` names no field", "`avg(field)`"),
        ("sum(price)", "avg(, 2)", 15, "`avg()` names no field", "`avg(field)`"),
        ("sum(price)", "avg(prise, 2)", 15, "`prise` is not declared", "did you mean `price`?"),
        ("sum(price)", "avg(price, two)", 15, "`two` is no number of digits from 0 to 12", "`avg(price, 4)`"),
        ("sum(price)", "avg(price, 13)", 15, "`13` is no number of digits from 0 to 12", "`avg(price, 4)`"),
        ("sum(price)", "avg(price,)", 15, "`` is no number of digits", "`avg(price, 4)`"),
        ("sum(price)", "any(price)", 15, "`price` is neither true nor false", "any takes a boolean"),
        ("sum(price)", "all()", 15, "`all()` names no field", "`all(field)`"),
        ("sum(price)", "every(price)", 15, "unknown total `every`", "did you mean `all`?"),
        ("sum(price)", "max()", 15, "`max()` names no field", "`max(field)`"),
        ("sum(price)", "max(prise)", 15, "`prise` is not declared", "did you mean `price`?"),
        ("sum(price)", "price", 15, "`price` is a field of an event", "give `sum(price)`, say, a total of its own"),
        ("sum(price)", "sum()", 15, "`sum()` names no field", "`count()`"),
        ("sum(price)", "count(*)", 15, "`count(*)` names no field", "`count()`"),
        ("[\"city\"]", "[\"note\"]", 14, "need not have the optional field `note`", "write `note?`: events without it"),
        ("[\"city\"]", "[\"city?\"]", 14, "no event is without `city`", "write `city`, or declare it"),
        ("[\"city\"]", "[\"nota?\"]", 14, "`nota` is not declared", "did you mean `note`?"),
        ("[\"city\"]", "[\"price\"]", 14, "the decimal field `price`", "a string, an integer or a boolean"),
    ]);
}

#[test]
fn spreads_that_make_no_sense() {
    check(&[
        ("sum(price)", "stddev(city)", 15, "`city` is a string and has no stddev", "stddev takes an integer"),
        ("sum(price)", "variance(price, 13)", 15, "`13` is no number of digits", "`variance(price, 4)`"),
        ("sum(price)", "std_dev(price)", 15, "unknown total `std_dev`", "did you mean `stddev`?"),
        ("sum(price)", "var_pop()", 15, "`var_pop()` names no field", "`var_pop(field)`"),
    ]);
}

#[test]
fn document_names_that_clash_or_are_not_allowed() {
    check(&[
        (
            "[\"city\"]",
            "[\"city\", \"city\"]",
            14,
            "a group and a group are both the document's field `city`",
            "only once",
        ),
        ("revenue =", "city =", 15, "a group and a total are both the document's field `city`", "another name"),
        ("revenue =", "_id =", 15, "the key and a total are both the document's field `_id`", "another name"),
        ("revenue =", "window_end =", 15, "the window's end and a total are both", "give the total another name"),
        (
            "[totals]",
            "end = \"window_start\"\n[totals]",
            13,
            "the window's start and the window's end",
            "set `window.end`",
        ),
        (
            "[totals]",
            "final = \"window_end\"\n[totals]",
            13,
            "the window's end and the window's final",
            "set `window.final`",
        ),
        ("[totals]", "final = \"city\"\n[totals]", 15, "the window's final and a group", "rename what it clashes with"),
        ("[totals]", "final = true\n[totals]", 13, "`window.final` must be a string", "final = \"window_final\""),
        ("[totals]", "final = \"$x\"\n[totals]", 13, "the name of the window's final starts", "letters, digits"),
        ("[totals]", "start = \"_id\"\n[totals]", 13, "the key and the window's start", "set `window.start`"),
        (
            "[totals]",
            "start = \"\"\n[totals]",
            13,
            "the name of the window's start is empty",
            "letters, digits and `_`",
        ),
        ("revenue =", "\"$revenue\" =", 15, "the name of a total starts with `$`", "letters, digits and `_`"),
        ("revenue =", "\"re.venue\" =", 15, "the name of a total contains a `.`", "letters, digits and `_`"),
        ("revenue =", "\"a\\u0000\" =", 15, "the name of a total contains a null", "letters, digits and `_`"),
        ("revenue =", "_n = \"sum(price)\"\nn =", 15, "`n` and `_n` are both taken", "a total that is `count()`"),
    ]);
}

#[test]
fn sqlite_columns_that_differ_in_case_alone() {
    let text = edited("revenue =", "City =");
    assert!(parsed(&text, &[]).is_ok());
    let invalid = parsed(&text, &["sink.sqlite.path=x"]).unwrap_err();
    assert!(invalid.problems()[0].message().contains("both the document's field `City`"), "{invalid}");
}

#[test]
fn durations_and_sizes_out_of_bounds() {
    check(&[
        ("\"1m\"", "\"0s\"", 12, "`window.tumbling` is `0s`, which is out of bounds", "from 1ms to 366 days"),
        (
            "\"1m\"",
            "\"1m\"\noffset = \"60s\"",
            13,
            "`window.offset` is `60s`, as long as a window",
            "less than `window.tumbling`",
        ),
        (
            "\"1m\"",
            "\"1m\"\noffset = \"-1s\"",
            13,
            "`window.offset` is `-1s`, which is out of bounds",
            "from 0s to 366 days",
        ),
        ("\"1m\"", "\"367d\"", 12, "`window.tumbling` is `367d`", "from 1ms to 366 days"),
        ("\"1m\"", "\"1 month\"", 12, "`window.tumbling` is no duration: `1 month`", "`5m`, `1h`, `1d`"),
        ("\"1m\"", "\"1500us\"", 12, "finer than a millisecond", "whole milliseconds"),
        ("[totals]", "lateness = \"-1m\"\n[totals]", 13, "`window.lateness` is `-1m`", "from 0s to 366 days"),
        ("[totals]", "lateness = \"2\"\n[totals]", 13, "`window.lateness` is no duration: `2`", "a number and a unit"),
        ("[event]\n", "[event]\nmax_ahead = \"-1h\"\n", 6, "`event.max_ahead` is `-1h`", "from 0s to 366 days"),
        ("[event]\n", "[event]\nmax_bytes = \"0\"\n", 6, "`event.max_bytes` is no size", "from 1 to 1GiB"),
        ("[event]\n", "[event]\nmax_bytes = -5\n", 6, "`event.max_bytes` is no size", "from 1 to 1GiB"),
        ("[event]\n", "[event]\nmax_bytes = \"2GiB\"\n", 6, "`event.max_bytes` is no size", "from 1 to 1GiB"),
        ("[event]\n", "[event]\nidle_close = true\n", 6, "`event.idle_close` needs `event.idle`", "idle = \"30s\""),
        ("[event]\n", "[event]\nidle_close = 1\n", 6, "`event.idle_close` must be a boolean", "idle_close = true"),
        ("[event]\n", "[event]\nidle = \"10ms\"\n", 6, "`event.idle` is `10ms`", "from 1s to 366 days"),
        ("[event]\n", "[event]\nconfirm = 0\n", 6, "`event.confirm` is 0", "from 1 to 1000"),
        ("[event]\n", "[event]\nconfirm = 1001\n", 6, "`event.confirm` is 1001", "from 1 to 1000"),
        ("[event]\n", "[event]\nconfirm = \"2\"\n", 6, "`event.confirm` must be an integer", "`confirm = 1`"),
        ("[totals]\n", "[totals]\ngroup_max_bytes = 0\n", 14, "`totals.group_max_bytes` is no size", "from 1 to 64KiB"),
        ("[totals]\n", "[totals]\ngroup_max_bytes = \"1MiB\"\n", 14, "`totals.group_max_bytes`", "from 1 to 64KiB"),
        ("[totals]", "[epochs]\nin_flight = 0\n[totals]", 14, "`epochs.in_flight` is 0", "from 1 to 10000"),
        (
            "[totals]",
            "[epochs]\nshortest = \"8ms\"\nfreshness = \"7ms\"\n[totals]",
            15,
            "less than `epochs.shortest` of 8ms",
            "make `freshness` at least",
        ),
        ("[totals]", "[epochs]\nlongest = \"2m\"\n[totals]", 14, "`epochs.longest` is `2m`", "from 0s to 60s"),
        (
            "[totals]",
            "[epochs]\nlongest = \"1ms\"\n[totals]",
            14,
            "less than `epochs.shortest` of 5ms",
            "at least as long",
        ),
    ]);
}

#[test]
fn words_zones_and_times_that_are_unknown() {
    check(&[
        ("[event]\n", "[event]\nformat = \"avro\"\n", 6, "`event.format` cannot be `avro`", "`json`"),
        ("[event]\n", "[event]\ntime_format = \"unix_ns\"\n", 6, "cannot be `unix_ns`", "did you mean `epoch_nanos`?"),
        ("[event]\n", "[event]\ntime_format = \"µs\"\n", 6, "cannot be `µs`", "did you mean `epoch_micros`?"),
        ("[event]\n", "[event]\ntime_format = \"iso from text\"\n", 6, "`iso` is no number in a text", "leave out"),
        ("[event]\n", "[event]\ntime_format = \"epoch_millis from key\"\n", 6, "read from `key`", "`from text`"),
        ("\"string?\"", "\"boolean? from text\"", 9, "`boolean` is no number", "leave out `from text`"),
        ("\"string?\"", "\"time(iso) from text\"", 9, "`iso` is no number in a text", "leave out"),
        ("\"string?\"", "\"decimal(x) from text\"", 9, "`decimal(x)` has no scale", "decimal(2)"),
        ("[event]\n", "[event]\ntime_format = \"rfc3339\"\n", 6, "cannot be `rfc3339`", "did you mean `iso`?"),
        ("[event]\n", "[event]\ntime_format = \"unix\"\n", 6, "cannot be `unix`", "did you mean `epoch_seconds`?"),
        (
            "[event]\n",
            "[event]\ntime_format = \"epoch_milis\"\n",
            6,
            "`event.time_format`",
            "did you mean `epoch_millis`?",
        ),
        (
            "[event]\n",
            "[event]\nzone = \"America/Sao_Paolo\"\n",
            6,
            "unknown time zone",
            "did you mean `America/Sao_Paulo`?",
        ),
        ("[event]\n", "[event]\nzone = \"Atlantis Standard\"\n", 6, "unknown time zone", "IANA"),
        ("[event]\n", "start = \"erliest\"\n[event]\n", 5, "neither a place nor a time", "did you mean `earliest`?"),
        ("[event]\n", "start = \"2025-11-28\"\n[event]\n", 5, "neither a place nor a time", "with its offset"),
        ("[event]\n", "start = \"1969-12-31T23:59:59Z\"\n[event]\n", 5, "before 1970", "`earliest`"),
        ("uri =", "decimals = \"decimal\"\nuri =", 17, "`sink.mongodb.decimals`", "did you mean `decimal128`?"),
    ]);
}

#[test]
fn variables_that_are_unset_or_misspelt() {
    check(&[
        ("\"shop\"", "\"${SHOP}\"", 18, "the environment variable `SHOP` is not set", "`${SHOP:-default}`"),
        ("\"shop\"", "\"${SHOP\"", 18, "`${` without a closing `}`", "`$${`"),
        ("\"shop\"", "\"${SHOP-x}\"", 18, "`${…}` is not the name", "`${NAME:-default}`"),
        ("[\"city\"]", "[\"${FIELD}\"]", 14, "the environment variable `FIELD` is not set", "set `FIELD`"),
    ]);
}

#[test]
fn checkpoints_out_of_bounds_or_nowhere() {
    check(&[
        ("[totals]", "[checkpoint]\nkeep = 0\n[totals]", 14, "`checkpoint.keep` is 0", "from 1 to 1000"),
        ("[totals]", "[checkpoint]\nkeep = \"3\"\n[totals]", 14, "`checkpoint.keep` must be an integer", "`keep = 3`"),
        ("[totals]", "[checkpoint]\nevery = \"99ms\"\n[totals]", 14, "`checkpoint.every` is `99ms`", "100ms to 1h"),
        ("[totals]", "[checkpoint]\nevery = \"61m\"\n[totals]", 14, "`checkpoint.every` is `61m`", "100ms to 1h"),
        ("[totals]", "[checkpoint]\npath = \"\"\n[totals]", 14, "neither a folder nor a URL", "`.mare/checkpoints`"),
        ("[totals]", "[checkpoint]\npath = \"s3://\"\n[totals]", 14, "neither a folder nor a URL", "`s3://bucket"),
        ("[totals]", "[checkpoint]\npath = \"s4://b/x\"\n[totals]", 14, "no store that is known", "file://, s3://"),
        ("[totals]", "[checkpoint]\npath = \"s3://k:s@b/x\"\n[totals]", 14, "a user or a password", "environment"),
        ("name = \"orders\"", "name = \"orders\"\ncheckpoint = 1", 2, "`checkpoint` must be a table", "[checkpoint]"),
    ]);
}
