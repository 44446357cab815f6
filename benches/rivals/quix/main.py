"""The job in Quix Streams: https://quix.io/docs/quix-streams/windowing.html and groupby.html beside it.

Sales are keyed by their group, which goes through a repartition topic, and reduced in windows whose totals are given out each
time they change (`current`). There are as many processes in one consumer group as it is told, which is how it scales. Amounts
are whole cents.

Within a partition of the repartition topic sales of several source partitions meet, and the clock is the largest time seen
there, so a partition that is read faster makes the sales of others late. The documented remedy is a longer grace: the variant
`remedy` has a day.
"""

import json
import os
import threading
import time
from datetime import datetime, timedelta, timezone
from multiprocessing import Event, Process, Value
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition
from quixstreams import Application

BROKERS, TOPIC, GROUP = (os.environ[f"RIVAL_{name}"] for name in ("BROKERS", "TOPIC", "GROUP"))
WORKERS, LIVE = int(os.environ["RIVAL_WORKERS"]), bool(os.environ["RIVAL_LIVE"])
SIZE, STEP, LATENESS = (timedelta(milliseconds=int(os.environ[f"RIVAL_{each}_MS"])) for each in ("SIZE", "STEP", "LATENESS"))
GRACE = timedelta(days=1) if os.environ["RIVAL_VARIANT"] == "remedy" else LATENESS


def milliseconds(sale, _headers, _timestamp, _timestamp_type):
    return int(datetime.fromisoformat(sale["timestamp"]).replace(tzinfo=timezone.utc).timestamp() * 1000)


def first(sale):
    return [round(sale["valor"] * 100), 1]


def add(total, sale):
    return [total[0] + round(sale["valor"] * 100), total[1] + 1]


def line(group, start, total):
    cents, count = total
    return json.dumps({"group": group, "start": start, "sum": cents / 100, "count": count}, ensure_ascii=False) + "\n"


def records():
    client = Consumer({"bootstrap.servers": BROKERS, "group.id": os.environ["RIVAL_NAME"] + "-ends"})
    partitions = client.list_topics(TOPIC).topics[TOPIC].partitions
    ends = [client.get_watermark_offsets(TopicPartition(TOPIC, each)) for each in partitions]
    client.close()
    return sum(high - low for low, high in ends)


def work(worker, seen, ended):
    app = Application(
        broker_address=BROKERS,
        consumer_group=os.environ["RIVAL_NAME"],
        auto_offset_reset="earliest",
        state_dir=os.path.join(os.environ["RIVAL_STATE"], str(worker)),
        loglevel="WARNING",
        consumer_poll_timeout=0.1,
        producer_extra_config={"linger.ms": 0} if LIVE else {},
    )
    topic = app.topic(TOPIC, value_deserializer="json", timestamp_extractor=milliseconds)
    totals = {}
    lines = open(Path(os.environ["RIVAL_RESULTS"], f"lines-{worker}"), "w", encoding="utf-8")

    def note(_sale):
        with seen.get_lock():
            seen.value += 1

    def keep(window, group, _timestamp, _headers):
        if LIVE:
            lines.write(line(group, window["start"], window["value"]))
            lines.flush()
        else:
            totals[window["start"], group] = window["value"]

    sales = app.dataframe(topic)[[GROUP, "valor"]].group_by(GROUP).update(note)
    late = {"on_late": lambda *_: False}  # each would be logged
    if SIZE == STEP:
        windows = sales.tumbling_window(SIZE, GRACE, **late)
    else:
        windows = sales.hopping_window(SIZE, STEP, GRACE, **late)
    windows.reduce(add, first).current().update(keep, metadata=True)
    threading.Thread(target=lambda: (ended.wait(), app.stop()), daemon=True).start()
    app.run()
    for (start, group), total in totals.items():
        lines.write(line(group, start, total))
    lines.close()


def main():
    seen, ended, wanted = Value("q", 0), Event(), records()
    workers = [Process(target=work, args=(worker, seen, ended)) for worker in range(WORKERS)]
    for worker in workers:
        worker.start()
    while (LIVE or seen.value < wanted) and all(worker.is_alive() for worker in workers):
        time.sleep(0.01)
    ended.set()
    for worker in workers:
        worker.join()
        if worker.exitcode:
            raise SystemExit(f"a worker ended with {worker.exitcode}")


if __name__ == "__main__":
    main()
