#!/bin/sh
# The contract of the official mongo image, kept by FerretDB on PostgreSQL: MONGO_INITDB_ROOT_USERNAME and
# MONGO_INITDB_ROOT_PASSWORD, each also as <name>_FILE, make a user at the first start. Either process ends both.
set -eu
value() {
  eval "file=\${$1_FILE:-} plain=\${$1:-}"
  if [ -n "$file" ]; then cat "$file"; else printf '%s' "$plain"; fi
}
quoted() { printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g' | sed "s/'/''/g"; }
data=/data/db
run=/tmp/pg
export PGHOST=$run PGPORT=5432 PGUSER=postgres PGDATABASE=postgres LC_ALL=C TZ=UTC
mkdir -p -m 700 "$run"
sql() { psql -XqAt -v ON_ERROR_STOP=1; }
if [ ! -f "$data/ready" ]; then
  user=$(value MONGO_INITDB_ROOT_USERNAME)
  password=$(value MONGO_INITDB_ROOT_PASSWORD)
  if [ -z "$user" ] || [ -z "$password" ]; then
    echo 'Set MONGO_INITDB_ROOT_USERNAME and MONGO_INITDB_ROOT_PASSWORD (or ..._FILE): the first start needs them.' >&2
    exit 1
  fi
  rm -rf "$data/pg"
  initdb -D "$data/pg" -U postgres --encoding=UTF8 --locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C \
    -A trust --no-instructions -N > /dev/null
  cp /etc/lab/postgresql.conf "$data/pg/postgresql.auto.conf"
fi
rm -f "$data/pg/postmaster.pid"
postgres -D "$data/pg" &
server=$!
trap 'kill -INT $server 2>/dev/null || true' EXIT
until [ "$(echo 'SELECT 1' | sql 2>/dev/null)" = 1 ]; do
  kill -0 $server
  sleep 0.1
done
if [ ! -f "$data/ready" ]; then
  roles='[{"role":"clusterAdmin","db":"admin"},{"role":"readWriteAnyDatabase","db":"admin"}]'
  sql <<SQL
CREATE EXTENSION documentdb CASCADE; CREATE EXTENSION documentdb_extended_rum;
SELECT documentdb_api.create_user('{"createUser":"$(quoted "$user")","pwd":"$(quoted "$password")","roles":$roles}');
SQL
  unset user password MONGO_INITDB_ROOT_PASSWORD
  mkdir -p "$data/ferretdb"
  touch "$data/ready"
fi
ferretdb "--postgresql-url=postgres://postgres@/postgres?host=$run&port=5432" --listen-addr=0.0.0.0:27017 \
  --debug-addr=- --state-dir="$data/ferretdb" --auth --telemetry=disable --log-level=warn &
ferretdb=$!
trap 'kill -TERM $ferretdb 2>/dev/null || true; kill -INT $server 2>/dev/null || true' TERM INT
while kill -0 $ferretdb 2>/dev/null && kill -0 $server 2>/dev/null; do sleep 1 & wait $! || true; done
kill -TERM $ferretdb 2>/dev/null || true
kill -INT $server 2>/dev/null || true
wait $server || true
