# The engine and its tools in one small image: `docker build -t mare .`, then `docker run mare --help`.

FROM rust:1-bookworm AS build
WORKDIR /src
COPY . .
# Downloads and artefacts stay between builds; the binary is copied out because a cache is not part of the image.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin mare && cp target/release/mare /usr/local/bin/mare

FROM debian:bookworm-slim
# For brokers and object stores behind TLS.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /mare mare
COPY --from=build /usr/local/bin/mare /usr/local/bin/mare
COPY dataflows /mare/dataflows
# Where checkpoints go; a volume mounted here takes the owner with it.
RUN mkdir -p /mare/.mare && chown mare /mare/.mare
USER mare
WORKDIR /mare
ENTRYPOINT ["mare"]
CMD ["run", "dataflows/black_friday.toml"]
