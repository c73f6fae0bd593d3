#!/bin/sh
# The part of the official image's contract a stack needs: CASSANDRA_SEEDS, CASSANDRA_CLUSTER_NAME, MAX_HEAP_SIZE and
# JVM_EXTRA_OPTS; -D flags among the arguments go to the JVM.
set -eu
home=/var/lib/cassandra
mkdir -p "$home/tmp" "$home/triggers"
own=$(hostname -i | cut -d ' ' -f 1)
address=${CASSANDRA_LISTEN_ADDRESS:-$own}
sed -e "s|@ADDRESS@|$address|g" -e "s|@SEEDS@|${CASSANDRA_SEEDS:-$address}|" \
  -e "s|^cluster_name:.*|cluster_name: '${CASSANDRA_CLUSTER_NAME:-chat-lab}'|" \
  /etc/cassandra/cassandra.yaml > "$home/cassandra.yaml"
flags=
for each in "$@"; do
  case $each in -D*) flags="$flags $each" ;; esac
done
heap=${MAX_HEAP_SIZE:-1g}
# Flags are words on purpose.
# shellcheck disable=SC2086
exec java $LAB_NODE_FLAGS -Xms$heap -Xmx$heap -Dcassandra.config=file://$home/cassandra.yaml \
  -Dcassandra.storagedir=$home -Dcassandra.triggers_dir=$home/triggers -Djava.io.tmpdir=$home/tmp -Djna.tmpdir=$home/tmp \
  -Dlogback.configurationFile=/etc/cassandra/logback.xml ${JVM_EXTRA_OPTS:-} $flags -cp '/opt/cassandra/lib/*' \
  org.apache.cassandra.service.CassandraDaemon
