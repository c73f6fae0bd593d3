#!/bin/sh
# The contract of the apache/kafka image: KAFKA_LOG_DIRS becomes log.dirs, ___ a dash and __ an underscore.
set -eu
config=/tmp/server.properties
: > "$config"
env | grep '^KAFKA_[A-Z_]*=' | grep -v -e '^KAFKA_[A-Z0-9_]*OPTS=' | while IFS='=' read -r name value; do
  key=$(echo "${name#KAFKA_}" | sed 's/___/-/g; s/__/%/g; s/_/./g; s/%/_/g' | tr 'A-Z' 'a-z')
  echo "$key=$value" >> "$config"
done
grep -q '^log.dirs=' "$config" || echo 'log.dirs=/var/lib/kafka/data' >> "$config"
logging=-Dlog4j2.configurationFile=/opt/kafka/config/log4j2.yaml
java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData "$logging" -cp '/opt/kafka/libs/*' \
  kafka.tools.StorageTool format --ignore-formatted -t "${CLUSTER_ID:-AAAAAAAAAAAAAAAAAAAAAQ}" -c "$config"
# Flags are words on purpose.
# shellcheck disable=SC2086
exec java ${KAFKA_HEAP_OPTS:-} ${KAFKA_JVM_PERFORMANCE_OPTS:-} "$logging" ${KAFKA_OPTS:-} -cp '/opt/kafka/libs/*' \
  kafka.Kafka "$config"
