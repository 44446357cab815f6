// The parts of the page. Each shows what it is given; text of the engine is only ever set as text, and nothing in it is hidden.

import { colour } from "./chart.js";
import { Graph } from "./graph.js";
import { bytes, duration, first, period, plain } from "./model.js";

const by = (id) => document.getElementById(id);
const count = (value) => (value ?? 0).toLocaleString();
/** Below 10 with a tenth: 1.99 a second is not 1. */
const rate = (value) => `${value >= 0.05 && value < 9.95 ? value.toFixed(1) : count(Math.round(value ?? 0))}/s`;

/** An element with classes, children or text. */
function make(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children.map((child) => (typeof child === "string" ? plain(child) : child ?? "")));
  return made;
}

/** A table of rows; a cell is a text, an element, or [text, class]. */
function fill(table, head, rows) {
  const cell = (name) => (value) =>
    Array.isArray(value) ? make(name, value[1], value[0]) : make(name, "", value);
  const line = (name) => (cells) => make("tr", "", ...cells.map(cell(name)));
  table.replaceChildren(make("thead", "", line("th")(head)), make("tbody", "", ...rows.map(line("td"))));
}

export class Views {
  #layout;
  #clock;
  #graph = new Graph(by("graph"));
  #seen = new Map();

  /** The views of a dataflow, whose times are those of `clock`; `changed` is called when the person has chosen another total. */
  constructor(status, layout, clock, changed) {
    [this.#layout, this.#clock] = [layout, clock];
    by("measure").replaceChildren(...layout.totals.map((total) => new Option(total.name, total.name)));
    by("measure").onchange = changed;
    by("theme").onclick = () => this.#turn(changed);
    document.documentElement.dataset.theme = localStorage.getItem("mare-theme") ?? "";
    document.title = `${status.dataflow.name} · Maré`;
  }

  #turn(changed) {
    const isDark = getComputedStyle(document.documentElement).colorScheme.trim() === "dark" ||
      (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset.theme = isDark ? "light" : "dark";
    localStorage.setItem("mare-theme", document.documentElement.dataset.theme);
    changed();
  }

  static trouble(error) {
    by("trouble").hidden = !error;
    by("trouble").textContent = error ? plain(`${error.message} Trying again…`) : "";
  }

  trouble(error) {
    Views.trouble(error);
  }

  /** The total that the person has chosen. */
  measure() {
    return this.#layout.totals.find((total) => total.name === by("measure").value) ?? this.#layout.totals[0];
  }

  /** How numbers of a total are written. */
  format(total) {
    const digits = { minimumFractionDigits: total.scale ?? 0, maximumFractionDigits: total.scale ?? 0 };
    const [exact, short] = [new Intl.NumberFormat([], digits), new Intl.NumberFormat([], { notation: "compact" })];
    return { name: total.name, number: (value) => exact.format(value), units: (value) => exact.format(value / 10 ** (total.scale ?? 0)), short: (value) => short.format(value) };
  }

  head(status, [words, quality]) {
    const { dataflow: { name, source, sink }, frontier: { event_time: frontier, behind_s: behind }, process } = status;
    by("name").textContent = plain(name);
    by("route").textContent = plain(`${source.kind} ${source.server} ${source.name} → ${sink.kind} ${sink.server} ${sink.name}`);
    by("state").textContent = words;
    by("state").className = `pill ${quality}`;
    const final = this.#layout.finalThrough(frontier);
    by("frontier").textContent = final ? `final through ${this.#clock.stamp(final)}` : "nothing is final yet";
    by("clock").textContent = behind === null ? "" : `event time ${duration(behind * 1000)} behind the clock`;
    const which = process.processes > 1 ? `process ${process.index} of ${process.processes}, ` : "";
    const run = status.generation === null ? "" : `, generation ${status.generation}`;
    by("uptime").textContent = `${which}running for ${duration(Date.parse(status.now) - Date.parse(status.started))}${run}`;
    by("version").textContent = `Maré ${status.version}`;
  }

  /** The sums of the day: of all groups, whichever are listed. */
  totals(day) {
    const cards = this.#layout.totals.map((total) => make("div", "card", make("span", "", total.name), this.#strong(total, this.#layout.units(day, total))));
    by("totals").replaceChildren(...cards);
    const of = day.of === 1 ? "" : `, all ${count(day.of)} groups`;
    by("period").textContent = `Totals of ${period(day, this.#clock)}${of}${day.complete ? "" : " · incomplete: not every document could be read"}`;
  }

  #strong(total, units) {
    const strong = make("strong", "", this.format(total).units(units));
    Object.assign(strong.dataset, { total: total.name, units });
    return strong;
  }

