import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers;

/**
 * The job as a topology of the DSL: https://kafka.apache.org/41/documentation/streams/developer-guide/dsl-api.html#windowing
 *
 * <p>Sales are keyed by their group, which goes through a repartition topic, and aggregated in windows. Stores are in memory
 * with their changelogs, threads, caches and the commit interval are set as
 * https://kafka.apache.org/41/documentation/streams/developer-guide/memory-mgmt.html and config-streams.html say. Amounts are
 * whole cents.
 *
 * <p>Within a partition of the repartition topic sales of several source partitions meet. Stream time is the largest time seen
 * there, so a source partition that is read faster makes the sales of the others late once it is further ahead than the grace.
 * The documented remedy is a longer grace: the variant {@code remedy} has a day.
 */
public final class Main {
    private static final String TOPIC = env("TOPIC");
    private static final boolean LIVE = !env("LIVE").isEmpty();
    private static final JsonFactory JSON = new JsonFactory();

    private static String env(String name) {
        return System.getenv("RIVAL_" + name);
    }

    private static Duration milliseconds(String name) {
        return Duration.ofMillis(Long.parseLong(env(name)));
    }

    /** What is wanted of a sale. */
    private record Sale(String group, long cents, long timeMs) {}

    /** What some sales come to. */
    private record Total(long cents, long count) {
        static final Serde<Total> SERDE = Serdes.serdeFrom(
                (topic, total) -> total == null ? null : ByteBuffer.allocate(16).putLong(total.cents).putLong(total.count).array(),
                (topic, bytes) -> {
                    if (bytes == null) {
                        return null;
                    }
                    ByteBuffer buffer = ByteBuffer.wrap(bytes);
                    return new Total(buffer.getLong(), buffer.getLong());
                });

        Total plus(long more) {
            return new Total(cents + more, count + 1);
        }
    }

    private static Sale read(byte[] bytes) {
        String wanted = env("GROUP");
        String group = null;
        long cents = 0;
        long time = 0;
        try (JsonParser json = JSON.createParser(bytes)) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                if (name.equals(wanted)) {
                    group = json.getText();
                } else if (name.equals("valor")) {
                    cents = json.getDecimalValue().movePointRight(2).longValueExact();
                } else if (name.equals("timestamp")) {
                    time = LocalDateTime.parse(json.getText()).toInstant(ZoneOffset.UTC).toEpochMilli();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Sale(group, cents, time);
    }

    private static Topology topology(AtomicLong seen, BufferedWriter lines) {
        Duration grace = env("VARIANT").equals("remedy") ? Duration.ofDays(1) : milliseconds("LATENESS_MS");
        TimeWindows windows = TimeWindows.ofSizeAndGrace(milliseconds("SIZE_MS"), grace).advanceBy(milliseconds("STEP_MS"));
        Serializer<Sale> never = (topic, sale) -> {
            throw new UnsupportedOperationException();
        };
        Deserializer<Sale> sales = (topic, bytes) -> read(bytes);
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(TOPIC, Consumed.with(Serdes.ByteArray(), Serdes.serdeFrom(never, sales))
                        .withTimestampExtractor((record, partitionTime) -> ((Sale) record.value()).timeMs))
                .map((key, sale) -> KeyValue.pair(sale.group, sale.cents))
                .repartition(Repartitioned.with(Serdes.String(), Serdes.Long()).withName("by-group"))
                .peek((group, cents) -> seen.incrementAndGet())
                .groupByKey()
                .windowedBy(windows)
                .aggregate(() -> new Total(0, 0), (group, cents, total) -> total.plus(cents),
                        Materialized.with(Serdes.String(), Total.SERDE))
                .toStream()
                .foreach((key, total) -> write(lines, key, total));
        return builder.build();
    }

    /** Groups are plain text: nothing in them needs to be escaped. */
    private static void write(BufferedWriter lines, Windowed<String> key, Total total) {
        String line = String.format("{\"group\":\"%s\",\"start\":%d,\"sum\":%d.%02d,\"count\":%d}%n", key.key(),
                key.window().start(), total.cents / 100, total.cents % 100, total.count);
        try {
            synchronized (lines) {
                lines.write(line);
                if (LIVE) {
                    lines.flush();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Properties settings() {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, env("NAME"));
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, env("BROKERS"));
        settings.put(StreamsConfig.STATE_DIR_CONFIG, env("STATE"));
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, env("WORKERS"));
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        settings.put(StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, StreamsConfig.OPTIMIZE);
        settings.put(StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG,
                BuiltInDslStoreSuppliers.InMemoryDslStoreSuppliers.class);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        if (LIVE) { // each update at once
            settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
            settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
            settings.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 0);
        } else {
            settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 10_000);
            settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 64 << 20);
            settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 10_000);
            settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 8 << 20);
            settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 1 << 20);
        }
        return settings;
    }

    /** How many records the topic holds. */
    private static long records() {
        Map<String, Object> settings = Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, env("BROKERS"));
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(TOPIC).stream()
                    .map(partition -> new TopicPartition(TOPIC, partition.partition())).toList();
            Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            return partitions.stream().mapToLong(partition -> ends.get(partition) - starts.get(partition)).sum();
        }
    }

    public static void main(String[] arguments) throws Exception {
        AtomicLong seen = new AtomicLong();
        CountDownLatch failed = new CountDownLatch(1);
        try (BufferedWriter lines = Files.newBufferedWriter(Path.of(env("RESULTS"), "lines"))) {
            KafkaStreams streams = new KafkaStreams(topology(seen, lines), settings());
            streams.setUncaughtExceptionHandler(error -> {
                error.printStackTrace();
                failed.countDown();
                return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
            });
            long wanted = LIVE ? Long.MAX_VALUE : records();
            streams.start();
            while (seen.get() < wanted && failed.getCount() > 0) {
                Thread.sleep(5);
            }
            streams.close(Duration.ofSeconds(60)); // passes on what its caches hold
        }
        System.exit(failed.getCount() > 0 ? 0 : 1);
    }
}
