// The page: asks the engine what it runs, then follows what it does.

import { ask, follow, pages } from "./api.js";
import { Chart } from "./chart.js";
import { Colours } from "./colours.js";
import { by } from "./dom.js";
import { Explain } from "./explain.js";
import { Hour } from "./hour.js";
import { Clock, Documents, Layout, series, state, units } from "./model.js";
import { Tables, WINDOWS as ROWS, alerts } from "./tables.js";
import { explainTerms } from "./tip.js";
import { Views } from "./views.js";

/** How many windows the page shows, and how many groups a chart bears. */
const [WINDOWS, LINES] = [60, 10];
/** The most documents of a group that are read, some more than it has windows. */
const MOST = 2 * WINDOWS;
/** After how many milliseconds an engine that says nothing, which tells its status every second, is taken for gone. */
const SILENT = 10_000;
/** Milliseconds between two drawings, before the stream is tried again, between two looks at sums that have changed, at what other processes write, and at the last hour. */
const [DRAW, AGAIN, SUMS, LOOK, HOUR] = [250, 1000, 1000, 2000, 10_000];

class Page {
  /** Since when the engine does not answer, and why; null while it does. */
  lost = null;
  dirty = true;
  /** Whether documents have changed since the sums were asked for. */
  stale = true;
  /** Whether the windows of all groups that are shown are to be read again. */
  behind = true;
  summing = false;
  /** Until when it is known which windows there are, in milliseconds. */
  foundUntil = 0;
  /** The sums of all groups in each of the newest windows, in units of the total that is shown, if there are groups without a line of their own. */
  sums = new Map();

  /** Asks for everything, then follows until the connection breaks. */
  async run() {
    const stop = new AbortController();
    let again = [];
    try {
      this.status = await this.read("status");
      this.views ?? this.build();
      // What changes while the rest is read must not be missed, so the stream comes first.
      const following = follow((event, data) => this.hear(event, data), stop.signal);
      following.catch(() => {}); // awaited below
      this.foundUntil = 0; // whatever came while nobody listened
      await this.load();
      [this.lost, this.heard] = [null, Date.now()];
      again = [
        setInterval(() => Date.now() - this.heard > SILENT && stop.abort(new Error("It has said nothing for 10 s.")), SUMS),
        setInterval(() => this.isBehind() && this.load().catch(() => {}), LOOK),
        setInterval(() => this.stale && this.sum().catch(() => {}), SUMS),
        setInterval(() => this.look().catch(() => {}), HOUR),
      ];
      await following;
    } finally {
      stop.abort();
      again.forEach(clearInterval);
      this.dirty = true;
    }
  }

  build() {
    const { dataflow } = this.status;
    this.layout = new Layout(dataflow);
    this.documents = new Documents(this.layout);
    this.clock = new Clock(dataflow.zone);
    this.colours = new Colours();
    const changed = () => (this.dirty = this.stale = true);
    this.views = new Views(this.status, this.layout, this.clock, changed);
    const explain = new Explain(this.layout, this.clock, this.views.formats);
    this.tables = new Tables(this.layout, this.clock, this.colours, changed, (start, fields) => explain.show(start, fields));
    this.chart = new Chart(by("chart"), by("legend"), by("unzoom"), this.clock);
    this.hour = new Hour(this.clock);
  }

  /** Whether newer windows have come, or come from elsewhere: a process streams only the documents that it writes itself. */
  isBehind() {
    return this.status.process.processes > 1 || this.documents.starts()[0] > this.newest;
  }

  /** Reads the sums of the day, the newest windows of its largest groups, and how the last hour went. */
  async load() {
    const [newest] = (await this.read("totals?order=newest&limit=1")).documents;
    this.newest = newest ? this.layout.window(newest) : "";
    this.since = this.layout.since(WINDOWS, newest ? Date.parse(this.newest) : Date.now());
    // As long as there is none, nobody knows how old the first will be.
    this.documents.forget(newest ? this.since : -Infinity);
    if (newest) this.documents.see(this.newest);
    await this.find();
    this.behind = true;
    await this.sum();
    const [{ letters }, alerts] = [await this.read("letters"), await this.read("alerts")];
    Object.assign(this, { letters, alerts, dirty: true });
    await this.look();
  }

  /** Notes which windows there are: the largest groups need not have any in them. What took long to find is good for ten times as long. */
  async find() {
    if (this.layout.isEndless || Date.now() < this.foundUntil) return;
    const asked = Date.now();
    const { rows } = await this.read(`top?per=window&limit=1000&from=${new Date(this.since).toISOString()}`);
    rows.forEach(({ window }) => this.documents.see(this.layout.slot(window)));
    this.foundUntil = Date.now() + 10 * (Date.now() - asked);
  }

  /** Reads what is new of the last hour. */
  async look() {
    const from = this.hour.since ? `?from=${encodeURIComponent(this.hour.since)}` : "";
    this.hour.take(await this.read(`history${from}`));
  }

