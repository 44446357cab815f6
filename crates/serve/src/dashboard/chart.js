// The chart of the newest windows: one line for each group, dashed where windows are open and still filling.

import { make, say } from "./dom.js";

/** Seconds between two marks of the time axis. */
const STEPS = [60, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400, 604_800];

/** What charts have in common: the colours of the scheme and the size of the text. */
export function style(box) {
  const of = getComputedStyle(document.documentElement);
  const [soft, line, fill] = ["--soft", "--line", "--open"].map((name) => of.getPropertyValue(name).trim());
  const em = parseFloat(getComputedStyle(box).fontSize);
  const font = `${Math.round(em * 0.78)}px system-ui, sans-serif`;
  return { soft, line, fill, em, axis: { stroke: soft, font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } } };
}

/** The marks of a time axis: hours and minutes, and below them the day. */
export function marks() {
  const [hours, days] = ["{HH}:{mm}", "\n{YYYY}-{MM}-{DD}"];
  return [86400, 3600, 60, 1].map((step) => [step, step >= 86400 ? "{YYYY}-{MM}-{DD}" : hours, null, null, step >= 86400 ? null : days, null, null, null, 1]);
}

export class Chart {
  #box;
  #legend;
  #unzoom;
  #clock;
  #plot;
  #key;
  /** What is shown: {data, groups, colours, format, open}. */
  #shown;
  /** From when to when, in seconds, if somebody has looked closer. */
  #zoom = null;
  /** The window whose values the legend shows, in seconds; null for the newest final one. */
  #picked = null;
  #hidden = new Set();

