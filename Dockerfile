# The engine and its tools in one small image: `docker build -t mare .`, then `docker run mare --help`.

FROM rust:1-bookworm AS build
# The image has its toolchain; rust-toolchain.toml would have another one fetched.
ENV RUSTUP_TOOLCHAIN=${RUST_VERSION}
WORKDIR /src
COPY . .
# Downloads and artefacts stay between builds; the binary is copied out because a cache is not part of the image.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --profile dist --locked --bin mare && cp target/dist/mare /usr/local/bin/mare

# The binary alone, for a machine without containers: `docker build --target binary --output . .`
FROM scratch AS binary
COPY --from=build /usr/local/bin/mare /mare

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Maré" \
      org.opencontainers.image.description="A streaming engine that keeps windowed totals in a database level with a Kafka topic" \
      org.opencontainers.image.source="https://github.com/mare-streaming/mare" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
# For brokers, databases and object stores behind TLS: the authorities of the day of the build, so no version is named.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /mare mare
COPY --from=build /usr/local/bin/mare /usr/local/bin/mare
COPY dataflows /mare/dataflows
# Where checkpoints go; a volume mounted here takes the owner with it.
RUN mkdir -p /mare/.mare && chown mare /mare/.mare
# By its number, so that a system that wants no root can see that this is none.
USER 10001
WORKDIR /mare
EXPOSE 4040
# Whether the run has begun and answers at its page, which a run has that is told `--http 0.0.0.0:4040`: while it waits for Kafka and
# the sink at its start it is not yet. Other commands have none to ask (`--no-healthcheck`). The token, if there is one, is taken
# from MARE_HTTP_TOKEN.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["mare", "top", "--once", "--rows", "1"]
ENTRYPOINT ["mare"]
CMD ["run", "dataflows/black_friday.toml", "--http", "0.0.0.0:4040"]
