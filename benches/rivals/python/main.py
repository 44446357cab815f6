"""The flagship by hand: what a good programmer writes who needs no engine, and wants no crash to be survived.

One process a worker, which owns partitions as Maré's workers do and knows how far each is, so that a sale is late for the
log of its own partition: https://docs.confluent.io/platform/current/clients/confluent-kafka-python/html/index.html
(`consume` takes batches, which costs least). Each adds its batches up and sends what has changed to the first process, which
keeps the totals. Amounts are whole cents. Nothing is kept on disk but the lines.
"""

import json
import os
from datetime import datetime, timezone
from multiprocessing import Process, Queue

import orjson
from confluent_kafka import Consumer, TopicPartition

TOPIC = os.environ["RIVAL_TOPIC"]
GROUP = os.environ["RIVAL_GROUP"]
SIZE, STEP, LATENESS = (int(os.environ[f"RIVAL_{name}_MS"]) for name in ("SIZE", "STEP", "LATENESS"))
WORKERS = int(os.environ["RIVAL_WORKERS"])
LIVE = bool(os.environ["RIVAL_LIVE"])
# Many records a call where there are many; soon where there are few.
BATCH, WAIT = 10_000, 0.001 if LIVE else 0.1
# Changes of a replay are passed on now and then, those of sales that come in at once.
PASS_ON = 0 if LIVE else 1_000_000


def consumer():
    return Consumer({
        "bootstrap.servers": os.environ["RIVAL_BROKERS"],
        "group.id": os.environ["RIVAL_NAME"],
        "enable.auto.commit": False,
        "fetch.queue.backoff.ms": 1,
        "fetch.wait.max.ms": 10,
        "queued.min.messages": 1_000_000,
        "fetch.message.max.bytes": 8_388_608,
    })


def milliseconds(text, seconds={}):
    """The time of `2025-11-28T12:00:00.123456`, without an offset, which is UTC; seconds are looked up."""
    head = text[:19]
    at = seconds.get(head)
    if at is None:
        at = seconds[head] = int(datetime.fromisoformat(head).replace(tzinfo=timezone.utc).timestamp()) * 1000
    return at + (int(text[20:23]) if len(text) >= 23 else 0)


def read(worker, queue):
    client = consumer()
    partitions = sorted(client.list_topics(TOPIC).topics[TOPIC].partitions)
    mine = [TopicPartition(TOPIC, each, 0) for each in partitions if each % WORKERS == worker]
    left = {}
    for each in mine:
        low, high = client.get_watermark_offsets(each)
        each.offset = low
        left[each.partition] = high - low
    watermarks = dict.fromkeys(left, -1)
    client.assign(mine)
    changes, taken = {}, 0
    while mine and (LIVE or any(left.values())):
        messages = client.consume(BATCH, WAIT)
        for message in messages:
            if message.error():
                raise SystemExit(str(message.error()))
            partition = message.partition()
            left[partition] -= 1
            sale = orjson.loads(message.value())
            group, cents = sale[GROUP], round(sale["valor"] * 100)
            time, watermark = milliseconds(sale["timestamp"]), watermarks[partition]
            start = time - time % STEP
            counted = False
            while start + SIZE > time:
                if start + SIZE + LATENESS > watermark:
                    counted = True
                    total = changes.get((start, group))
                    if total is None:
                        changes[start, group] = [cents, 1]
                    else:
                        total[0] += cents
                        total[1] += 1
                start -= STEP
            if counted and time > watermark:
                watermarks[partition] = time
        taken += len(messages)
        if changes and (taken > PASS_ON or not messages):
            queue.put(list(changes.items()))
            changes, taken = {}, 0
    if changes:
        queue.put(list(changes.items()))
    queue.put(None)


def line(key, total):
    cents, count = total
    return json.dumps({"group": key[1], "start": key[0], "sum": cents / 100, "count": count}, ensure_ascii=False) + "\n"


def main():
    queue = Queue()
    workers = [Process(target=read, args=(worker, queue), daemon=True) for worker in range(WORKERS)]
    for worker in workers:
        worker.start()
    totals, running = {}, WORKERS
    with open(os.path.join(os.environ["RIVAL_RESULTS"], "lines"), "w", encoding="utf-8") as lines:
        while running:
            changes = queue.get()
            if changes is None:
                running -= 1
                continue
            for key, (cents, count) in changes:
                total = totals.setdefault(key, [0, 0])
                total[0] += cents
                total[1] += count
                if LIVE:
                    lines.write(line(key, total))
            if LIVE:
                lines.flush()
        for key, total in totals.items():
            lines.write(line(key, total))
    for worker in workers:
        worker.join()
        if worker.exitcode:
            raise SystemExit(f"a worker ended with {worker.exitcode}")


if __name__ == "__main__":
    main()
