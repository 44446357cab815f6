// The arithmetic of the page. Run by `node --test`.

import assert from "node:assert/strict";
import test from "node:test";

import { Clock, Documents, Layout, altogether, bytes, ceiling, ceilingMs, duration, fates, first, left, period, plain, rate, series, uncounted, units } from "../../crates/serve/src/dashboard/model.js";

const fields = [
  { name: "start", role: "window_start" }, { name: "end", role: "window_end" }, { name: "shop", role: "group" },
  { name: "revenue", role: "total", scale: 2 }, { name: "dearest", role: "value", scale: 2 }, { name: "n", role: "version", scale: null },
];
const layout = new Layout({ fields, window: { size_ms: 60_000, step_ms: 60_000, lateness_ms: 120_000 } });

const sale = (shop, minute, revenue, n, final = false) => {
  const start = `2025-11-28T12:${String(minute).padStart(2, "0")}:00Z`;
  return { id: `${shop}|${start}`, final, version: n, document: { start, shop, revenue, n } };
};

test("only what adds up is summed and compared", () => {
  assert.deepEqual(layout.totals.map(({ name }) => name), ["revenue", "n"]);
});

test("of two documents the one with more events stands, of as many the final one", () => {
  const documents = new Documents(layout);
  documents.only(["a"]);
  assert.equal(documents.put(sale("a", 0, 2, 2)), true);
  assert.equal(documents.put(sale("a", 0, 1, 1)), false);
  assert.equal(documents.put(sale("a", 0, 2, 2)), false);
  assert.equal(documents.put(sale("a", 0, 2, 2, true)), true);
  assert.equal(documents.put(sale("a", 0, 2, 2, false)), false);
  assert.deepEqual(documents.all(), [sale("a", 0, 2, 2, true)]);
});

test("windows that grow are told by their last steps, and shown by their ends", () => {
  const grows = new Layout({ fields, window: { kind: "cumulative", size_ms: 86_400_000, step_ms: 3_600_000, lateness_ms: 0 } });
  const of = (end) => ({ document: { start: "2025-11-28T00:00:00Z", end, shop: "a" } });
  const [one, two] = [of("2025-11-28T01:00:00Z"), of("2025-11-28T02:00:00Z")].map((document) => grows.window(document));
  assert.deepEqual([one, two], ["2025-11-28T00:00:00.000Z", "2025-11-28T01:00:00.000Z"]);
  assert.equal(grows.isFinal(one, "2025-11-28T01:00:00Z") && !grows.isFinal(two, "2025-11-28T01:00:00Z"), true);
  assert.equal(grows.label(two, { time: (time) => time, stamp: () => "" }), "2025-11-28T02:00:00.000Z");
});

test("sessions are told by their starts, and are final whenever they are there", () => {
  const sessions = new Layout({ fields, window: { kind: "session", size_ms: 1_800_000, step_ms: 1_800_000, lateness_ms: 60_000 } });
  const start = "2025-11-28T12:00:00.250Z";
  assert.equal(sessions.window({ document: { start, end: "2025-11-28T13:00:00Z", shop: "a" } }), start);
  assert.deepEqual([sessions.isFinal(start, null), sessions.openFrom([start], null)], [true, 1]);
  assert.equal(sessions.finalThrough("2025-11-28T12:31:00Z"), "2025-11-28T12:00:00.000Z");
  assert.match(sessions.length, /^sessions with gaps of /);
});

test("windows are forgotten when they are told to be", () => {
  const documents = new Documents(layout);
  documents.only(["a"]);
  [3, 1, 2].forEach((minute) => documents.put(sale("a", minute, 1, 1)));
  documents.forget(Date.parse("2025-11-28T12:02:00Z"));
  assert.deepEqual(documents.starts(), ["2025-11-28T12:03:00Z", "2025-11-28T12:02:00Z"]);
  documents.see("2025-11-28T11:00:00Z");
  assert.equal(documents.put(sale("a", 0, 1, 1)), false, "what is older is no more taken in");
  assert.deepEqual(documents.starts(), ["2025-11-28T12:03:00Z", "2025-11-28T12:02:00Z"]);
});

