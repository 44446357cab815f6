// The page in a browser, over an engine that is none. Run by `node --test`; passed over where no browser has been fetched yet.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";

import { launch, missing } from "./browser.mjs";
import { STATUS, account, engine, sale } from "./engine.mjs";

let browser;
before(async () => (browser = missing ? null : await launch()));
after(() => browser?.close());

/** A test of the page of an engine of which `known` is known, in a window so wide. */
function look(name, known, width, see) {
  test(name, { skip: missing }, () => engine(known, async (address) => {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    const problems = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    await page.addInitScript(watchMarks);
    await page.goto(address);
    await page.waitForFunction(() => document.querySelector("#flow b")?.textContent);
    await see(page);
    await page.close();
    assert.deepEqual(problems, []);
  }));
}

/** In the page: has `marks` tell the marks that charts have drawn, and by how many pixels each lies beyond its canvas. */
function watchMarks() {
  const { fillText } = CanvasRenderingContext2D.prototype;
  window.marks = [];
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    const [{ width }, { a, e }] = [this.measureText(text), this.getTransform()];
    const from = a * (x - width * { left: 0, start: 0, center: 0.5, right: 1, end: 1 }[this.textAlign]) + e;
    window.marks.push({ text, over: Math.round(Math.max(0 - from, from + a * width - this.canvas.width)) });
    return fillText.apply(this, arguments);
  };
}

/** The texts of what is found. */
const texts = (page, selector) => page.locator(selector).allTextContents();

/** Tables that are wider than the room that they have, and by how much. */
const cut = (page) => page.evaluate(() => [...document.querySelectorAll(".scroll")].filter((box) => box.scrollWidth > box.clientWidth).map((box) => [box.textContent, box.scrollWidth - box.clientWidth]));

const crowd = Array.from({ length: 10 }, (_, index) => `g${index}`);
const sparse = [...[0, 2].flatMap((minute) => crowd.map((shop) => sale(shop, minute, 100))), sale("small", 1, 3, 3)];

look("a window in which none of the largest groups has sold anything is shown", { documents: sparse }, 1440, async (page) => {
  assert.deepEqual(await texts(page, "#windows tbody td:first-child"), ["12:02", "12:01", "12:00"]);
  assert.deepEqual(await texts(page, "#windows tbody td.sum"), ["1,000.00", "3.00", "1,000.00"]);
  assert.match(await page.textContent("#chart-span"), /newest 3 windows/);
});

// Just after midnight: the day has one group, and yesterday's windows are of another.
const [young] = crowd;
const today = {
  day: "2026-11-27", from: "2026-11-27T12:02:00Z", to: "2026-11-28T12:02:00Z", is_exact: true, sums: { faturamento_total: 100, volume_vendas: 1 }, documents: 1,
  groups: [{ group: { text: young, fields: { shop: young } }, sums: { faturamento_total: 100, volume_vendas: 1 }, documents: 1 }], of: 1, all: 1, complete: true, kept: false,
};

look("windows of yesterday have the sums of yesterday's groups", { documents: [sale(young, 2, 100), sale("small", 1, 3)], day: () => today }, 1440, async (page) => {
  assert.deepEqual(await texts(page, "#windows tbody td.sum"), ["100.00", "3.00"]);
});

const earlier = { ...account(70), counted: 65, late: 4, dead: 1, dead_by_reason: { not_json: 1 } };
const later = { ...account(30), counted: 25, late: 3, dead: 2, dead_by_reason: { not_json: 2 } };
const resumed = { documents: sparse, status: { account: later, resumed: { epoch: 1, through: "2026-11-27T11:59:00Z", account: earlier } } };

look("after a restart the same is said of all records everywhere", resumed, 1440, async (page) => {
  assert.deepEqual(await texts(page, ".asides b"), ["7", "0", "3"]);
  assert.deepEqual(await texts(page, "#reasons tbody td"), ["late", "7", "not_json", "3"]);
  assert.equal((await texts(page, "#partitions th"))[1], "read by this run", "nobody knows what others have read of each");
});

look("the headline is of all groups, also if one alone is looked for", { documents: sparse }, 1440, async (page) => {
  await page.fill("#filter", "small");
  await page.waitForFunction(() => document.querySelectorAll("#groups tbody tr").length === 1);
  assert.equal(await page.textContent("#period"), "Totals of 2026-11-27, UTC, all 11 groups");
});

const zone = "America/Sao_Paulo";
const long = [...["Celulares", "Games"].map((shop) => sale(shop, 0, 4_311_687.9, 6_120)), sale("Eletrônicos, eletroportáteis e acessórios para a casa", 0, 4_011_687.9, 5_120)];
const explanation = {
  equal: true, certain: true, recomputable: true, not_shown_yet: 0, unreadable: null,
  numbers: { faturamento_total: { sink: 4_311_687.9, recomputed: 4_311_687.9 }, volume_vendas: { sink: 6_120, recomputed: 6_120 } },
  partitions: [{ partition: 0, first: 1_124_310, last: 1_149_612, counted: 6_120, late: 12, duplicate: 3 }],
  largest_by: "faturamento_total", largest: [{ partition: 0, offset: 1_124_310, time: "2026-11-27T12:00:31Z", adds: 14_776.12 }],
  late: [{ partition: 0, offset: 1_149_999, time: "2026-11-27T12:00:31Z", late_by_ms: 180_123 }],
};
const wide = { documents: long, explain: () => explanation, status: { dataflow: { ...STATUS.dataflow, zone } } };

