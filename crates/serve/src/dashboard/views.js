// The parts of the page that tell of the run: its head, the sums of the day, the engine.

import { by, fill, make, number, say, term } from "./dom.js";
import { Flow } from "./flow.js";
import { Format } from "./format.js";
import { altogether, bytes, duration, first, left, period, plain, rate, uncounted } from "./model.js";
import { empty, notices, resumed, unsaved } from "./words.js";

const count = (value) => (value ?? 0).toLocaleString();

/** Leads to the pages of the other views: below the address of the first, beside that of any by its name. */
function link(views, shown) {
  const nav = by("views");
  nav.hidden = views.length < 2;
  if (nav.hidden || nav.children.length > 0) return;
  const beside = /\/views\/[^/]+\/$/.test(location.pathname) ? "../" : "views/";
  nav.append(...views.map((name) => {
    const to = make("a", "", name);
    to.href = `${beside}${encodeURIComponent(name)}/`;
    if (name === shown) to.setAttribute("aria-current", "page");
    return to;
  }));
}

export class Views {
  #layout;
  #clock;
  #flow = new Flow(by("flow"));
  #samples;

  /** The views of a dataflow, whose times are those of `clock`; `changed` is called when the person has chosen what else to see. */
  constructor(status, layout, clock, changed) {
    [this.#layout, this.#clock] = [layout, clock];
    this.formats = new Map(layout.totals.map((total) => [total.name, new Format(total)]));
    by("measure").replaceChildren(...layout.totals.map((total) => new Option(total.name, total.name)));
    by("measure").onchange = changed;
    by("theme").onclick = () => this.#turn(changed);
    document.documentElement.dataset.theme = localStorage.getItem("mare-theme") ?? "";
    document.title = plain(`${status.dataflow.title ?? status.dataflow.name} · Maré`);
    this.#filter(changed);
  }

  /** Asks again when somebody has stopped typing for a moment. */
  #filter(changed) {
    let timer;
    by("filter").oninput = () => {
      clearTimeout(timer);
      timer = setTimeout(changed, 200);
    };
    by("filter-box").hidden = !this.#layout.isGrouped;
  }

  /** What the names of the groups that are shown contain. */
  get like() {
    return by("filter").value.trim();
  }

  #turn(changed) {
    const isDark = getComputedStyle(document.documentElement).colorScheme.trim() === "dark" ||
      (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset.theme = isDark ? "light" : "dark";
    localStorage.setItem("mare-theme", document.documentElement.dataset.theme);
    changed();
  }

  /** Says that nothing can be shown yet. */
  static trouble(error) {
    notice([{ title: "This page cannot be shown yet", detail: `${error.message} Trying again…` }]);
  }

  /** The total that the person has chosen. */
  measure() {
    return this.#layout.totals.find((total) => total.name === by("measure").value) ?? this.#layout.totals[0];
  }

  /** `lost` is since when, and why, the engine does not answer. */
  head(status, [words, quality], lost) {
    const { dataflow: { name, title, source, sink, view, views = [] }, frontier: { event_time: frontier, behind_s: behind }, process } = status;
    const clock = this.#clock;
    say(by("name"), title ?? name);
    const route = `${source.kind} ${source.server} ${source.name} → ${sink.kind} ${sink.server} ${sink.name}`;
    say(by("route"), title && title !== name ? `${name}: ${route}` : route);
    link(views, view);
    say(by("state"), words);
    by("state").className = `pill ${quality}`;
    notice(notices(status, clock, lost));
    const final = this.#layout.finalThrough(frontier);
    say(by("frontier"), final ? `final through ${clock.stamp(final)} ${clock.zone}` : "nothing is final yet");
    say(by("clock"), behind === null ? "" : `event time ${duration(behind * 1000)} behind the clock`);
    const which = process.processes > 1 ? `process ${process.index} of ${process.processes}, ` : "";
    const since = `running for ${duration(Date.parse(status.now) - Date.parse(status.started))}, since ${clock.moment(status.started)}`;
    say(by("uptime"), [`${which}${since}`, resumed(status, clock)].filter(Boolean).join("; "));
    by("generation").hidden = status.generation === null;
    say(by("generation"), `generation ${status.generation}`);
    say(by("version"), `Maré ${status.version}`);
  }

  /** The sums of the day: of all groups, whichever are listed. What is to be done next, if there is nothing. */
  totals(day, status) {
    const { totals } = this.#layout;
    if (by("totals").children.length === 0) by("totals").replaceChildren(...totals.map(card));
    totals.forEach((total, index) => this.#sum(by("totals").children[index].querySelector("strong"), total, day));
    const of = day.all === 1 || !this.#layout.isGrouped ? "" : `, all ${count(day.all)} groups`;
    say(by("period"), `Totals of ${period(day, this.#clock)}${of}${day.complete ? "" : " · incomplete: not every document could be read"}`);
    const isEmpty = day.documents === 0;
    document.body.classList.toggle("empty", isEmpty);
    by("start").hidden = !isEmpty;
    if (!isEmpty) return;
    const { title, detail, command } = empty(status);
    by("start").replaceChildren(make("h2", "", title), make("p", "", detail), ...(command ? [make("code", "", command)] : []));
  }

  #sum(strong, total, day) {
    const units = this.#layout.units(day, total);
    say(strong, this.formats.get(total.name).units(units));
    Object.assign(strong.dataset, { total: total.name, units });
  }