  /** Asks for the sums of the day, which the engine finds over all that there is, and for the windows of groups that are new among the largest. */
  async sum() {
    if (this.summing) return void (this.stale = true); // soon again
    const again = this.behind;
    [this.summing, this.stale, this.behind] = [true, false, false];
    try {
      const [total, like] = [this.views.measure(), this.views.like ? `&like=${encodeURIComponent(this.views.like)}` : ""];
      const day = await this.read(`day?by=${encodeURIComponent(total.name)}&limit=${this.tables.limit}${like}`);
      await this.windows(day.groups.slice(0, LINES).map(({ group }) => group), again);
      const sums = this.hasAll(day) ? new Map() : await this.all(total, like);
      Object.assign(this, { day, sums, dirty: true });
      this.stale ||= day.kept; // found before the newest change, perhaps
    } catch (error) {
      this.stale = true;
      this.behind ||= again;
      throw error;
    } finally {
      this.summing = false;
    }
  }

  /** Reads the newest windows of these groups: of those that are not known yet, or of all of them `again`. */
  async windows(largest, again) {
    const names = largest.map(({ fields }) => this.layout.group(fields));
    const known = this.documents.only(names);
    this.colours.show(names);
    for (const [index, { fields }] of this.layout.isEndless ? [] : largest.entries()) {
      if (known.has(names[index]) && !again) continue;
      const from = new Date(this.since).toISOString();
      const path = `totals?order=oldest&from=${from}&limit=${MOST}${this.layout.query(fields)}`;
      (await pages(path, "documents", MOST)).forEach((document) => this.documents.put(document));
    }
  }

  /** Whether the windows that are read are those of all groups in the table: a group of yesterday is none of the day. */
  hasAll(day) {
    const oldest = this.documents.starts().slice(0, ROWS).at(-1);
    return day.of <= LINES && !(Date.parse(oldest) < Date.parse(day.from));
  }

  /** The sums of all groups in each of the newest windows. */
  async all(total, like) {
    const starts = this.documents.starts().slice(0, ROWS);
    if (starts.length === 0) return new Map();
    const { rows } = await this.read(`top?per=window&by=${encodeURIComponent(total.name)}&limit=1000&from=${starts.at(-1)}${like}`);
    return new Map(rows.map(({ window, value }) => [this.layout.slot(window), units(value, total.scale ?? 0)]));
  }

  async read(path) {
    return (await ask(path)).json();
  }

  hear(event, data) {
    this.heard = Date.now();
    if (event === "total") this.change(data);
    if (event === "status") this.news(data);
    if (event === "resync") this.load().catch(() => {}); // the stream breaks too, and says why
    this.dirty = true;
  }

  change(document) {
    this.documents.see(this.layout.window(document));
    this.documents.put(document);
    this.stale = true;
  }

  /** Takes a new status in, and asks for the newest letters when there are more. */
  news(status) {
    const letters = ({ account }) => account.late + account.dead;
    const [isMore, isAlert] = [letters(status) !== letters(this.status), status.alerts_found !== this.status.alerts_found];
    this.status = status;
    if (isAlert) this.read("alerts").then((alerts) => (this.alerts = alerts)).catch(() => {});
    if (isMore) this.read("letters").then(({ letters }) => (this.letters = letters)).catch(() => {});
  }

  /** Notes that the engine does not answer. */
  lose(error) {
    this.lost = { since: this.lost?.since ?? this.heard ?? Date.now(), why: error.message };
    this.dirty = true;
  }

  draw() {
    if (!this.dirty || !this.day || !this.alerts || document.hidden) return;
    this.dirty = false;
    const { layout, status, documents, views, day, tables } = this;
    const total = views.measure();
    const format = views.formats.get(total.name);
    const starts = documents.starts().slice(0, WINDOWS);
    const groups = day.groups.slice(0, LINES).map(({ group }) => layout.group(group.fields));
    views.head(status, state(status, !this.lost), this.lost);
    views.totals(day, status);
    views.spans(day, groups.length, starts.length, format);
    tables.groups(day, total, views.formats);
    const newest = { documents: documents.all(), starts: starts.slice(0, ROWS), groups, sums: this.sums, of: day.of, firstOpen: status.frontier.first_open };
    tables.windows(newest, total, format);
    alerts(this.alerts, this.clock);
    views.engine(status, this.letters);
    this.hour.show();
    if (starts.length === 0) return;
    const open = layout.openFrom([...starts].reverse(), status.frontier.first_open);
    this.chart.show(series(newest.documents, layout, starts, total, groups), open, groups, this.colours, format);
  }
}

const page = new Page();
explainTerms();
setInterval(() => page.draw(), DRAW);
document.addEventListener("visibilitychange", () => page.draw());
for (;;) {
  await page.run().catch((error) => (page.day ? page.lose(error) : Views.trouble(error)));
  await new Promise((resolve) => setTimeout(resolve, AGAIN));
}