test("null is a group of its own, and no text is named like it", () => {
  const values = [null, "null", '"null"', "", "a"];
  assert.deepEqual(values.map((shop) => layout.group({ shop })), ["null", '"null"', '""null""', "all", "a"]);
  assert.deepEqual(values.slice(0, 2).map((shop) => layout.query({ shop })), ["&group=shop%3F", "&group=shop%3Dnull"]);
});

test("documents of the groups that are shown alone are kept, and windows of all are known", () => {
  const documents = new Documents(layout);
  assert.deepEqual(documents.only(["a", "b"]), new Set());
  assert.equal(documents.put(sale("a", 0, 1, 1)), true);
  assert.equal(documents.put(sale("c", 1, 1, 1)), false);
  documents.see("2025-11-28T12:01:00Z");
  assert.deepEqual(documents.starts(), ["2025-11-28T12:01:00Z", "2025-11-28T12:00:00Z"]);
  assert.deepEqual(documents.only(["b", "c"]), new Set(["a", "b"]));
  assert.deepEqual(documents.all(), []);
});

test("the newest windows, and a group as the API asks for it", () => {
  const last = Date.parse("2025-11-28T12:10:00Z");
  assert.equal(layout.since(5, last), Date.parse("2025-11-28T12:06:00Z"));
  assert.equal(layout.query({ shop: "Casa & Jardim|1" }), "&group=shop%3DCasa%20%26%20Jardim%7C1");
});

test("numbers of the API are whole units", () => {
  const [revenue, count] = layout.totals;
  assert.equal(layout.units({ sums: { revenue: 4999400.29, n: 29076 } }, revenue), 499_940_029);
  assert.equal(layout.units({ sums: { revenue: 0.1, n: 29076 } }, count), 29_076);
  assert.equal(units("0.29", 2), 29);
});

test("a day is told with its zone, and a part of a list with the whole", () => {
  const day = { day: "2025-11-28", from: "2025-11-27T19:00:00Z", to: "2025-11-28T19:00:00Z" };
  const kolkata = new Clock("Asia/Kolkata");
  assert.equal(period({ ...day, is_exact: true }, kolkata), "2025-11-28, Asia/Kolkata");
  assert.equal(period({ ...day, is_exact: false }, kolkata), "2025-11-28 00:30 to 2025-11-29 00:30, Asia/Kolkata");
  assert.equal(kolkata.time("2025-11-27T18:30:05Z"), "00:00:05");
  assert.equal(new Clock("Nowhere/None").zone, "UTC");
  assert.equal(first(50, 28_764, "groups"), "first 50 of 28,764 groups");
  assert.equal(first(8, 8, "groups"), "");
});

test("windows of a calendar are as long as its unit", () => {
  const days = new Layout({ fields, window: { kind: "calendar", unit: "day", size_ms: 26 * 3_600_000, step_ms: 26 * 3_600_000, lateness_ms: 0 } });
  assert.deepEqual([layout.length, days.length], ["1 min", "one day"]);
  assert.equal(days.label("2018-11-04T03:00:00Z", new Clock("America/Sao_Paulo")), "2018-11-04 01:00");
  assert.ok(days.since(3, Date.parse("2018-11-06T02:00:00Z")) <= Date.parse("2018-11-04T03:00:00Z"), "of 23 hours too");
});

test("a missing window is a gap", () => {
  const documents = [sale("a", 0, 1, 1), sale("b", 0, 5, 1), sale("b", 1, 2, 1)];
  const starts = ["2025-11-28T12:01:00Z", "2025-11-28T12:00:00Z"];
  const [times, b, a] = series(documents, layout, starts, { name: "revenue" }, ["b", "a"]);
  assert.deepEqual([times[1] - times[0], b, a], [60, [5, 2], [1, null]]);
});

