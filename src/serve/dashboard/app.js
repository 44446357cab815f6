// The page: asks the engine what it runs, then follows what it does.

import { ask, follow, pages } from "./api.js";
import { Chart } from "./chart.js";
import { Documents, Layout, add, grand, ranking, series, state, sums, units } from "./model.js";
import { Views } from "./views.js";

/** How many windows the page shows, how many groups a chart bears, how many documents are read at the most. */
const [WINDOWS, LINES, MOST] = [60, 10, 100_000];
/** Milliseconds between two drawings, before the stream is tried again, and between two looks at what other processes write. */
const [DRAW, AGAIN, LOOK] = [250, 1000, 2000];

class Page {
  connected = false;
  dirty = true;

  /** Asks for everything, then follows until the connection breaks. */
  async run() {
    const stop = new AbortController();
    let again;
    try {
      this.status = await this.read("status");
      this.layout = new Layout(this.status.dataflow);
      this.documents ??= new Documents(this.layout);
      this.views ??= new Views(this.status, this.layout, () => (this.dirty = true));
      // What changes while the rest is read must not be missed, so the stream comes first.
      const following = follow((event, data) => this.hear(event, data), stop.signal);
      following.catch(() => {}); // awaited below
      await this.load();
      this.connected = true;
      this.views.trouble(null);
      again = setInterval(() => this.isBehind() && this.load().catch(() => {}), LOOK);
      await following;
    } finally {
      stop.abort();
      clearInterval(again);
      this.connected = false;
      this.dirty = true;
    }
  }

  /** Whether newer windows have come, or come from elsewhere: a process streams only the documents that it writes itself. */
  isBehind() {
    return this.status.process.processes > 1 || this.documents.starts()[0] > this.newest;
  }

  /** Reads the newest windows, all that may still change among them, and the sums of the day before them. */
  async load() {
    const [newest] = (await this.read("totals?order=newest&limit=1")).documents;
    const last = newest ? Date.parse(this.layout.window(newest)) : Date.now();
    const day = new Date(last).toISOString().slice(0, 10);
    const midnight = Date.parse(`${day}T00:00:00Z`);
    const since = Math.max(midnight, this.layout.since(WINDOWS, last, this.status.frontier.event_time));
    const iso = (ms) => new Date(ms).toISOString();
    const kept = await pages(`totals?order=oldest&from=${iso(since)}&limit=1000`, "documents", MOST);
    const before = new Map();
    for (const total of this.layout.totals) {
      const { rows } = await this.read(`top?per=group&by=${total.name}&from=${iso(midnight)}&to=${iso(since)}&limit=1000`);
      rows.forEach(({ group, value }) => add(before, this.layout, this.layout.group(group.fields), total, units(value, total.scale ?? 0)));
    }
    const [{ letters }, { alerts }] = [await this.read("letters"), await this.read("alerts")];
    kept.forEach((document) => this.documents.put(document));
    this.documents.forget(since);
    Object.assign(this, { day, since, before, letters, alerts, dirty: true, newest: newest ? this.layout.window(newest) : "" });
  }

  async read(path) {
    return (await ask(path)).json();
  }

  hear(event, data) {
    if (event === "total") this.documents.put(data);
    if (event === "status") this.news(data);
    if (event === "resync") this.load().catch(() => {}); // the stream breaks too, and says why
    this.dirty = true;
  }

  /** Takes a new status in, and asks for the newest letters when there are more. */
  news(status) {
    const letters = ({ account }) => account.late + account.dead;
    const [isMore, isAlert] = [letters(status) !== letters(this.status), status.alerts_found !== this.status.alerts_found];
    this.status = status;
    if (isAlert) this.read("alerts").then(({ alerts }) => (this.alerts = alerts)).catch(() => {});
    if (isMore) this.read("letters").then(({ letters }) => (this.letters = letters)).catch(() => {});
  }

  /** The sums of the day by group: those before the windows kept, which do not change, and those of the windows kept. */
  today() {
    const rows = new Map([...this.before].map(([group, row]) => [group, { ...row }]));
    const isToday = (document) => Date.parse(this.layout.window(document)) >= this.since && this.layout.window(document).startsWith(this.day);
    return sums(this.documents.all().filter(isToday), this.layout, rows);
  }

  draw() {
    if (!this.dirty || !this.before || document.hidden) return;
    this.dirty = false;
    const { layout, status, documents, views } = this;
    const total = views.measure();
    const [starts, rows] = [documents.starts().slice(0, WINDOWS), this.today()];
    const groups = ranking(rows, total.name);
    views.head(status, state(status, this.connected));
    views.totals(layout.totals.map((each) => [each, grand(rows, each.name)]), this.day);
    views.groups(rows, groups, total);
    views.windows(documents.all(), starts.slice(0, 12), groups, total, status.frontier.event_time);
    views.alerts(this.alerts);
    views.engine(status, this.letters);
    this.chart ??= new Chart(document.getElementById("chart"));
    const lines = groups.slice(0, LINES);
    this.chart.show(series(documents.all(), layout, starts, total, lines), lines, views.format(total));
  }
}

const page = new Page();
setInterval(() => page.draw(), DRAW);
document.addEventListener("visibilitychange", () => page.draw());
for (;;) {
  await page.run().catch((error) => page.views ? page.views.trouble(error) : Views.trouble(error));
  await new Promise((resolve) => setTimeout(resolve, AGAIN));
}
