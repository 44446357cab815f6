"""The job in Structured Streaming, in update mode, as
https://spark.apache.org/docs/4.0.0/structured-streaming-programming-guide.html has windows with a watermark.

A replay takes what is there by the trigger `availableNow`; where sales come in, each batch begins when the one before has
ended. There are as many shuffle partitions as threads, instead of 200. Amounts are decimals. `pom.xml` pins the source for
Kafka, which is on the class path before the start, so nothing is resolved while the clock runs.
"""

import os

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, count, from_json, sum as total, unix_millis, window

RESULTS, LIVE = os.environ["RIVAL_RESULTS"], bool(os.environ["RIVAL_LIVE"])
GROUP, WORKERS = os.environ["RIVAL_GROUP"], os.environ["RIVAL_WORKERS"]
SIZE, STEP, LATENESS = (os.environ[f"RIVAL_{name}_MS"] + " milliseconds" for name in ("SIZE", "STEP", "LATENESS"))
SCHEMA = "id_pedido STRING, categoria STRING, valor DECIMAL(18, 2), timestamp TIMESTAMP"


def session():
    builder = SparkSession.builder.appName("rival").master(f"local[{WORKERS}]")
    for name, value in {
        "spark.driver.memory": "2g",
        "spark.driver.extraClassPath": os.path.join(os.environ["RIVAL_INSTALLED"], "lib", "*"),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.local.dir": os.environ["RIVAL_STATE"],
        "spark.sql.shuffle.partitions": WORKERS,
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def main():
    spark = session()
    records = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", os.environ["RIVAL_BROKERS"])
        .option("subscribe", os.environ["RIVAL_TOPIC"])
        .option("startingOffsets", "earliest")
        .load()
    )
    sales = records.select(from_json(col("value").cast("string"), SCHEMA).alias("sale")).select("sale.*")
    totals = (
        sales.withWatermark("timestamp", LATENESS)
        .groupBy(col(GROUP).alias("group"), window("timestamp", SIZE, STEP))
        .agg(total("valor").alias("sum"), count("*").alias("count"))
        .select("group", unix_millis(col("window.start")).alias("start"), "sum", "count")
    )
    writer = totals.writeStream.outputMode("update").option("checkpointLocation", os.environ["RIVAL_STATE"])
    if LIVE:
        with open(os.path.join(RESULTS, "lines"), "w", encoding="utf-8") as lines:

            def show(batch, _):
                lines.writelines(line + "\n" for line in batch.toJSON().collect())
                lines.flush()

            writer.foreachBatch(show).trigger(processingTime="0 seconds").start().awaitTermination()
    else:

        def keep(batch, number):
            batch.write.json(os.path.join(RESULTS, str(number)))

        writer.foreachBatch(keep).trigger(availableNow=True).start().awaitTermination()
    spark.stop()


if __name__ == "__main__":
    main()