for (const width of [360, 390, 1280, 1440, 3840]) {
  look(`no number is cut off, also of a group with a long name, at ${width} pixels`, wide, width, async (page) => {
    assert.deepEqual(await cut(page), []);
    if (width < 600) await page.click("#windows-more");
    await page.locator("#windows button.cell").first().click();
    await page.waitForSelector("#explain-answer table");
    assert.deepEqual((await cut(page)).filter(([text]) => text.startsWith("partition") || text.startsWith("field")), []);
    assert.doesNotMatch(await page.textContent("#explain"), /object/);
  });
}

const night = [-59, 0].map((minute) => sale("Games", minute - 12 * 60, 100)); // the last mark is midnight, with its day
const points = Array.from({ length: 300 }, (_, index) => ({
  at: new Date(Date.parse("2026-11-27T12:00:00Z") + index * 10_000).toISOString(), events_per_second: 401, lag: index === 150 ? 175 : 3, unwritten_s: 0.02,
  sink_latency_ms: index === 90 ? 908 : 2, away: false,
}));
const hour = (more) => ({ documents: night, history: () => ({ step_s: 10, points: points.map((point) => ({ ...point, ...more })) }) });

for (const width of [390, 1440, 3840]) {
  look(`every mark of a chart can be read at ${width} pixels`, hour({ lag: 123_456_789, events_per_second: 1_234_567 }), width, async (page) => {
    const marks = await page.evaluate(() => window.marks);
    assert.deepEqual(marks.filter(({ over }) => over > 0), []);
    assert.deepEqual(["12:30", "2026-11-27", "0/s"].filter((text) => !marks.some((mark) => mark.text === text)), []);
  });

  look(`the peaks of the last hour have a scale at ${width} pixels`, hour({}), width, async (page) => {
    const marks = await page.evaluate(() => window.marks.map(({ text }) => text));
    assert.deepEqual(["0", "100", "200", "0 ms", "500 ms", "1.0 s", "300/s"].filter((text) => !marks.includes(text)), []);
  });
}

const many = Array.from({ length: 21 }, (_, index) => [0, 1].map((minute) => sale(`Categoria ${index}`, minute, 431_168.79 - 1000 * index))).flat();

look("who wants more groups is told which ones, and sees them", { documents: many }, 1280, async (page) => {
  const head = await texts(page, "#windows th");
  assert.deepEqual([head[2], head.at(-1)], ["all 21 groups", `${21 - (head.length - 4)} more`]);
  assert.equal(await page.textContent("#windows-more"), "the 10 largest groups");
  await page.click("#windows-more");
  await page.waitForFunction(() => document.querySelectorAll("#windows th").length === 14);
  assert.deepEqual([(await texts(page, "#windows th")).at(-1), await page.textContent("#windows-more"), await cut(page)], ["11 more", "fewer groups", []]);
});

look("what a row is of stays where there is no room for all groups", { documents: many }, 390, async (page) => {
  await page.click("#windows-more");
  await page.waitForFunction(() => document.querySelectorAll("#windows th").length === 14);
  const places = await page.evaluate(() => {
    const [box, cell] = [document.querySelector("#windows").parentElement, document.querySelector("#windows td")];
    box.scrollLeft = 100;
    return [box, cell].map((element) => Math.round(element.getBoundingClientRect().left));
  });
  assert.equal(places[1], places[0]);
});

const away = { since: "2026-11-27T12:00:00Z", for_s: 4, why: "it does not answer in time; is that the host and the port of a Kafka broker?" };

for (const width of [390, 1440]) {
  look(`who has gone down the page still sees what does not answer at ${width} pixels`, { documents: many, status: { kafka_away: away } }, width, async (page) => {
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    const [top, covers] = await page.evaluate(() => {
      const { x, y, width, height } = document.getElementById("trouble").getBoundingClientRect();
      return [y, document.elementFromPoint(x + width / 2, y + height / 2).closest("#trouble") !== null];
    });
    assert.deepEqual([top >= 0 && top < 100, covers], [true, true], `at ${top}`);
  });
}

const checkpoint = { epoch: 1, taken: "2026-11-27T12:00:00Z", age_s: 5, rows: 444, bytes: 33_333 };

for (const width of [360, 1280, 1440]) {
  look(`no word is broken in two at ${width} pixels`, { documents: long, status: { checkpoint, dataflow: { ...STATUS.dataflow, zone } } }, width, async (page) => {
    const lines = await page.evaluate((zone) => [...document.querySelectorAll("#health dd")].filter((each) => each.textContent.includes(zone)).map(({ firstChild: text }) => {
      const range = document.createRange();
      range.setStart(text, text.data.indexOf(zone));
      range.setEnd(text, text.data.indexOf(zone) + zone.length);
      return range.getClientRects().length;
    }), zone);
    assert.deepEqual(lines, [1]);
  });
}
