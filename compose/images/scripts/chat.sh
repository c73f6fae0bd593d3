#!/bin/sh
# CHAT_X_FILE names a file (a Swarm secret) that holds the value of CHAT_X.
set -eu
for name in CHAT_STORE_URL CHAT_LOG_URL CHAT_REDIS_URL CHAT_TOKEN_SECRET CHAT_INTERNAL_TOKEN; do
  eval "file=\${${name}_FILE:-}"
  if [ -n "$file" ]; then
    value=$(cat "$file")
    export "$name=$value"
    unset "${name}_FILE"
  fi
done
exec /usr/local/bin/node /app/system/main.ts "$@"