  groups(day, total) {
    const { totals } = this.#layout;
    const units = (group) => this.#layout.units(group, total);
    const most = Math.max(1, ...day.groups.map(units));
    const bar = (group, index) => {
      const made = make("i");
      Object.assign(made.style, { width: `${Math.max(0, units(group) / most) * 100}%`, background: colour(index) });
      return [made, "bar"];
    };
    by("groups-span").textContent = [first(day.groups.length, day.of, "groups"), day.is_exact ? day.day : ""].filter(Boolean).join(" · ");
    fill(by("groups"), ["", "", ...totals.map((each) => [each.name, "number"])], day.groups.map((row, index) =>
      [this.#layout.group(row.group.fields), bar(row, index), ...totals.map((each) => [this.format(each).units(this.#layout.units(row, each)), "number"])]));
  }

  /** The newest windows of some groups, of so many. */
  windows(documents, starts, groups, total, frontier, of) {
    const [layout, format] = [this.#layout, this.format(total)];
    const which = [first(groups.length, of, "groups"), this.#clock.zone].filter(Boolean).join(" · ");
    [by("chart-span").textContent, by("windows-span").textContent] = [which, which];
    const cells = new Map(documents.map((document) => [`${layout.window(document)} ${layout.group(document.document)}`, document]));
    const shown = (window, group) => {
      const [key, document] = [`${window} ${group}`, cells.get(`${window} ${group}`)];
      const text = document ? format.number(layout.value(document, total)) : "";
      const isFresh = this.#seen.has(key) && this.#seen.get(key) !== text;
      this.#seen.set(key, text);
      return [text, isFresh ? "number fresh" : "number"];
    };
    const pill = (window) => {
      const isFinal = layout.isFinal(window, frontier);
      return make("span", isFinal ? "pill good" : "pill", isFinal ? "final" : "open");
    };
    fill(by("windows"), ["window", "", ...groups.map((group) => [group, "number"])],
      starts.map((window) => [this.#clock.time(window), pill(window), ...groups.map((group) => shown(window, group))]));
    if (this.#seen.size > 5000) this.#seen.clear();
  }

  /** The newest alerts, if there are any. */
  alerts({ alerts, of }) {
    const shown = alerts.slice(0, 10);
    by("alerts-span").textContent = shown.length < of ? `newest ${shown.length} of ${count(of)}` : "";
    by("alerts").hidden = alerts.length === 0;
    const pill = (severity) => make("span", severity === "info" ? "pill good" : severity === "critical" ? "pill bad" : "pill", severity);
    fill(by("alerts").querySelector("table"), ["window", "", "", "sent"], shown.map(({ alert, is_old, targets }) =>
      [this.#clock.time(alert.window_start), pill(alert.severity), alert.message, is_old ? "too old to send" : Object.entries(targets).map(([target, state]) => `${target}: ${state.split(" ")[0]}`).join(", ")]));
  }

  engine(status, letters) {
    const { partitions, account, sink, checkpoint, operators } = status;
    const of = (name) => operators.find((operator) => operator.name === name) ?? {};
    this.#graph.show(
      [{ name: "Kafka", detail: `${partitions.length} partitions` }, { name: "read", detail: count(account.read) },
        { name: "totals", detail: `${count(of("totals").count)} updates` }, { name: "documents", detail: count(sink.written) },
        { name: "checkpoints", detail: checkpoint ? `${duration(checkpoint.age_s * 1000)} old` : "none yet" }],
      [rate(of("read").per_second), rate(of("counted").per_second), rate(of("documents").per_second), ""],
      [{ name: "late", detail: count(account.late) }, { name: "duplicates", detail: count(account.duplicate) }, { name: "dead letters", detail: count(account.dead) }]);
    fill(by("partitions"), ["", ["read", "number"], ["lag", "number"], ["promise", "number"]], partitions.map((partition) =>
      [`${partition.partition}`, [count(partition.account.read), "number"], [count(partition.lag), "number"],
        [partition.promise ? this.#clock.time(partition.promise) : "–", "number"]]));
    const reasons = [["late", account.late], ["duplicate", account.duplicate], ...Object.entries(account.dead_by_reason)];
    fill(by("reasons"), ["reason", ["records", "number"]], reasons.filter(([, many]) => many > 0).map(([reason, many]) => [reason, [count(many), "number"]]));
    this.#samples(letters);
    this.#health(status);
  }

  /** The newest record of each reason. */
  #samples(letters) {
    const newest = letters.filter((letter, index) => letters.findIndex(({ reason }) => reason === letter.reason) === index);
    const key = JSON.stringify(newest);
    if (key === this.#seen.get("samples")) return;
    this.#seen.set("samples", key);
    by("samples").replaceChildren(...newest.map(({ reason, detail, partition, offset, beginning }) =>
      make("details", "", make("summary", "", `${reason} at ${partition}@${offset}`), make("code", "", detail), make("code", "", beginning))));
  }

  #health({ sink, checkpoint, epochs_in_flight: epochs }) {
    const facts = [
      ["sink latency", duration(sink.latency_ms)], ["documents written", count(sink.written)],
      ["already as complete", count(sink.stale)], ["attempts that found it away", count(sink.retries)],
      ["epochs in flight", count(epochs)],
      ["newest checkpoint", checkpoint ? `${duration(checkpoint.age_s * 1000)} ago` : "none yet"],
      ["its epoch", checkpoint ? `${checkpoint.epoch}` : "–"], ["its size", checkpoint ? `${count(checkpoint.rows)} rows, ${bytes(checkpoint.bytes)}` : "–"],
    ];
    by("health").replaceChildren(...facts.flatMap(([name, value]) => [make("dt", "", name), make("dd", "", value)]));
  }
}