  /** A chart in `box`, with its values in `legend`, whose times are those of `clock`. */
  constructor(box, legend, unzoom, clock) {
    [this.#box, this.#legend, this.#unzoom, this.#clock] = [box, legend, unzoom, clock];
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(box);
    unzoom.onclick = () => this.#look(null);
  }

  #size() {
    return { width: this.#box.clientWidth, height: Math.min(900, Math.max(240, innerHeight * 0.32)) };
  }

  /** Shows `data`: times in seconds, then a row for each of `groups`, of which windows from index `open` on are open. */
  show(data, open, groups, colours, format) {
    this.#shown = { data, open, groups, colours, format };
    if (this.#zoom && !(this.#zoom[0] < data[0].at(-1) && this.#zoom[1] > data[0][0])) this.#zoom = null; // it has gone by
    const { soft, em } = style(this.#box);
    const key = JSON.stringify([groups, groups.map((group) => colours.of(group)), soft, em, format.name, data[0].length < 3]);
    if (key === this.#key) this.#plot.setData(this.#rows());
    else this.#build();
    this.#key = key;
    this.#tell();
  }

  /** The rows of the plot: of each group first the final windows, then the open ones, joined to the last before them. */
  #rows() {
    const { data: [times, ...rows], open } = this.#shown;
    const final = rows.map((row) => row.map((value, index) => (index < open ? value : null)));
    const still = rows.map((row) => row.map((value, index) => (index >= open - 1 ? value : null)));
    return [times, ...final, ...still];
  }

  #build() {
    this.#plot?.destroy();
    const { data, groups, colours, format } = this.#shown;
    const { axis, em } = style(this.#box);
    const of = (more) => groups.map((group) => ({ label: group, show: !this.#hidden.has(group), stroke: colours.of(group), spanGaps: true, ...more }));
    const width = Math.max(2, em / 8);
    const points = { show: data[0].length < 3 };
    this.#plot = new uPlot({
      ...this.#size(),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), this.#clock.zone),
      legend: { show: false },
      padding: [null, em * 2.4, null, null], // the last mark may be a day's
      cursor: { drag: { setScale: false }, bind: { dblclick: () => () => this.#look(null) } },
      series: [{}, ...of({ width, points }), ...of({ width, points, dash: [em / 3, em / 3], alpha: 0.55 })],
      axes: [
        { ...axis, values: marks(), incrs: STEPS, size: em * 3, space: em * 4 },
        { ...axis, space: em * 2.2, size: (_, values) => Math.max(...(values ?? [""]).map((text) => text.length)) * em * 0.5 + em * 1.6, values: (_, values) => values.map((value) => format.short(value)) },
      ],
      scales: {
        x: { range: (_, low, high) => this.#zoom ?? (this.#shown.data[0].length === 1 ? [low - 60, low + 60] : [low, high]) },
        y: { range: (_, low, high) => [Math.min(0, low ?? 0), (high ?? 1) * 1.05 || 1] },
      },
      hooks: {
        drawClear: [(plot) => this.#shade(plot)],
        draw: [({ scales: { x: { min, max } } }) => (this.#box.dataset.shows = [min, max].map(Math.round).join(" to "))],
        setSelect: [() => this.#select()],
        setCursor: [({ cursor: { idx } }) => this.#pick(idx)],
      },
    }, this.#rows(), this.#box);
  }

  /** Says where windows are open, and which one the values are of. */
  #shade(plot) {
    const { data: [times], open } = this.#shown;
    const { ctx, bbox: { left, top, width, height } } = plot;
    const { fill, soft } = style(this.#box);
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    if (open < times.length) {
      const from = Math.max(left, plot.valToPos(times[Math.max(0, open - 1)], "x", true));
      ctx.fillStyle = fill;
      ctx.fillRect(from, top, left + width - from, height);
    }
    if (this.#picked !== null) {
      ctx.fillStyle = soft;
      ctx.fillRect(plot.valToPos(this.#picked, "x", true), top, devicePixelRatio, height);
    }
    ctx.restore();
  }

  #select() {
    const { left, width } = this.#plot.select;
    if (width < 4) return;
    this.#plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.#look([left, left + width].map((position) => this.#plot.posToVal(position, "x")));
  }

  /** Looks closer, or at everything. */
  #look(zoom) {
    this.#zoom = zoom;
    this.#unzoom.hidden = !zoom;
    this.#plot?.setData(this.#rows());
  }

  /** Keeps the window that somebody points at, until another one is. */
  #pick(index) {
    const time = this.#shown.data[0][index];
    if (time === undefined || time === this.#picked) return;
    this.#picked = time;
    this.#tell();
    this.#plot.redraw(false);
  }

  /** The values of the window that was pointed at last, or of the newest final one. */
  #tell() {
    const { data: [times, ...rows], open, groups, colours, format } = this.#shown;
    this.#unzoom.hidden = !this.#zoom;
    let index = times.indexOf(this.#picked);
    if (index < 0) [index, this.#picked] = [open > 0 ? open - 1 : times.length - 1, null];
    if (this.#legend.children.length !== groups.length + 1) {
      this.#legend.replaceChildren(make("span", "when"), ...groups.map((_, place) => this.#entry(place)));
    }
    const [when, ...entries] = this.#legend.children;
    say(when, index < 0 ? "" : `${this.#clock.stamp(new Date(times[index] * 1000))} ${this.#clock.zone}, ${index < open ? "final" : "open"}`);
    entries.forEach((entry, place) => {
      const [dot, name, value] = entry.children;
      dot.style.background = colours.of(groups[place]);
      say(name, groups[place]);
      say(value, rows[place][index] == null ? "–" : format.number(rows[place][index]));
      entry.setAttribute("aria-pressed", String(!this.#hidden.has(groups[place])));
    });
  }

  /** A group with its value; it hides the group's line, or shows it again. */
  #entry(place) {
    const entry = make("button", "entry", make("i", "dot"), make("span"), make("b"));
    entry.type = "button";
    entry.onclick = () => {
      const { groups } = this.#shown;
      const group = groups[place];
      if (!this.#hidden.delete(group)) this.#hidden.add(group);
      const show = !this.#hidden.has(group);
      [place, place + groups.length].forEach((row) => this.#plot.setSeries(row + 1, { show }));
      this.#tell();
    };
    return entry;
  }
}
