#!/bin/sh
# The part of the official image's contract a stack needs: POSTGRES_PASSWORD, POSTGRES_USER and POSTGRES_DB, each also as
# a file named by <name>_FILE, at the first start; arguments go to postgres. SIGTERM ends it as SIGINT does there:
# clients are sent away, not waited for.
set -eu
value() {
  eval "file=\${$1_FILE:-} plain=\${$1:-}"
  if [ -n "$file" ]; then cat "$file"; else printf '%s' "$plain"; fi
}
if [ "${1:-}" = postgres ]; then shift; fi
if [ ! -d "$PGDATA" ]; then
  password=$(value POSTGRES_PASSWORD)
  user=$(value POSTGRES_USER)
  database=$(value POSTGRES_DB)
  if [ -z "$password" ]; then
    echo 'Set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE: the first start needs it.' >&2
    exit 1
  fi
  umask 077
  # A data folder is made whole or not at all: a start that was cut is begun again.
  new=$(dirname "$PGDATA")/.new
  rm -rf "$new" && mkdir -p "$new"
  printf '%s' "$password" > /tmp/password
  initdb -D "$new" -U "${user:-postgres}" --pwfile=/tmp/password -A scram-sha-256 --encoding=UTF8 --locale=C \
    --no-instructions > /dev/null
  rm /tmp/password
  echo 'host all all all scram-sha-256' >> "$new/pg_hba.conf"
  database=${database:-${user:-postgres}}
  if [ "$database" != postgres ]; then
    name=$(printf '%s' "$database" | sed 's/"/""/g')
    printf 'CREATE DATABASE "%s";\n' "$name" | postgres --single -D "$new" postgres > /dev/null
  fi
  mv "$new" "$PGDATA"
fi
# After a kill its process number may be another's here.
rm -f "$PGDATA/postmaster.pid"
postgres -D "$PGDATA" -c 'listen_addresses=*' -c unix_socket_directories= "$@" &
server=$!
trap 'kill -INT $server 2>/dev/null || true' TERM INT
code=0
wait $server || code=$?
# A signal ends the wait, not the server.
while kill -0 $server 2>/dev/null; do wait $server && code=0 || code=$?; done
exit $code
