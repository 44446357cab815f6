// What the page says, how it writes numbers, and which colours it gives. Run by `node --test`.

import assert from "node:assert/strict";
import test from "node:test";

import { COLOURS, Colours, NEUTRAL } from "../../crates/serve/src/dashboard/colours.js";
import { Format, isCurrency } from "../../crates/serve/src/dashboard/format.js";
import { Clock, Layout, hour, room } from "../../crates/serve/src/dashboard/model.js";
import { TERMS, command, empty, notices, quoted, resumed, unsaved, verdict } from "../../crates/serve/src/dashboard/words.js";

const clock = new Clock("America/Sao_Paulo");
const account = (read, counted) => ({ read, counted });
const status = {
  phase: "running", failure: null, kafka_away: null, sink: { away: null }, account: account(0, 0), resumed: null, partitions: [{ lag: 0 }],
  dataflow: {
    source: { kind: "kafka", server: "localhost:9092", name: "black-friday-sales" }, sink: { kind: "sqlite", server: "sales.db", name: "sales" },
  },
  checkpoint_every_ms: 10_000,
};

test("a currency stands where people write it, another unit behind", () => {
  const money = new Format({ name: "revenue", scale: 2, unit: "BRL" }, "en");
  assert.deepEqual([money.title, money.number(1234.5), money.bare(1234.5), money.units(123450), money.short(2_300_000)], ["revenue (R$)", "R$1,234.50", "1,234.50", "R$1,234.50", "R$2.3M"]);
  assert.equal(new Format({ name: "revenue", scale: 2, unit: "BRL" }, "pt-BR").number(1234.5), "R$\u00a01.234,50");
  const energy = new Format({ name: "energy", scale: null, unit: "Wh" }, "en");
  assert.deepEqual([energy.title, energy.number(1234), energy.short(1234)], ["energy (Wh)", "1,234\u00a0Wh", "1.2K\u00a0Wh"]);
  const plain = new Format({ name: "sales", scale: null, unit: null }, "en");
  assert.deepEqual([plain.title, plain.number(30_486), plain.bareUnits(30_486)], ["sales", "30,486", "30,486"]);
  assert.deepEqual(["BRL", "JPY", "brl", "XYQ", "kWh", null].map(isCurrency), [true, true, false, false, false, false]);
});

test("a group keeps its colour whatever its rank, and no two that are shown share one", () => {
  const colours = new Colours();
  const names = Array.from({ length: 10 }, (_, index) => `group ${index}`);
  colours.show(names);
  const before = names.map((name) => colours.of(name));
  assert.deepEqual(new Set(before), new Set(COLOURS));
  colours.show([...names].reverse());
  assert.deepEqual(names.map((name) => colours.of(name)), before);
  colours.show(names.slice(1));
  assert.equal(colours.of(names[0]), NEUTRAL);
  colours.show(names);
  assert.deepEqual(names.map((name) => colours.of(name)), before, "it comes back");
  const other = new Colours();
  other.show([...names].reverse());
  assert.deepEqual(names.map((name) => other.of(name)), before, "another page shows the same");
});

test("what is away is said with since when, and why", () => {
  assert.deepEqual(notices(status, clock, null), []);
  const away = { since: "2025-11-28T12:30:05Z", for_s: 4, why: "connection refused at localhost:9092" };
  const [kafka, sink, ...more] = notices({ ...status, kafka_away: away, sink: { away: { ...away, why: "locked" } } }, clock, null);
  assert.equal(kafka.title, "Kafka at localhost:9092 does not answer since 2025-11-28 09:30:05 America/Sao_Paulo");
  assert.match(kafka.detail, /^connection refused at localhost:9092\. .*nothing is lost/);
  assert.deepEqual([sink.title.startsWith("sqlite at sales.db does not"), more], [true, []]);
  const asked = notices({ ...status, kafka_away: { ...away, why: "is that the port of a Kafka broker?" } }, clock, null)[0].detail;
  assert.match(asked, /^is that the port of a Kafka broker\? The run waits/);
  const [lost, ...rest] = notices({ ...status, kafka_away: away }, clock, { since: Date.parse(away.since), why: "Nobody answers." });
  assert.match(`${lost.title} ${lost.detail}`, /^The engine does not answer this page since .* Nobody answers\. This page /);
  assert.equal(rest.length, 0, "what it said last is not known to be so any more");
  assert.equal(notices({ ...status, failure: "disk full" }, clock, null)[0].detail, "disk full");
});

