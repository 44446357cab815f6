// An engine that is none: it serves the page and answers its questions from a list of documents, so that a test of the page needs no
// servers and is the same each time.

import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { root } from "./browser.mjs";

/** What became of so many records if all were counted. */
export const account = (read = 0) => ({ read, counted: read, late: 0, duplicate: 0, dead: 0, dead_by_reason: {}, rounded: 0 });

/** What an engine says of itself that has read three partitions and began with nothing. */
export const STATUS = {
  version: "0.1.0", started: "2026-11-27T12:00:00Z", now: "2026-11-27T12:10:00Z", phase: "running", failure: null, generation: 1,
  process: { index: 0, processes: 1, workers: 1, peers: [] }, frontier: { event_time: null, first_open: null, behind_s: null }, events_per_second: 0,
  epochs_in_flight: 0, resumed: null, account: account(30), partitions: [0, 1, 2].map((partition) => ({ partition, lag: 0, promise: null, account: account(10) })),
  kafka_reachable: true, kafka_away: null, sink: { reachable: true, away: null, latency_ms: 1, written: 30, stale: 0, retries: 0 },
  checkpoint_every_ms: 10_000, checkpoint: null, alerts_found: 0, operators: [],
  dataflow: {
    name: "sales", title: null, zone: "UTC", window: { size_ms: 60_000, step_ms: 60_000, lateness_ms: 120_000 },
    source: { kind: "kafka", server: "localhost:9092", name: "sales" }, sink: { kind: "sqlite", server: "sales.db", name: "sales" },
    fields: [
      { name: "start", role: "window_start" }, { name: "end", role: "window_end" }, { name: "shop", role: "group" },
      { name: "faturamento_total", role: "total", scale: 2, unit: "BRL", expression: "sum(valor)" }, { name: "volume_vendas", role: "version", scale: null },
    ],
  },
};

/** The document of a shop in a minute after noon. */
export const sale = (shop, minute, revenue, n = 1) => {
  const start = new Date(Date.parse("2026-11-27T12:00:00Z") + minute * 60_000).toISOString().replace(".000", "");
  return { id: `${shop}|${start}`, final: false, version: n, document: { start, shop, faturamento_total: revenue, volume_vendas: n } };
};

const sum = (documents) => Object.fromEntries(["faturamento_total", "volume_vendas"].map((name) => [name, documents.reduce((sum, { document }) => sum + document[name], 0)]));

/** Documents by a field of theirs: [[value, documents]]. */
const per = (documents, name) => [...new Set(documents.map(({ document }) => document[name]))].map((value) => [value, documents.filter(({ document }) => document[name] === value)]);

/** What the API answers, by path, of these documents; `given` replaces some. */
function answers({ documents = [], status = {}, ...given }) {
  const start = ({ document }) => document.start;
  const newest = [...documents].sort((one, other) => start(other).localeCompare(start(one)) || one.id.localeCompare(other.id));
  const like = (query) => newest.filter(({ document }) => document.shop.includes(query.get("like") ?? ""));
  return {
    status: () => ({ ...STATUS, ...status }),
    letters: () => ({ letters: [] }),
    alerts: () => ({ alerts: [], of: 0 }),
    history: () => ({ step_s: 10, points: [] }),
    totals: (query) => {
      const [group, from] = [query.get("group")?.split("=")[1], query.get("from") ?? ""];
      const found = newest.filter((document) => (!group || document.document.shop === group) && Date.parse(start(document)) >= Date.parse(from || 0));
      return { documents: found.slice(0, Number(query.get("limit"))), next: null };
    },
    top: (query) => {
      const rows = per(like(query).filter((document) => Date.parse(start(document)) >= Date.parse(query.get("from"))), "start");
      return { rows: rows.map(([start, of]) => ({ window: { start }, value: sum(of)[query.get("by")], documents: of.length })) };
    },
    day: (query) => {
      const groups = per(like(query), "shop").map(([shop, of]) => ({ group: { text: shop, fields: { shop } }, sums: sum(of), documents: of.length }));
      groups.sort((one, other) => other.sums[query.get("by")] - one.sums[query.get("by")]);
      return {
        day: "2026-11-27", from: "2026-11-27T00:00:00Z", to: "2026-11-28T00:00:00Z", is_exact: true, sums: sum(newest), documents: newest.length,
        groups: groups.slice(0, Number(query.get("limit"))), of: groups.length, all: per(newest, "shop").length, complete: true, kept: false,
      };
    },
    ...given,
  };
}

const TYPES = { html: "text/html", css: "text/css", js: "text/javascript" };

/** Runs an engine of which `{documents, status, …}` is known, calls `look` with its address, and ends it. */
export async function engine(known, look) {
  const api = answers(known);
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    const [, question] = pathname.match(/^\/api\/v1\/(.*)/) ?? [];
    if (question === "stream") {
      response.writeHead(200, { "content-type": "text/event-stream" }).write("retry: 2000\n\n");
    } else if (question) {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(api[question](searchParams)));
    } else {
      const name = pathname === "/" ? "index.html" : pathname.replace("/assets/", "");
      response.writeHead(200, { "content-type": TYPES[name.split(".").at(-1)] }).end(readFileSync(join(root, "crates/serve/src/dashboard", name)));
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  try {
    await look(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