  /** Which part of what there is the chart and the tables show. */
  spans(day, lines, windows, format) {
    say(by("chart-title"), `${format.title}, window by window`);
    const like = this.like ? `with “${this.like}” in their names` : "";
    const zone = this.#clock.zone;
    const said = (...parts) => parts.filter(Boolean).join(" · ");
    say(by("chart-span"), said(first(lines, day.of, "groups"), like, `${newest(windows)} of ${this.#layout.length}`, zone));
    say(by("groups-span"), said(like, period(day, this.#clock)));
    say(by("windows-span"), said(like, newest(Math.min(12, windows)), zone));
    const isNone = Boolean(this.like) && day.of === 0;
    document.body.classList.toggle("none", isNone);
    by("none").hidden = !isNone;
    if (isNone) say(by("none"), `No group has “${this.like}” in its name: ${count(day.all)} have other names.`);
  }

  engine(status, letters) {
    const { sink, checkpoint, operators, resumed: before } = status;
    const of = (name) => operators.find((operator) => operator.name === name) ?? {};
    const account = altogether(status);
    this.#flow.show([
      { name: "Kafka", detail: `${count(status.partitions.length)} partitions`, more: `lag ${count(status.partitions.reduce((sum, { lag }) => sum + lag, 0))}` },
      {
        name: "read", detail: count(account.read), more: before ? `${count(before.account.read)} of them before this run` : "records", rate: rate(of("read").per_second),
        asides: left(account).map(([name, key]) => ({ name, word: name.split(" ")[0], detail: count(account[key]) })),
      },
      { name: "totals", detail: count(of("totals").count), more: "updates in memory", rate: rate(of("counted").per_second) },
      { name: "documents", detail: count(sink.written), more: "written by this run", rate: rate(of("documents").per_second) },
      { name: "checkpoints", word: "checkpoint", detail: checkpoint ? `${duration(checkpoint.age_s * 1000)} old` : status.checkpoint_every_ms === null ? "none kept" : "none yet", more: checkpoint ? `${count(checkpoint.rows)} rows` : "", rate: "" },
    ]);
    this.#partitions(status.partitions, Boolean(before));
    this.#reasons(account, letters);
    this.#health(status);
  }

  /** What is known of each partition is what this run has read of it: others may have read of it before. */
  #partitions(partitions, isResumed) {
    const head = ["", number(isResumed ? "read by this run" : "read"), { shape: "term", term: "lag", className: "number" }, { shape: "term", term: "promise", text: `promise (${this.#clock.zone})`, className: "number" }];
    fill(by("partitions"), head, partitions.map(({ partition, account, lag, promise }) =>
      [`${partition}`, number(count(account.read)), number(count(lag)), number(promise ? this.#clock.stamp(promise) : "–")]));
  }

  /** What is not counted, by reason, with the newest record of each. */
  #reasons(account, letters) {
    const reasons = uncounted(account);
    by("reasons").hidden = reasons.length === 0;
    by("all-counted").hidden = reasons.length > 0;
    say(by("all-counted"), account.read > 0 ? "Every record that has been read is counted." : "Nothing has been read yet.");
    fill(by("reasons"), ["reason", number("records")], reasons.map(([reason, many]) => [reason, number(count(many))]));
    const newest = letters.filter((letter, index) => letters.findIndex(({ reason }) => reason === letter.reason) === index);
    const key = JSON.stringify(newest);
    if (key === this.#samples) return;
    this.#samples = key;
    by("samples").replaceChildren(...newest.map(({ reason, detail, partition, offset, beginning }) =>
      make("details", "", make("summary", "", `${reason} at ${partition}@${offset}`), make("code", "", detail), make("code", "", beginning))));
  }

  #health(status) {
    const { sink, checkpoint, epochs_in_flight: epochs, generation } = status;
    const taken = checkpoint ? `${duration(checkpoint.age_s * 1000)} ago, ${this.#clock.moment(checkpoint.taken)}` : unsaved(status);
    const facts = [
      ["latency", "sink latency", duration(sink.latency_ms)], [null, "documents written", count(sink.written)],
      [null, "already as complete", count(sink.stale)], [null, "attempts that found it away", count(sink.retries)],
      ["epochs", "epochs in flight", count(epochs)], ["generation", "generation", generation === null ? "–" : `${generation}`],
      ["checkpoint", "newest checkpoint", taken], ...(checkpoint ? [[null, "its size", `${count(checkpoint.rows)} rows, ${bytes(checkpoint.bytes)}`]] : []),
    ];
    const list = by("health");
    if (list.children.length !== 2 * facts.length) {
      list.replaceChildren(...facts.flatMap(([word, name]) => [make("dt", "", word ? term(word, name) : name), make("dd")]));
    }
    facts.forEach(([, , value], index) => say(list.children[2 * index + 1], value));
  }
}

const newest = (windows) => (windows === 1 ? "newest window" : `newest ${windows} windows`);

/** A place for the sum of a total. */
const card = (total) => make("div", "card", make("span", "", total.name), make("strong"), make("small", "", total.expression ?? ""));

/** Shows what does not answer, if anything. */
function notice(found) {
  const box = by("trouble");
  box.hidden = found.length === 0;
  if (box.children.length !== found.length) box.replaceChildren(...found.map(() => make("div", "", make("strong"), make("span"))));
  found.forEach(({ title, detail }, index) => {
    say(box.children[index].firstChild, title);
    say(box.children[index].lastChild, detail);
  });
}
