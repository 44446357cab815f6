// What the page says in sentences. Pure.

import { altogether, duration } from "./model.js";

const count = (value) => (value ?? 0).toLocaleString("en");
const many = (value, one, more = `${one}s`) => `${count(value)} ${value === 1 ? one : more}`;

/** What words of the page mean, for who asks. */
export const TERMS = {
  promise: "The watermark of a partition: the largest event time counted in it, or the k-th largest if event.confirm says so. Windows that close at or before it take no more events from this partition.",
  generation: "Which run of this dataflow over this sink it is, counted from 1 (a fencing token). A run of a larger generation has taken over, and the sink refuses what an older one writes.",
  final: "A final window is closed for good: its lateness is over in every partition, its totals are in the sink and do not change any more. An open one is still filling.",
  frontier: "Every window that ends at or before this time is final, and is in the sink.",
  lag: "Offsets between what is read and the end of each partition, together: at least as many as there are records to come.",
  freshness: "How long the oldest record has waited at most that was read and is not in the sink yet.",
  latency: "How long one write to the sink takes, with its acknowledgement.",
  rate: "Records read from Kafka in a second.",
  checkpoint: "A consistent copy of what the run has in hand. After a restart it goes on from the newest one, and counts every record once.",
  epochs: "Batches of records that are read and not yet acknowledged by the sink, of all workers of this process together. Each worker reads on until epochs.in_flight of its own are on their way.",
  filtered: "Events that the dataflow does not want, by its condition (totals.where). They are in no total; their times close windows as those of others do.",
  late: "Events that came after their window was closed. They are in no total; a topic of their own can have them ([late]).",
  duplicates: "Events whose id had been counted before in their partition and window ([dedup]).",
  dead: "Records that are no event of this dataflow: the reason is below. A topic of their own can have them ([dead_letter]).",
};

/** Where something is: `mongodb mongodb://localhost:27017`. */
const place = ({ kind, server }) => [kind === "kafka" ? "Kafka" : kind, server].filter(Boolean).join(" at ");

/** A sentence of somebody else's, with an end for the next one to follow. */
const ended = (text) => (/[.?!…]$/.test(text) ? text : `${text}.`);

/** What does not answer, since when and why, worst first. `lost` is since when, and why, the engine itself does not, if it does not. */
export function notices(status, clock, lost) {
  const found = [];
  if (lost) {
    found.push({
      title: `The engine does not answer this page since ${clock.moment(lost.since)}`,
      detail: `${lost.why} This page shows what was so by then, and tries again every second.`,
    });
    return found;
  }
  if (status.failure) found.push({ title: "The run has failed", detail: status.failure });
  const away = [[status.kafka_away, place(status.dataflow.source)], [status.sink.away, place(status.dataflow.sink)]];
  for (const [absence, who] of away) {
    if (!absence) continue;
    found.push({ title: `${who} does not answer since ${clock.moment(absence.since)}`, detail: `${ended(absence.why)} The run waits and goes on by itself when it is back; nothing is lost.` });
  }
  return found;
}

/** What is to be said, and done next, where there is no document yet. */
export function empty(status) {
  const { phase, partitions, dataflow: { source } } = status;
  const lag = partitions.reduce((sum, partition) => sum + partition.lag, 0);
  const { read, counted } = altogether(status);
  if (phase === "connecting") return { title: "The engine is connecting to its servers.", detail: "It says in its log what it waits for." };
  if (read === 0 && lag > 0) return { title: `${many(lag, "record waits", "records wait")} to be read.`, detail: "The first totals come in a moment." };
  if (read === 0) {
    return {
      title: "No record has come yet.",
      detail: `What is sent to topic ${source.name} is counted as soon as it is there. Is it the topic of the sales? Then make some:`,
      command: `mare produce --brokers ${quoted(source.server)} --topic ${quoted(source.name)} --rate 100`,
    };
  }
  if (counted === 0) {
    return { title: `${many(read, "record was", "records were")} read, and none is counted.`, detail: "“Not counted”, below, has the reasons, with a record of each: the dataflow file and the records do not agree." };
  }
  return { title: "The first documents are on their way to the sink.", detail: "They are shown when it has acknowledged them." };
}

/** Where a run goes on, in words; nothing if that is not known. */
export function resumed({ resumed, checkpoint_every_ms: every, phase }, clock) {
  if (resumed) return `went on from the checkpoint of ${clock.moment(resumed.through)}, with ${many(resumed.account.read, "record")} read before`;
  return every !== null && phase !== "connecting" ? "began without a checkpoint" : "";
}

/** What there is to say of checkpoints if this run has taken none yet. */
export function unsaved({ checkpoint_every_ms: every }) {
  return every === null ? "none: this run keeps no state, and would begin anew" : `none yet: one every ${duration(every)}`;
}

/** A text as a word of a shell. */
export const quoted = (text) => (/^[\w.:,/@%+=-]+$/.test(text) ? text : `'${String(text).replaceAll("'", "'\\''")}'`);

/** The command that explains a document: its window's start and the fields of its group. */
export function command(start, fields) {
  const groups = Object.entries(fields).map(([name, value]) => ` --group ${quoted(`${name}=${value}`)}`);
  return `mare explain FILE --window ${start}${groups.join("")}`;
}

/** What an explanation comes to, as `mare explain` says it. */
export function verdict({ equal, certain, recomputable, not_shown_yet: unshown, unreadable, numbers, partitions }) {
  const said = [];
  if (unreadable) said.push(`The document in the sink is none that a run writes: ${unreadable}.`);
  if (!recomputable) said.push("Records are gone from the topic: the recomputed numbers are those of what is left.");
  if (!certain) said.push("The window is open: events may still come.");
  const isNowhere = partitions.length === 0 && Object.values(numbers).every(({ sink, recomputed }) => sink === null && recomputed === null);
  if (isNowhere) said.push("There is no such document, neither in the sink nor by the topic.");
  else if (equal) said.push("The document is what the topic says.");
  else if (unshown > 0) said.push(`The sink does not show ${many(unshown, "of these events", "of these events")} yet.`);
  else said.push(recomputable ? "The document is not what the topic says: mare verify looks at all documents." : "The document cannot be recomputed.");
  return { said, isGood: equal && recomputable && !isNowhere };
}
