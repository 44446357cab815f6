"""The job in Pathway: https://pathway.com/developers/user-guide/temporal-data/windows-manual and, for lateness,
https://pathway.com/developers/user-guide/temporal-data/behavior

Windows have a cutoff of the lateness, so that they leave memory; the clock of a behaviour is the largest time that was seen
in all partitions, so a partition that is read faster makes the sales of others late. The variant `remedy` has no cutoff, and
keeps every window. A replay reads in mode `static`, which ends. Amounts are whole cents. It runs on as many threads as it is
told (https://pathway.com/developers/user-guide/advanced/worker-architecture).
"""

import os
from datetime import datetime, timedelta

os.environ["PATHWAY_THREADS"] = os.environ["RIVAL_WORKERS"]

import pathway as pw  # noqa: E402: it reads the number of threads when it is imported

LIVE = bool(os.environ["RIVAL_LIVE"])
SIZE, STEP, LATENESS = (timedelta(milliseconds=int(os.environ[f"RIVAL_{each}_MS"])) for each in ("SIZE", "STEP", "LATENESS"))


class Sale(pw.Schema):
    id_pedido: str
    categoria: str
    valor: float
    timestamp: str


def main():
    sales = pw.io.kafka.read(
        {
            "bootstrap.servers": os.environ["RIVAL_BROKERS"],
            "group.id": os.environ["RIVAL_NAME"],
            "auto.offset.reset": "earliest",
        },
        topic=os.environ["RIVAL_TOPIC"],
        schema=Sale,
        format="json",
        mode="streaming" if LIVE else "static",
        autocommit_duration_ms=10 if LIVE else 1_000,
    )
    sales = sales.select(
        group=sales[os.environ["RIVAL_GROUP"]],
        cents=pw.cast(int, (sales.valor * 100).num.round(0)),
        at=sales.timestamp.dt.strptime("%Y-%m-%dT%H:%M:%S.%f"),
    )
    origin = datetime(1970, 1, 1)
    windows = pw.temporal.tumbling(SIZE, origin) if SIZE == STEP else pw.temporal.sliding(STEP, SIZE, origin=origin)
    behavior = None if os.environ["RIVAL_VARIANT"] == "remedy" else pw.temporal.common_behavior(cutoff=LATENESS)
    totals = sales.windowby(sales.at, window=windows, instance=sales.group, behavior=behavior).reduce(
        group=pw.this._pw_instance,
        start=pw.this._pw_window_start.dt.timestamp(unit="ms"),
        cents=pw.reducers.sum(pw.this.cents),
        count=pw.reducers.count(),
    )
    lines = totals.select(
        totals.group, start=pw.cast(int, totals.start), sum=totals.cents / 100, count=totals["count"]
    )
    pw.io.jsonlines.write(lines, os.path.join(os.environ["RIVAL_RESULTS"], "lines"))
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)


if __name__ == "__main__":
    main()
