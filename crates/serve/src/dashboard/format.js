// How numbers of a total are written, with what they are measured in. Pure.

/** Whether a unit is a currency that this browser can write. */
export function isCurrency(unit) {
  return /^[A-Z]{3}$/.test(unit ?? "") && Intl.supportedValuesOf("currency").includes(unit);
}

/** Writes numbers of one total, `{name, scale, unit}`, as people of `locale` do. */
export class Format {
  #exact;
  #bare;
  #short;
  #scale;
  #suffix;

  constructor({ name, scale, unit }, locale = []) {
    const digits = { minimumFractionDigits: scale ?? 0, maximumFractionDigits: scale ?? 0 };
    const money = isCurrency(unit) ? { style: "currency", currency: unit, currencyDisplay: "narrowSymbol" } : {};
    const compact = { ...money, notation: "compact", minimumFractionDigits: 0, maximumFractionDigits: 1 };
    [this.#bare, this.#exact] = [new Intl.NumberFormat(locale, digits), new Intl.NumberFormat(locale, { ...money, ...digits })];
    [this.#short, this.#scale] = [new Intl.NumberFormat(locale, compact), scale ?? 0];
    this.#suffix = unit && !money.style ? `\u00a0${unit}` : "";
    this.name = name;
    this.unit = unit;
    this.symbol = money.style ? this.#exact.formatToParts(0).find(({ type }) => type === "currency").value : unit ?? "";
  }

  /** What heads a column of bare numbers: `faturamento_total (R$)`. */
  get title() {
    return this.symbol ? `${this.name} (${this.symbol})` : this.name;
  }

  /** All digits, with the unit: R$1,234.50, 1,234 Wh. */
  number(value) {
    return this.#exact.format(value) + this.#suffix;
  }

  /** All digits, without it, for a column whose head has it. */
  bare(value) {
    return this.#bare.format(value);
  }

  /** As [`number`] for whole units of 10^-scale. */
  units(units) {
    return this.number(units / 10 ** this.#scale);
  }

  /** As [`bare`] for whole units of 10^-scale. */
  bareUnits(units) {
    return this.bare(units / 10 ** this.#scale);
  }

  /** Three digits or so, for an axis. */
  short(value) {
    return this.#short.format(value) + this.#suffix;
  }
}
