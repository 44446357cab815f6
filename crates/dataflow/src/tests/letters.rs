//! Refusals of `[dedup]`, `[late]` and `[dead_letter]`, as in [`super::refusals`].

use super::refusals::check;

#[test]
fn tables_of_letters() {
    check(&[
        (
            "[totals]",
            "[late]\n[totals]",
            13,
            "`late.topic` is missing",
            "`topic = \"black-friday-late\"` under `[late]`",
        ),
        ("[totals]", "[late]\ntopic = \"a b\"\n[totals]", 14, "`a b` cannot be the name of a topic", "1 to 249"),
        ("[totals]", "[late]\ntopic = \"orders\"\n[totals]", 14, "the topic that the dataflow reads", "another topic"),
        (
            "[totals]",
            "[dead_letter]\ntopic = \"orders\"\nbrokers = \"there:1\"\n[totals]",
            14,
            "`dead_letter.topic` is the topic that the dataflow reads, `orders`",
            "name another topic",
        ),
        (
            "[totals]",
            "[dead_letter]\ntopic = \"dead\"\nbrokers = \"there:x\"\n[totals]",
            15,
            "`dead_letter.brokers` has no `host:port` in `there:x`",
            "`host:port`, separated by commas",
        ),
        (
            "[totals]",
            "[late]\ntopic = \"l\"\nproperties = { \"acks\" = 0 }\n[totals]",
            15,
            "the property `acks` belongs to the engine",
            "all replicas in sync",
        ),
        (
            "[totals]",
            "[late]\ntopic = \"l\"\nproperties = { \"bootstrap.servers\" = \"x\" }\n[totals]",
            15,
            "`bootstrap.servers`",
            "set `brokers`",
        ),
        ("[totals]", "[late]\ntopic = \"l\"\nkey = 1\n[totals]", 15, "unknown key `late.key`", "`topic`, `brokers`"),
        ("name = \"orders\"", "name = \"orders\"\nlate = 1", 2, "`late` must be a table", "header `[late]`"),
        ("[totals]", "[deadletter]\n[totals]", 13, "unknown key `deadletter`", "did you mean `dead_letter`?"),
    ]);
}

#[test]
fn the_field_that_tells_events_apart() {
    check(&[
        ("[totals]", "[dedup]\n[totals]", 13, "`dedup.by` is missing", "`by = \"order_id\"` under `[dedup]`"),
        ("[totals]", "[dedup]\nby = \"ctiy\"\n[totals]", 14, "`ctiy` is not declared", "did you mean `city`?"),
        ("[totals]", "[dedup]\nby = \"note\"\n[totals]", 14, "by the optional field `note`", "without a `?`"),
        ("[totals]", "[dedup]\nby = \"price\"\n[totals]", 14, "by the decimal field `price`", "a string or an integer"),
        ("[totals]", "[dedup]\nkey = \"city\"\nby = \"city\"\n[totals]", 14, "unknown key `dedup.key`", "`by`"),
    ]);
}