test("where there is nothing, the next step is said", () => {
  assert.equal(empty(status).command, "mare produce --brokers localhost:9092 --topic black-friday-sales --rate 100");
  assert.match(empty({ ...status, phase: "connecting" }).title, /connecting/);
  assert.match(empty({ ...status, partitions: [{ lag: 7 }, { lag: 5 }] }).title, /^12 records wait/);
  const unfit = empty({ ...status, account: account(1, 0) });
  assert.deepEqual([unfit.title, unfit.command], ["1 record was read, and none is counted.", undefined]);
  assert.match(empty({ ...status, account: account(0, 0), resumed: { account: account(9, 9) } }).title, /first documents/);
});

test("a run says what it goes on from, and whether it could", () => {
  const from = { epoch: 1, through: "2025-11-28T12:30:05Z", account: account(56_789, 56_000) };
  assert.equal(resumed({ ...status, resumed: from }, clock), "went on from the checkpoint of 2025-11-28 09:30:05 America/Sao_Paulo, with 56,789 records read before");
  assert.equal(resumed(status, clock), "began without a checkpoint");
  assert.equal(resumed({ ...status, checkpoint_every_ms: null }, clock), "");
  assert.equal(unsaved(status), "none yet: one every 10.0 s");
  assert.match(unsaved({ checkpoint_every_ms: null }), /keeps no state/);
});

test("the limit of epochs in flight is told as that of a worker, and the figure as that of a process", () => {
  assert.match(TERMS.epochs, /of all workers of this process together\. Each worker reads on until epochs\.in_flight/);
});

test("a command can be copied whatever a group is called", () => {
  assert.equal(command("2025-11-28T12:00:00Z", { categoria: "Gamer", site: 2 }), "mare explain FILE --window 2025-11-28T12:00:00Z --group categoria=Gamer --group site=2");
  assert.equal(quoted("it's $(rm)"), "'it'\\''s $(rm)'");
});

test("an explanation is told as the command line tells it", () => {
  const answer = { equal: true, certain: true, recomputable: true, not_shown_yet: 0, unreadable: null, numbers: { n: { sink: 1, recomputed: 1 } }, partitions: [{}] };
  assert.deepEqual(verdict(answer), { said: ["The document is what the topic says."], isGood: true });
  assert.deepEqual(verdict({ ...answer, equal: false, certain: false, not_shown_yet: 3 }).said, ["The window is open: events may still come.", "The sink does not show 3 of these events yet."]);
  assert.match(verdict({ ...answer, equal: false }).said[0], /not what the topic says/);
  assert.deepEqual(verdict({ ...answer, equal: false, recomputable: false }).said.length, 2);
  const nowhere = verdict({ ...answer, numbers: { n: { sink: null, recomputed: null } }, partitions: [] });
  assert.deepEqual([nowhere.isGood, nowhere.said.length], [false, 1]);
});

test("open windows are known, and where nobody looked the hour has a gap", () => {
  const layout = new Layout({ fields: [{ name: "start", role: "window_start" }], window: { size_ms: 60_000, step_ms: 60_000, lateness_ms: 120_000 } });
  const starts = ["2025-11-28T12:00:00Z", "2025-11-28T12:01:00Z", "2025-11-28T12:02:00Z"];
  assert.deepEqual(["2025-11-28T12:02:00Z", "2025-11-28T13:00:00Z", null].map((firstOpen) => layout.openFrom(starts, firstOpen)), [2, 3, 0]);
  const points = [0, 10, 60].map((second) => ({ at: new Date(second * 1000).toISOString(), lag: second }));
  assert.deepEqual(hour(points, 10, ({ lag }) => lag), [[0, 10, 20, 60], [0, 10, null, 60]]);
  assert.deepEqual([20, 60, 84, 84, 200].map((ems, index) => room(ems, 8, index === 3 ? 9 : 8)), [0, 4, 8, 7, 8], "what is left has a column");
});
