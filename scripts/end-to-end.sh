#!/usr/bin/env bash
# The whole way on your own machine: a topic of its own, sales, a run that is killed in the middle and goes on, exact totals in
# MongoDB, and nothing left behind. Exit code 0 if every document is exact.
#
#   docker compose up -d kafka mongodb && scripts/end-to-end.sh
#
# What it takes from the environment:
#   KAFKA_BROKERS  localhost:9092
#   MONGODB_URI    mongodb://root:root@localhost:27017
#   SALES          200000
#   MARE           the binary: `mare` in the PATH, else the newest one in target/
set -euo pipefail
cd "$(dirname "$0")/.."

export KAFKA_BROKERS=${KAFKA_BROKERS:-localhost:9092}
export MONGODB_URI=${MONGODB_URI:-mongodb://root:root@localhost:27017}
SALES=${SALES:-200000}
NAME=mare-end-to-end-$(date +%Y%m%d-%H%M%S)-$$
WORK=$(mktemp -d)
TOPIC=
RUN=

# step WORDS...: what comes now.
step() {
    printf '\n== %s\n' "$*"
}

# The binary.
binary() {
    if [ -n "${MARE:-}" ]; then
        echo "$MARE"
    elif command -v mare >/dev/null; then
        command -v mare
    else
        # shellcheck disable=SC2012
        ls -t target/*/mare 2>/dev/null | head -n 1 | grep . || {
            echo "there is no mare: cargo build --release, or cargo install --path ." >&2
            return 1
        }
    fi
}

# flagship COMMAND...: a command on the flagship, from the topic of this script to a database of its own.
flagship() {
    "$MARE" "$@" dataflows/black_friday.toml --set name="$NAME" --set source.kafka.topic="$NAME" \
        --set sink.mongodb.database="$NAME" --set checkpoint.path="$WORK/checkpoints" --set checkpoint.every=1s
}

# How many sales the documents hold.
shown() {
    flagship query groups --format csv 2>/dev/null | awk -F, 'NR > 1 { sum += $NF } END { print sum + 0 }'
}

# mongo SCRIPT: by mongosh, here or in the container.
mongo() {
    if command -v mongosh >/dev/null; then
        mongosh --quiet "$MONGODB_URI" --eval "$1"
    elif docker compose ps --status running --services 2>/dev/null | grep -qx mongodb; then
        docker compose exec -T mongodb mongosh --quiet mongodb://root:root@localhost:27017 --eval "$1"
    else
        return 1
    fi
}

# Leaves nothing behind, however the script ends.
clean_up() {
    local code=$?
    trap - EXIT
    step "Clean up"
    [ -z "$RUN" ] || kill -9 "$RUN" 2>/dev/null || true
    if [ -n "$TOPIC" ]; then
        "$MARE" topic delete "$TOPIC" --yes --brokers "$KAFKA_BROKERS" || true
        mongo "db.getSiblingDB('$NAME').dropDatabase().ok" ||
            echo "there is no mongosh: the database $NAME stays until somebody drops it"
    fi
    rm -rf "$WORK"
    if [ "$code" = 0 ]; then step "All exact"; else step "FAILED with exit code $code"; fi
    exit "$code"
}

MARE=$(binary)
trap clean_up EXIT
trap 'exit 130' INT TERM

step "Make the topic $NAME at $KAFKA_BROKERS"
"$MARE" topic create "$NAME" --partitions 3 --brokers "$KAFKA_BROKERS"
TOPIC=$NAME

step "Produce $SALES sales of an hour, some of them late or broken"
"$MARE" produce --brokers "$KAFKA_BROKERS" --topic "$NAME" --rate 0 --count "$SALES" --seed 42 --quiet \
    --from 2025-11-28T12:00:00Z --to 2025-11-28T13:00:00Z --late 1% --out-of-order 5% --garbage 0.5%

step "Look for what would go wrong"
flagship doctor

step "Run, and kill it (SIGKILL) as soon as the database shows some of it"
flagship run -w 2 >"$WORK/killed.log" 2>&1 &
RUN=$!
until [ "$(shown)" -gt 0 ]; do
    if ! kill -0 "$RUN" 2>/dev/null; then
        cat "$WORK/killed.log"
        echo "the run has ended by itself" >&2
        exit 1
    fi
done
kill -9 "$RUN"
{ wait "$RUN" || true; } 2>/dev/null
RUN=
echo "killed with $(shown) sales in the database"

step "Send as many again, and go on to the end"
"$MARE" produce --brokers "$KAFKA_BROKERS" --topic "$NAME" --rate 0 --count "$SALES" --seed 43 --quiet \
    --from 2025-11-28T13:00:00Z --to 2025-11-28T14:00:00Z --late 1% --out-of-order 5% --garbage 0.5%
flagship run -w 3 --until-end

step "Recompute every document from the topic by other code, and compare"
flagship verify

step "Ask"
flagship query groups
flagship query top --limit 3
