// What the page knows, and the arithmetic on it. Pure: nothing here touches the page or the network.

/** A number of the API as whole units of 10^-scale, so that sums are exact up to 2^53 units. */
export const units = (value, scale) => Math.round(Number(value) * 10 ** scale);

/** Instants as people of a zone read them; as in UTC if the browser does not know the zone. */
export class Clock {
  #format;

  constructor(zone) {
    const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" };
    const format = (timeZone) => new Intl.DateTimeFormat("en-CA", { ...parts, timeZone, hourCycle: "h23" });
    try {
      [this.zone, this.#format] = [zone, format(zone)];
    } catch {
      [this.zone, this.#format] = ["UTC", format("UTC")];
    }
  }

  #parts(text) {
    return Object.fromEntries(this.#format.formatToParts(new Date(text)).map(({ type, value }) => [type, value]));
  }

  /** 12:30, or 12:30:05. */
  time(text) {
    const { hour, minute, second } = this.#parts(text);
    return second === "00" ? `${hour}:${minute}` : `${hour}:${minute}:${second}`;
  }

  /** 2025-11-28. */
  day(text) {
    const { year, month, day } = this.#parts(text);
    return `${year}-${month}-${day}`;
  }

  /** 2025-11-28 12:30. */
  stamp(text) {
    return `${this.day(text)} ${this.time(text)}`;
  }

  /** 12:30:05 UTC, of what is of today; with the day, if it is not. */
  moment(text, now = Date.now()) {
    const { hour, minute, second } = this.#parts(text);
    const day = this.day(text) === this.day(now) ? "" : `${this.day(text)} `;
    return `${day}${hour}:${minute}:${second} ${this.zone}`;
  }
}

/** Which windows the sums of a day are of, in words: the day and its zone, or from when to when if no window begins at its midnights. */
export function period(day, clock) {
  const when = day.is_exact ? day.day : `${clock.stamp(day.from)} to ${clock.stamp(day.to)}`;
  return `${when}, ${clock.zone}`;
}

/** That not all are shown: `first 50 of 28,764 groups`; nothing if all are. */
export const first = (shown, all, what) => (shown < all ? `first ${shown.toLocaleString("en")} of ${all.toLocaleString("en")} ${what}` : "");

/** The newest documents of some groups by id. Of two with one id the one with more events stands, or of as many the final one. */
export class Documents {
  #byId = new Map();
  #starts = new Set();
  /** What starts before this, in milliseconds, is none of the newest. */
  #since = -Infinity;
  #groups = new Set();
  #layout;

  constructor(layout) {
    this.#layout = layout;
  }

  /** Keeps documents of these groups alone from now on; returns those of which it has documents already. */
  only(groups) {
    const known = this.#groups;
    this.#groups = new Set(groups);
    for (const document of this.all()) if (!this.#groups.has(this.#layout.group(document.document))) this.#byId.delete(document.id);
    return known;
  }

  /** Notes that there is a window that starts then, whatever the groups in it. */
  see(start) {
    if (!this.#isOld(start)) this.#starts.add(start);
  }

  #isOld(start) {
    return this.#layout.isEndless || Date.parse(start) < this.#since;
  }

  /** Takes a document in, if its group is kept; returns whether it changed anything. */
  put(document) {
    const start = this.#layout.window(document);
    if (this.#isOld(start) || !this.#groups.has(this.#layout.group(document.document))) return false;
    const old = this.#byId.get(document.id);
    if (old && (old.version > document.version || (old.version === document.version && old.final >= document.final))) return false;
    this.#byId.set(document.id, document);
    this.see(start);
    return true;
  }

  /** The starts of the windows, newest first. */
  starts() {
    return [...this.#starts].sort().reverse();
  }

  /** Forgets the windows that start before `since`, in milliseconds, and takes no more such in: not all of them would be known. */
  forget(since) {
    this.#since = since;
    for (const document of this.all()) if (this.#isOld(this.#layout.window(document))) this.#byId.delete(document.id);
    for (const start of this.#starts) if (this.#isOld(start)) this.#starts.delete(start);
  }

  all() {
    return [...this.#byId.values()];
  }
}

/** A value of a group for people. A text that reads like null has quotes around it. */
const shown = (value) => (value === null ? "null" : /^"*null"*$/.test(value) ? `"${value}"` : value);

/** What documents have in common: which fields are the window's, the group's, the totals. */
export class Layout {
  #start;
  #end;
  #groups;
  #lateness;
  /** Whether windows grow from one beginning, so that not their start tells them. */
  #grows;
  /** Whether they are sessions, which have a document when they are final and not before. */
  #areSessions;

  constructor({ fields, window }) {
    const named = (...roles) => fields.filter((field) => roles.includes(field.role));
    [this.#start, this.#end] = ["window_start", "window_end"].map((role) => named(role)[0]?.name);
    this.#grows = window.kind === "cumulative";
    this.isEndless = window.kind === "none";
    this.#areSessions = window.kind === "session";
    this.#groups = named("group").map((field) => field.name);
    [this.step, this.#lateness] = [window.step_ms, window.lateness_ms];
    this.length = this.isEndless ? "all times" : window.unit ? `one ${window.unit}` : `${this.#areSessions ? "sessions with gaps of " : ""}${duration(window.size_ms)}`;
    this.totals = named("total", "version");
  }

  /** Whether there are groups at all. */
  get isGrouped() {
    return this.#groups.length > 0;
  }

  /** Since when windows are among the newest `windows` of which the last starts at `last`, in milliseconds: or some more, if not all are of one length. */
  since(windows, last) {
    return last - (windows - 1) * this.step;
  }

  /** The group of these fields as a question to the API asks for it. */
  query(fields) {
    return this.#groups.map((name) => `&group=${encodeURIComponent(fields[name] === null ? `${name}?` : `${name}=${fields[name]}`)}`).join("");
  }

  /** Through when windows are final, when events before `frontier` are complete; null if none is. */
  finalThrough(frontier) {
    return frontier && new Date(Date.parse(frontier) - this.#lateness - (this.#areSessions ? this.step : 0)).toISOString();
  }

  /** Whether a window that starts then is final, when the first that is not starts at `firstOpen`; null if none is. */
  isFinal(start, firstOpen) {
    return this.#areSessions || firstOpen !== null && Date.parse(start) < Date.parse(firstOpen);
  }

  /** From which of these starts of windows on, the oldest first, windows are open. */
  openFrom(starts, firstOpen) {
    const open = starts.findIndex((start) => !this.isFinal(start, firstOpen));
    return open < 0 ? starts.length : open;
  }

  /** What tells a window as a row of a table has it: the time of its start, of its end where windows grow, or the day if the next is that far. */
  label(start, clock) {
    const told = this.#grows ? new Date(Date.parse(start) + this.step).toISOString() : start;
    return this.step >= 86_400_000 ? clock.stamp(told) : clock.time(told);
  }

  /** The fields of a document's group. */
  fields({ document }) {
    return Object.fromEntries(this.#groups.map((name) => [name, document[name]]));
  }

  /** What tells a window from all others, and is called its start all over the page: that; where windows grow the start of its last step. */
  slot({ start, end }) {
    if (this.isEndless) return "1970-01-01T00:00:00Z"; // of no time, and so in no chart
    return this.#grows ? new Date(Date.parse(end) - this.step).toISOString() : start;
  }

  /** What tells a document's window. */
  window({ document }) {
    return this.slot({ start: document[this.#start], end: document[this.#end] });
  }

  /** A group for people, of the fields of a document or of a group of the API. */
  group(fields) {
    return this.#groups.map((name) => shown(fields[name])).join(" · ") || "all";
  }

  /** One total of a document, as a number. */
  value({ document }, total) {
    return Number(document[total.name]);
  }

  /** One total of the sums of a day or a group, in units. */
  units({ sums }, total) {
    return units(sums[total.name], total.scale ?? 0);
  }
}

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

/** What became of all records: of those that this run has read, and of those that were read by the checkpoint that it goes on from. */
export function altogether({ account, resumed }) {
  const before = resumed?.account ?? { dead_by_reason: {} };
  const add = (one, other) => Object.fromEntries(Object.keys({ ...one, ...other }).map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]));
  const { dead_by_reason: reasons, ...counts } = account;
  const { dead_by_reason: reasonsBefore, ...countsBefore } = before;
  return { ...add(counts, countsBefore), dead_by_reason: add(reasons, reasonsBefore) };
}

/** Where records go that are not counted: [[name, field of the account]]. Events are filtered in few dataflows. */
export function left({ filtered }) {
  return [...(filtered > 0 ? [["filtered", "filtered"]] : []), ["late", "late"], ["duplicates", "duplicate"], ["dead letters", "dead"]];
}

/** What became of the events of partitions, as far as there is something: [[name, field of each partition]]. */
export function fates(parts) {
  const all = [["counted", "counted"], ["filtered", "filtered"], ["late", "late"], ["duplicates", "duplicate"]];
  return all.filter(([, field]) => field === "counted" || field === "late" || parts.some((part) => part[field] > 0));
}

/** What is not counted, by reason: [[reason, records]]. */
export function uncounted({ late, duplicate, dead_by_reason: dead }) {
  return [["late", late], ["duplicate", duplicate], ...Object.entries(dead)].filter(([, many]) => many > 0);
}

/** What a chart of the last hour shows: a time and a value for each point, and a gap where nobody looked. */
export function hour(points, step, of) {
  const [times, values] = [[], []];
  for (const point of points) {
    const time = Date.parse(point.at) / 1000;
    if (times.length > 0 && time - times.at(-1) > 2 * step) {
      times.push(times.at(-1) + step);
      values.push(null);
    }
    times.push(time);
    values.push(of(point));
  }
  return [times, values];
}

/** How many columns a table of so many ems has for its `groups`, beside the first three: one less if it needs one for what is left of all. */
export function room(ems, groups, all) {
  const columns = Math.max(0, Math.floor((ems - 16) / 8.5));
  return columns >= groups && groups === all ? groups : Math.min(groups, Math.max(0, columns - 1));
}

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
export const plain = (text) => String(text ?? "").replace(HIDDEN, (hidden) => `\\u{${hidden.codePointAt(0).toString(16)}}`);

/** Milliseconds in words: 820 ms, 4.2 s, 3 min, 5 h. */
export function duration(ms) {
  if (!Number.isFinite(ms)) return "–";
  const [size, sign] = [Math.abs(ms), ms < 0 ? "−" : ""];
  const steps = [[1000, 1, "ms", 0], [60_000, 1000, "s", 1], [5_400_000, 60_000, "min", 0], [172_800_000, 3_600_000, "h", 1]];
  const [, unit, name, digits] = steps.find(([limit]) => size < limit) ?? [0, 86_400_000, "days", 1];
  return `${sign}${(size / unit).toFixed(digits)} ${name}`;
}

/** Records a second in words, below 10 with a tenth: 1.99 a second is not 1. */
export const rate = (value) => `${value >= 0.05 && value < 9.95 ? value.toFixed(1) : Math.round(value ?? 0).toLocaleString()}/s`;

/** Where an axis from 0 on ends that shows `most`: at a round number, half of which is round too. */
export function ceiling(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 4, 6, 8, 10].find((step) => step * power >= most) * power;
}

/** The same for milliseconds: a number that is round in the unit that [`duration`] tells it in. */
export function ceilingMs(most) {
  const unit = [172_800_000, 3_600_000, 60_000, 1000].findIndex((limit) => most > limit);
  const size = [86_400_000, 3_600_000, 60_000, 1000][unit] ?? 1;
  return ceiling(most / size) * size;
}

/** Bytes in words. */
export function bytes(count) {
  const power = count < 1 ? 0 : Math.min(4, Math.floor(Math.log2(count) / 10));
  return `${(count / 1024 ** power).toFixed(power ? 1 : 0)} ${["B", "KiB", "MiB", "GiB", "TiB"][power]}`;
}
