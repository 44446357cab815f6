// The arithmetic of the page. Run by `node --test`.

import assert from "node:assert/strict";
import test from "node:test";

import { Documents, Layout, bytes, duration, grand, plain, ranking, series, sums } from "../../src/serve/dashboard/model.js";

const layout = new Layout({
  fields: [
    { name: "start", role: "window_start" }, { name: "end", role: "window_end" }, { name: "shop", role: "group" },
    { name: "revenue", role: "total", scale: 2 }, { name: "n", role: "version", scale: null },
  ],
  window: { size_ms: 60_000, lateness_ms: 120_000 },
});

const sale = (shop, minute, revenue, n, final = false) => {
  const start = `2025-11-28T12:${String(minute).padStart(2, "0")}:00Z`;
  return { id: `${shop}|${start}`, final, version: n, document: { start, shop, revenue, n } };
};

test("of two documents the one with more events stands, of as many the final one", () => {
  const documents = new Documents(layout);
  assert.equal(documents.put(sale("a", 0, 2, 2)), true);
  assert.equal(documents.put(sale("a", 0, 1, 1)), false);
  assert.equal(documents.put(sale("a", 0, 2, 2)), false);
  assert.equal(documents.put(sale("a", 0, 2, 2, true)), true);
  assert.equal(documents.put(sale("a", 0, 2, 2, false)), false);
  assert.deepEqual(documents.all(), [sale("a", 0, 2, 2, true)]);
});

test("windows are forgotten when they are told to be", () => {
  const documents = new Documents(layout);
  [3, 1, 2].forEach((minute) => documents.put(sale("a", minute, 1, 1)));
  documents.forget(Date.parse("2025-11-28T12:02:00Z"));
  assert.deepEqual(documents.starts(), ["2025-11-28T12:03:00Z", "2025-11-28T12:02:00Z"]);
});

test("what is kept reaches back to all that may still change", () => {
  const [last, frontier] = [Date.parse("2025-11-28T12:10:00Z"), "2025-11-28T12:09:00Z"];
  assert.equal(layout.since(5, last, frontier), Date.parse("2025-11-28T12:06:00Z"));
  assert.equal(layout.since(2, last, frontier), Date.parse("2025-11-28T12:06:00Z"));
  assert.equal(layout.since(8, last, frontier), Date.parse("2025-11-28T12:03:00Z"));
  assert.equal(layout.since(8, last, null), -Infinity);
});

test("sums are exact where doubles are not", () => {
  const many = Array.from({ length: 1000 }, (_, index) => sale("a", index % 60, 0.1, 1));
  const rows = sums(many, layout);
  assert.notEqual(many.reduce((sum, document) => sum + document.revenue, 0), 100);
  assert.deepEqual(rows.get("a"), { revenue: 10_000, n: 1000 });
  assert.equal(grand(rows, "revenue"), 10_000);
});

test("groups are ranked, and a missing window is a gap", () => {
  const documents = [sale("a", 0, 1, 1), sale("b", 0, 5, 1), sale("b", 1, 2, 1)];
  const groups = ranking(sums(documents, layout), "revenue");
  assert.deepEqual(groups, ["b", "a"]);
  const starts = ["2025-11-28T12:01:00Z", "2025-11-28T12:00:00Z"];
  const [times, b, a] = series(documents, layout, starts, { name: "revenue" }, groups);
  assert.deepEqual([times[1] - times[0], b, a], [60, [5, 2], [1, null]]);
});

test("a window is final when its lateness is over", () => {
  assert.equal(layout.isFinal("2025-11-28T12:00:00Z", null), false);
  assert.equal(layout.isFinal("2025-11-28T12:00:00Z", "2025-11-28T12:02:59.999Z"), false);
  assert.equal(layout.isFinal("2025-11-28T12:00:00Z", "2025-11-28T12:03:00Z"), true);
  assert.equal(layout.finalThrough("2025-11-28T12:03:00Z"), "2025-11-28T12:01:00.000Z");
  assert.equal(layout.finalThrough(null), null);
});

test("times and sizes are written for people", () => {
  assert.deepEqual([0, 820, 4_200, 180_000, 18_000_000, -2_000].map(duration), ["0 ms", "820 ms", "4.2 s", "3 min", "5.0 h", "−2.0 s"]);
  assert.equal(duration(NaN), "–");
  assert.deepEqual([0, 12, 2048, 5 * 2 ** 20].map(bytes), ["0 B", "12 B", "2.0 KiB", "5.0 MiB"]);
});

test("nothing in a text of others is hidden", () => {
  assert.equal(plain("Eletrônicos, 日本 👍"), "Eletrônicos, 日本 👍");
  assert.equal(plain("a\u202eb\u200bc\x1b[31m\n\u009b"), "a\\u{202e}b\\u{200b}c\\u{1b}[31m\\u{a}\\u{9b}");
});
