// What the page knows, and the arithmetic on it. Pure: nothing here touches the page or the network.

/** A number of the API as whole units of 10^-scale, so that sums are exact up to 2^53 units. */
export const units = (value, scale) => Math.round(Number(value) * 10 ** scale);

/** The newest documents by id. Of two with one id the one with more events stands, or of as many the final one. */
export class Documents {
  #byId = new Map();
  #layout;

  constructor(layout) {
    this.#layout = layout;
  }

  /** Takes a document in; returns whether it changed anything. */
  put(document) {
    const old = this.#byId.get(document.id);
    if (old && (old.version > document.version || (old.version === document.version && old.final >= document.final))) return false;
    this.#byId.set(document.id, document);
    return true;
  }

  /** The starts of the windows, newest first. */
  starts() {
    return [...new Set(this.all().map((document) => this.#layout.window(document)))].sort().reverse();
  }

  /** Forgets the windows that start before `since`, in milliseconds. */
  forget(since) {
    for (const document of this.all()) if (Date.parse(this.#layout.window(document)) < since) this.#byId.delete(document.id);
  }

  all() {
    return [...this.#byId.values()];
  }
}

/** What documents have in common: which fields are the window's, the group's, the totals. */
export class Layout {
  #start;
  #groups;
  #size;
  #lateness;

  constructor({ fields, window }) {
    const named = (...roles) => fields.filter((field) => roles.includes(field.role));
    this.#start = named("window_start")[0].name;
    this.#groups = named("group").map((field) => field.name);
    [this.#size, this.#lateness] = [window.size_ms, window.lateness_ms];
    this.totals = named("total", "version");
  }

  /** Since when windows may still change, or are among the newest `windows` of which the last starts at `last`, in milliseconds. */
  since(windows, last, frontier) {
    const open = frontier === null ? -Infinity : Date.parse(frontier) - this.#size - this.#lateness;
    return Math.min(last - (windows - 1) * this.#size, open);
  }

  /** Through when windows are final, when events before `frontier` are complete; null if none is. */
  finalThrough(frontier) {
    return frontier && new Date(Date.parse(frontier) - this.#lateness).toISOString();
  }

  /** Whether a window that starts then is final, when events before `frontier` are complete. */
  isFinal(start, frontier) {
    return frontier !== null && Date.parse(start) + this.#size + this.#lateness <= Date.parse(frontier);
  }

  /** The start of a document's window. */
  window({ document }) {
    return document[this.#start];
  }

  /** A group for people, of the fields of a document or of a group of the API. */
  group(fields) {
    return this.#groups.map((name) => fields[name]).join(" · ") || "all";
  }

  /** One total of a document, as a number. */
  value({ document }, total) {
    return Number(document[total.name]);
  }

  /** One total of a document, in units. */
  units({ document }, total) {
    return units(document[total.name], total.scale ?? 0);
  }
}

/** Sums of every total by group, in units: `Map(group, {total: units})`. */
export function sums(documents, layout, into = new Map()) {
  for (const document of documents)
    for (const total of layout.totals) add(into, layout, layout.group(document.document), total, layout.units(document, total));
  return into;
}

/** Adds to the sum of one group and total. */
export function add(rows, layout, group, total, more) {
  if (!rows.has(group)) rows.set(group, Object.fromEntries(layout.totals.map(({ name }) => [name, 0])));
  rows.get(group)[total.name] += more;
}

/** The sum over all groups of one total, in units. */
export const grand = (rows, total) => [...rows.values()].reduce((sum, row) => sum + row[total], 0);

/** Series for a chart: the starts of the windows in seconds, oldest first, and for each group its units, or null. */
export function series(documents, layout, starts, total, groups) {
  const times = [...starts].reverse();
  const index = new Map(times.map((time, position) => [time, position]));
  const rows = new Map(groups.map((group) => [group, times.map(() => null)]));
  for (const document of documents) {
    const [row, position] = [rows.get(layout.group(document.document)), index.get(layout.window(document))];
    if (row && position !== undefined) row[position] = layout.value(document, total);
  }
  return [times.map((time) => Date.parse(time) / 1000), ...groups.map((group) => rows.get(group))];
}

/** The groups of largest totals first. */
export const ranking = (rows, total) => [...rows].sort((a, b) => b[1][total] - a[1][total]).map(([group]) => group);

/** The state of a run for people, and how good it is. */
export function state(status, connected) {
  if (!connected) return ["reconnecting", "bad"];
  if (status.failure) return ["failed", "bad"];
  if (!status.kafka_reachable) return ["Kafka is away", "bad"];
  if (!status.sink.reachable) return ["the sink is away", "bad"];
  return { running: ["live", "good"], catching_up: ["catching up", ""], stopping: ["stopping", ""] }[status.phase] ?? [status.phase, ""];
}

/** What does something to its surroundings instead of being seen: controls, marks of direction, characters without a width. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u{34f}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180b}-\u{180f}\u{3164}\u{ffa0}]/gu;

/** A text of others as the page may show it: what is hidden in it by its number. */
export const plain = (text) => text.replace(HIDDEN, (hidden) => `\\u{${hidden.codePointAt(0).toString(16)}}`);

/** Milliseconds in words: 820 ms, 4.2 s, 3 min, 5 h. */
export function duration(ms) {
  if (!Number.isFinite(ms)) return "–";
  const [size, sign] = [Math.abs(ms), ms < 0 ? "−" : ""];
  const steps = [[1000, 1, "ms", 0], [60_000, 1000, "s", 1], [5_400_000, 60_000, "min", 0], [172_800_000, 3_600_000, "h", 1]];
  const [, unit, name, digits] = steps.find(([limit]) => size < limit) ?? [0, 86_400_000, "days", 1];
  return `${sign}${(size / unit).toFixed(digits)} ${name}`;
}

/** Bytes in words. */
export function bytes(count) {
  const power = count < 1 ? 0 : Math.min(4, Math.floor(Math.log2(count) / 10));
  return `${(count / 1024 ** power).toFixed(power ? 1 : 0)} ${["B", "KiB", "MiB", "GiB", "TiB"][power]}`;
}
