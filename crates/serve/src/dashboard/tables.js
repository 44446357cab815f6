// The tables of totals: group by group, window by window. What there is no room for is behind a button that says what it shows.

import { by, fill, number, say, title } from "./dom.js";
import { plain, room, units } from "./model.js";

/** How many rows of groups are shown at first, and how many when somebody asks for more, and once more. */
const ROWS = [10, 50, 1000];
/** How many windows are shown. */
export const WINDOWS = 12;

export class Tables {
  #layout;
  #clock;
  #colours;
  #changed;
  #step = 0;
  #isWide = false;
  #seen = new Map();

  /** Tables of `layout`; `changed` is called when the person wants more, `explain(start, fields, text)` when they want to know where a number is from. */
  constructor(layout, clock, colours, changed, explain) {
    [this.#layout, this.#clock, this.#colours, this.#changed] = [layout, clock, colours, changed];
    by("groups-more").onclick = () => this.#turn(() => (this.#step = (this.#step + 1) % ROWS.length));
    by("windows-more").onclick = () => this.#turn(() => (this.#isWide = !this.#isWide));
    by("windows").onclick = ({ target }) => {
      const { start, fields } = target.closest("button.cell")?.dataset ?? {};
      if (start) explain(start, JSON.parse(fields), target.closest("button").textContent);
    };
  }

  #turn(turn) {
    turn();
    this.#changed();
  }

  /** How many groups are to be asked for. */
  get limit() {
    return ROWS[this.#step];
  }

  /** The sums of each group, the largest first. */
  groups(day, total, formats) {
    const { totals } = this.#layout;
    const of = (group) => this.#layout.units(group, total);
    const rows = day.groups.slice(0, this.limit);
    const most = Math.max(1, ...rows.map(of));
    const head = ["group", ...totals.map((each) => ({ ...title(formats.get(each.name).title), className: "number" }))];
    fill(by("groups"), head, rows.map((row) => {
      const name = this.#layout.group(row.group.fields);
      const colour = this.#colours.of(name);
      const sums = totals.map((each) => number(formats.get(each.name).bareUnits(this.#layout.units(row, each))));
      return [{ shape: "bar", text: name, share: of(row) / most, colour, className: "name" }, ...sums];
    }));
    const left = day.of - rows.length;
    more(by("groups-more"), left > 0 ? (this.#step + 1 < ROWS.length ? `${left.toLocaleString("en")} more` : `first ${rows.length.toLocaleString("en")} of ${day.of.toLocaleString("en")}: filter to find others`) : this.#step > 0 && day.of > ROWS[0] ? "fewer" : "");
  }

  /**
   * The newest windows: the sum over all `of` groups, and those of the largest, `groups`. If these are not all, `sums` has the sum of a
   * window, in units.
   */
  windows({ documents, starts, groups, sums, of, firstOpen }, total, format) {
    const layout = this.#layout;
    const em = parseFloat(getComputedStyle(by("windows")).fontSize);
    const columns = this.#isWide ? groups.length : room(by("windows").parentElement.clientWidth / em, groups.length, of);
    const [shown, hidden] = [groups.slice(0, columns), groups.slice(columns)];
    const left = of - shown.length;
    const cells = new Map(documents.map((document) => [`${layout.window(document)} ${layout.group(document.document)}`, document]));
    const value = (start, group) => {
      const document = cells.get(`${start} ${group}`);
      return document ? units(layout.value(document, total), total.scale ?? 0) : 0;
    };
    const sum = (start, names) => names.reduce((sum, group) => sum + value(start, group), 0);
    const head = [title(`window (${this.#clock.zone})`), { shape: "term", term: "final", text: "state" }, number(of === 1 ? format.title : `all ${of.toLocaleString("en")} groups`)];
    const isCut = left > 0 && columns > 0;
    const more = isCut ? [number(`${left.toLocaleString("en")} more`)] : [];
    fill(by("windows"), [...head, ...shown.map((text) => ({ text, className: "number name" })), ...more], starts.map((start) => {
      const all = sums.get(start) ?? sum(start, groups);
      const others = all - sum(start, shown);
      return [
        layout.label(start, this.#clock), this.#state(start, firstOpen),
        { ...this.#fresh(`${start} all`, format.bareUnits(all)), className: "number sum" },
        ...shown.map((group) => this.#cell(start, group, cells.get(`${start} ${group}`), total, format)),
        ...(isCut ? [this.#fresh(`${start} more`, format.bareUnits(others))] : []),
      ];
    }));
    this.#more(hidden.length, groups.length, of);
    if (this.#seen.size > 5000) this.#seen.clear();
  }

  /** Offers a column for each group that has a line: there are none for `of` groups, if these are more. */
  #more(hidden, lines, of) {
    const those = lines < of ? `the ${lines} largest groups` : `all ${lines} groups`;
    more(by("windows-more"), this.#isWide ? "fewer groups" : hidden > 0 ? those : "");
    by("windows-more").setAttribute("aria-expanded", String(this.#isWide));
  }

  #state(start, firstOpen) {
    const isFinal = this.#layout.isFinal(start, firstOpen);
    return { shape: "pill", quality: isFinal ? "good" : "", text: isFinal ? "final" : "open" };
  }

  /** A number of a group, which can be explained. */
  #cell(start, group, document, total, format) {
    if (!document) return number("");
    const text = format.bare(this.#layout.value(document, total));
    const data = { start, fields: JSON.stringify(this.#layout.fields(document)) };
    const label = plain(`${group}, ${this.#clock.stamp(start)} ${this.#clock.zone}: ${text}. Where does it come from?`);
    return { ...this.#fresh(`${start} ${group}`, text), shape: "button", data, label };
  }

  /** A number that is lit if it has just changed. */
  #fresh(key, text) {
    const isFresh = this.#seen.has(key) && this.#seen.get(key) !== text;
    this.#seen.set(key, text);
    return { ...number(text), isFresh };
  }
}

/** A button that says what is behind it; none if there is nothing. */
function more(button, text) {
  button.hidden = !text;
  say(button, text);
}

/** The newest alerts, if there are any. */
export function alerts({ alerts, of }, clock) {
  const shown = alerts.slice(0, 10);
  say(by("alerts-span"), shown.length < of ? `newest ${shown.length} of ${of.toLocaleString("en")}` : "");
  by("alerts").hidden = alerts.length === 0;
  const quality = { info: "good", critical: "bad" };
  fill(by("alerts-list"), [title(`window (${clock.zone})`), "", "", "sent"], shown.map(({ alert, is_old, targets }) => [
    clock.time(alert.window_start), { shape: "pill", quality: quality[alert.severity] ?? "", text: alert.severity },
    { text: alert.message, className: "words" },
    is_old ? "too old to send" : Object.entries(targets).map(([target, state]) => `${target}: ${state.split(" ")[0]}`).join(", "),
  ]));
}
