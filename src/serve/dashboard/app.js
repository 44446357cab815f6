// The page: asks the engine what it runs, then follows what it does.

import { ask, follow, pages } from "./api.js";
import { Chart } from "./chart.js";
import { Clock, Documents, Layout, series, state } from "./model.js";
import { Views } from "./views.js";

/** How many windows the page shows, how many groups a chart bears, and how many a table lists. */
const [WINDOWS, LINES, GROUPS] = [60, 10, 50];
/** The most documents of a group that are read, some more than it has windows. */
const MOST = 2 * WINDOWS;
/** Milliseconds between two drawings, before the stream is tried again, between two looks at sums that have changed, and at what other processes write. */
const [DRAW, AGAIN, SUMS, LOOK] = [250, 1000, 1000, 2000];

class Page {
  connected = false;
  dirty = true;
  /** Whether documents have changed since the sums were asked for. */
  stale = true;
  /** Whether the windows of all groups that are shown are to be read again. */
  behind = true;
  summing = false;

  /** Asks for everything, then follows until the connection breaks. */
  async run() {
    const stop = new AbortController();
    let again = [];
    try {
      this.status = await this.read("status");
      this.layout = new Layout(this.status.dataflow);
      this.documents ??= new Documents(this.layout);
      this.clock ??= new Clock(this.status.dataflow.zone);
      this.views ??= new Views(this.status, this.layout, this.clock, () => (this.dirty = this.stale = true));
      // What changes while the rest is read must not be missed, so the stream comes first.
      const following = follow((event, data) => this.hear(event, data), stop.signal);
      following.catch(() => {}); // awaited below
      await this.load();
      this.connected = true;
      this.views.trouble(null);
      again = [
        setInterval(() => this.isBehind() && this.load().catch(() => {}), LOOK),
        setInterval(() => this.stale && this.sum().catch(() => {}), SUMS),
      ];
      await following;
    } finally {
      stop.abort();
      again.forEach(clearInterval);
      this.connected = false;
      this.dirty = true;
    }
  }

  /** Whether newer windows have come, or come from elsewhere: a process streams only the documents that it writes itself. */
  isBehind() {
    return this.status.process.processes > 1 || this.documents.starts()[0] > this.newest;
  }

  /** Reads the sums of the day, and the newest windows of its largest groups. */
  async load() {
    const [newest] = (await this.read("totals?order=newest&limit=1")).documents;
    this.newest = newest ? this.layout.window(newest) : "";
    this.since = this.layout.since(WINDOWS, newest ? Date.parse(this.newest) : Date.now());
    if (newest) this.documents.see(newest);
    this.documents.forget(this.since);
    this.behind = true;
    await this.sum();
    const [{ letters }, alerts] = [await this.read("letters"), await this.read("alerts")];
    Object.assign(this, { letters, alerts, dirty: true });
  }

  /** Asks for the sums of the day, which the engine finds over all that there is, and for the windows of groups that are new among the largest. */
  async sum() {
    if (this.summing) return void (this.stale = true); // soon again
    const again = this.behind;
    [this.summing, this.stale, this.behind] = [true, false, false];
    try {
      const day = await this.read(`day?by=${encodeURIComponent(this.views.measure().name)}&limit=${GROUPS}`);
      const largest = day.groups.slice(0, LINES).map(({ group }) => group);
      const names = largest.map(({ fields }) => this.layout.group(fields));
      const known = this.documents.only(names);
      for (const [index, { fields }] of largest.entries()) {
        if (known.has(names[index]) && !again) continue;
        const from = new Date(this.since).toISOString();
        const path = `totals?order=oldest&from=${from}&limit=${MOST}${this.layout.query(fields)}`;
        (await pages(path, "documents", MOST)).forEach((document) => this.documents.put(document));
      }
      Object.assign(this, { day, dirty: true });
      this.stale ||= day.kept; // found before the newest change, perhaps
    } catch (error) {
      this.stale = true;
      this.behind ||= again;
      throw error;
    } finally {
      this.summing = false;
    }
  }

  async read(path) {
    return (await ask(path)).json();
  }

  hear(event, data) {
    if (event === "total") this.change(data);
    if (event === "status") this.news(data);
    if (event === "resync") this.load().catch(() => {}); // the stream breaks too, and says why
    this.dirty = true;
  }

  change(document) {
    this.documents.see(document);
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

  draw() {
    if (!this.dirty || !this.day || !this.alerts || document.hidden) return;
    this.dirty = false;
    const { layout, status, documents, views, day } = this;
    const total = views.measure();
    const starts = documents.starts().slice(0, WINDOWS);
    const groups = day.groups.slice(0, LINES).map(({ group }) => layout.group(group.fields));
    views.head(status, state(status, this.connected));
    views.totals(day);
    views.groups(day, total);
    views.windows(documents.all(), starts.slice(0, 12), groups, total, status.frontier.event_time, day.of);
    views.alerts(this.alerts);
    views.engine(status, this.letters);
    this.chart ??= new Chart(document.getElementById("chart"), this.clock.zone);
    this.chart.show(series(documents.all(), layout, starts, total, groups), groups, views.format(total));
  }
}

const page = new Page();
setInterval(() => page.draw(), DRAW);
document.addEventListener("visibilitychange", () => page.draw());
for (;;) {
  await page.run().catch((error) => page.views ? page.views.trouble(error) : Views.trouble(error));
  await new Promise((resolve) => setTimeout(resolve, AGAIN));
}
