"""The job in Bytewax: https://docs.bytewax.io/stable/guide/concepts/windowing.html

Windows by event time, which wait as long as the lateness is, and are folded in any order; each total is written once, when its
window has closed. The clock of a group is the largest time seen in it, from whatever partition, so a partition that is read
faster makes the sales of others late. The documented remedy is to wait longer: the variant `remedy` waits a day, so that
windows close at the end alone. Amounts are whole cents. It has as many workers as it is told.
"""

import json
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

import bytewax.operators as op
import bytewax.operators.windowing as win
import orjson
from bytewax.connectors.kafka import KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.run import cli_main

GROUP, WORKERS = os.environ["RIVAL_GROUP"], int(os.environ["RIVAL_WORKERS"])
SIZE, STEP, LATENESS = (timedelta(milliseconds=int(os.environ[f"RIVAL_{each}_MS"])) for each in ("SIZE", "STEP", "LATENESS"))
WAIT = timedelta(days=1) if os.environ["RIVAL_VARIANT"] == "remedy" else LATENESS
ORIGIN = datetime(2025, 1, 1, tzinfo=timezone.utc)


def read(message):
    sale = orjson.loads(message.value)
    time = datetime.fromisoformat(sale["timestamp"]).replace(tzinfo=timezone.utc)
    return sale[GROUP], (time, round(sale["valor"] * 100))


def add(total, sale):
    total[0] += sale[1]
    total[1] += 1
    return total


def merge(one, other):
    return [one[0] + other[0], one[1] + other[1]]


def line(item):
    group, (window, (cents, count)) = item
    start = int((ORIGIN + window * STEP).timestamp() * 1000)
    return json.dumps({"group": group, "start": start, "sum": cents / 100, "count": count}, ensure_ascii=False) + "\n"


class Part(StatelessSinkPartition):
    def __init__(self, path):
        self.file = open(path, "w", encoding="utf-8")

    def write_batch(self, lines):
        self.file.writelines(lines)

    def close(self):
        self.file.close()


class Lines(DynamicSink):
    """A file of each worker. `DirSink` would sync with the disk for each batch, which nobody else does."""

    def build(self, _step_id, worker, _workers):
        return Part(Path(os.environ["RIVAL_RESULTS"], f"lines-{worker}"))


def dataflow():
    flow = Dataflow("rival")
    source = KafkaSource([os.environ["RIVAL_BROKERS"]], [os.environ["RIVAL_TOPIC"]], tail=False, batch_size=10_000)
    sales = op.map("read", op.input("kafka", flow, source), read)
    clock = win.EventClock(ts_getter=lambda sale: sale[0], wait_for_system_duration=WAIT)
    if SIZE == STEP:
        windower = win.TumblingWindower(length=SIZE, align_to=ORIGIN)
    else:
        windower = win.SlidingWindower(length=SIZE, offset=STEP, align_to=ORIGIN)
    totals = win.fold_window("totals", sales, clock, windower, lambda: [0, 0], add, merge, ordered=False)
    lines = op.map("line", totals.down, line)
    op.output("lines", lines, Lines())
    return flow


if __name__ == "__main__":
    cli_main(dataflow(), workers_per_process=WORKERS)