test("a window is final when it lies before the first open one", () => {
  assert.equal(layout.isFinal("2025-11-28T12:00:00Z", null), false);
  assert.equal(layout.isFinal("2025-11-28T12:00:00Z", "2025-11-28T12:00:00Z"), false);
  assert.equal(layout.isFinal("2025-11-28T12:00:00Z", "2025-11-28T12:01:00Z"), true);
  assert.equal(layout.finalThrough("2025-11-28T12:03:00Z"), "2025-11-28T12:01:00.000Z");
  assert.equal(layout.finalThrough(null), null);
});

test("times and sizes are written for people", () => {
  assert.deepEqual([0, 820, 4_200, 180_000, 18_000_000, -2_000].map(duration), ["0 ms", "820 ms", "4.2 s", "3 min", "5.0 h", "−2.0 s"]);
  assert.equal(duration(NaN), "–");
  assert.deepEqual([0, 12, 2048, 5 * 2 ** 20].map(bytes), ["0 B", "12 B", "2.0 KiB", "5.0 MiB"]);
});

test("an axis ends where its marks are round", () => {
  assert.deepEqual([0, 0.04, 0.5, 9.94, 10, 401.2].map(rate), ["0/s", "0/s", "0.5/s", "9.9/s", "10/s", "401/s"]);
  assert.deepEqual([1, 10, 11, 175, 401.2, 61_000].map(ceiling), [1, 10, 20, 200, 600, 80_000]);
  const ends = [2, 100, 908, 1_001, 45_000, 61_000, 3_000_000, 4_000_000, 200_000_000].map(ceilingMs);
  assert.deepEqual(ends.map(duration), ["2 ms", "100 ms", "1.0 s", "2.0 s", "1 min", "2 min", "60 min", "2.0 h", "4.0 days"]);
  assert.deepEqual(ends.map((end) => duration(end / 2)), ["1 ms", "50 ms", "500 ms", "1.0 s", "30.0 s", "1 min", "30 min", "60 min", "2.0 days"]);
});

test("nothing in a text of others is hidden", () => {
  assert.equal(plain("Eletrônicos, 日本 👍"), "Eletrônicos, 日本 👍");
  assert.equal(plain("a\u202eb\u200bc\x1b[31m\n\u009b"), "a\\u{202e}b\\u{200b}c\\u{1b}[31m\\u{a}\\u{9b}");
});

test("what a run goes on from counts with what it has read", () => {
  const account = { read: 10, counted: 6, late: 2, duplicate: 0, dead: 2, dead_by_reason: { not_json: 2 } };
  const before = { read: 20, counted: 15, late: 3, duplicate: 0, dead: 2, dead_by_reason: { not_json: 1, bad_time: 1 } };
  assert.deepEqual(altogether({ account, resumed: null }), account);
  const all = altogether({ account, resumed: { account: before } });
  assert.deepEqual(all, { read: 30, counted: 21, late: 5, duplicate: 0, dead: 4, dead_by_reason: { not_json: 3, bad_time: 1 } });
  assert.deepEqual(uncounted(all), [["late", 5], ["not_json", 3], ["bad_time", 1]]);
  const names = (account) => left(account).map(([name]) => name);
  assert.deepEqual(names(all), ["late", "duplicates", "dead letters"]);
  assert.deepEqual(names({ ...all, filtered: 2 }), ["filtered", "late", "duplicates", "dead letters"]);
  const part = { counted: 1, filtered: 0, late: 0, duplicate: 0 };
  assert.deepEqual(fates([part]).map(([name]) => name), ["counted", "late"]);
  assert.deepEqual(fates([part, { ...part, filtered: 1, duplicate: 2 }]).map(([name]) => name), ["counted", "filtered", "late", "duplicates"]);
});
