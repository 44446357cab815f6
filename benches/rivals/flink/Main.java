import java.io.BufferedWriter;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/**
 * The job in Flink SQL, in a cluster within this process.
 *
 * <p>Variant {@code windows}: window functions over event time, whose watermarks are made for each partition, and wait for the
 * lateness; each total is written once, when its window has closed:
 * https://nightlies.apache.org/flink/flink-docs-release-2.2/docs/dev/table/sql/queries/window-agg/
 *
 * <p>Variant {@code groups}: group aggregation, whose totals are written again as they grow, with mini-batches in two phases as
 * https://nightlies.apache.org/flink/flink-docs-release-2.2/docs/dev/table/tuning/ has it. It knows no lateness, and keeps every
 * window for ever unless a time to live is set.
 *
 * <p>Variant {@code live}: the same without mini-batches, which wait, and with buffers that are sent after a millisecond.
 *
 * <p>Amounts are decimals. State is on the heap, with a checkpoint each ten seconds.
 */
public final class Main {
    private static final String VARIANT = env("VARIANT");

    private static String env(String name) {
        return System.getenv("RIVAL_" + name);
    }

    /** In whole minutes, which all jobs have. */
    private static String interval(String name) {
        return "INTERVAL '" + Long.parseLong(env(name)) / 60_000 + "' MINUTE";
    }

    private static Configuration settings() {
        Configuration settings = new Configuration();
        settings.setString("parallelism.default", env("WORKERS"));
        settings.setString("taskmanager.numberOfTaskSlots", env("WORKERS"));
        settings.setString("pipeline.object-reuse", "true");
        settings.setString("execution.checkpointing.interval", "10 s");
        settings.setString("execution.checkpointing.storage", "filesystem");
        settings.setString("execution.checkpointing.dir", Path.of(env("STATE")).toUri().toString());
        if (VARIANT.equals("groups")) {
            settings.setString("table.exec.mini-batch.enabled", "true");
            settings.setString("table.exec.mini-batch.allow-latency", "1 s");
            settings.setString("table.exec.mini-batch.size", "50000");
            settings.setString("table.optimizer.agg-phase-strategy", "TWO_PHASE");
        }
        if (VARIANT.equals("live")) {
            settings.setString("execution.buffer-timeout.interval", "1 ms");
        }
        return settings;
    }

    private static String source() {
        return "CREATE TABLE sales (id_pedido STRING, categoria STRING, valor DECIMAL(18, 2), `timestamp` TIMESTAMP(3),"
                + " WATERMARK FOR `timestamp` AS `timestamp` - " + interval("LATENESS_MS") + ") WITH ("
                + "'connector' = 'kafka', 'topic' = '" + env("TOPIC") + "', "
                + "'properties.bootstrap.servers' = '" + env("BROKERS") + "', "
                + "'properties.group.id' = '" + env("NAME") + "', "
                + "'scan.startup.mode' = 'earliest-offset', "
                + (env("LIVE").isEmpty() ? "'scan.bounded.mode' = 'latest-offset', " : "")
                + "'format' = 'json', 'json.timestamp-format.standard' = 'ISO-8601')";
    }

    /** Grouped by both ends of a window it is a window aggregation, by one alone a group aggregation. */
    private static String totals() {
        boolean hops = !env("SIZE_MS").equals(env("STEP_MS"));
        String windows = (hops ? "HOP(" : "TUMBLE(") + "TABLE sales, DESCRIPTOR(`timestamp`), "
                + (hops ? interval("STEP_MS") + ", " : "") + interval("SIZE_MS") + ")";
        String ends = VARIANT.equals("windows") ? "window_start, window_end" : "window_start";
        return "SELECT " + env("GROUP") + ", window_start, SUM(valor), COUNT(*) FROM TABLE(" + windows + ") GROUP BY "
                + env("GROUP") + ", " + ends;
    }

    /** Writes each total that stands as a line, to a file of each subtask. */
    private static final class Lines implements Sink<Row> {
        @Override
        public SinkWriter<Row> createWriter(WriterInitContext context) throws IOException {
            int subtask = context.getTaskInfo().getIndexOfThisSubtask();
            BufferedWriter lines = Files.newBufferedWriter(Path.of(env("RESULTS"), "lines-" + subtask));
            boolean live = !env("LIVE").isEmpty();
            return new SinkWriter<>() {
                @Override
                public void write(Row row, Context context) throws IOException {
                    if (row.getKind() == RowKind.UPDATE_BEFORE) {
                        return;
                    }
                    long start = ((LocalDateTime) row.getField(1)).toInstant(ZoneOffset.UTC).toEpochMilli();
                    String sum = ((BigDecimal) row.getField(2)).toPlainString();
                    lines.write("{\"group\":\"" + row.getField(0) + "\",\"start\":" + start + ",\"sum\":" + sum
                            + ",\"count\":" + row.getField(3) + "}\n");
                    if (live) {
                        lines.flush();
                    }
                }

                @Override
                public void flush(boolean endOfInput) throws IOException {
                    lines.flush();
                }

                @Override
                public void close() throws IOException {
                    lines.close();
                }
            };
        }
    }

    public static void main(String[] arguments) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(settings());
        StreamTableEnvironment tables = StreamTableEnvironment.create(env);
        tables.executeSql(source());
        tables.toChangelogStream(tables.sqlQuery(totals())).sinkTo(new Lines());
        env.execute(env("NAME"));
    }
}
