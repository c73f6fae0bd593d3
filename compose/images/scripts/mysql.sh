#!/bin/sh
# The part of the official image's contract a stack needs: MYSQL_ROOT_PASSWORD, MYSQL_DATABASE, MYSQL_USER and
# MYSQL_PASSWORD, each also as a file named by <name>_FILE, at the first start; arguments go to mysqld.
set -eu
value() {
  eval "file=\${$1_FILE:-} plain=\${$1:-}"
  if [ -n "$file" ]; then cat "$file"; else printf '%s' "$plain"; fi
}
quoted() { printf '%s' "$1" | sed "s/\\\\/\\\\\\\\/g; s/'/\\\\'/g"; }
data=/var/lib/mysql
if [ "${1:-}" = mysqld ]; then shift; fi
fixed="--no-defaults --datadir=$data --tmpdir=/tmp --pid-file=/tmp/mysqld.pid --socket=/tmp/mysqld.sock
  --basedir=/usr --lc-messages-dir=/usr/share/mysql --character-sets-dir=/usr/share/mysql/charsets
  --plugin-dir=/usr/lib/mysql/plugin --secure-file-priv=NULL --mysqlx=OFF"
if [ ! -d "$data/mysql" ]; then
  root=$(value MYSQL_ROOT_PASSWORD)
  user=$(value MYSQL_USER)
  if [ -z "$root" ]; then
    echo 'Set MYSQL_ROOT_PASSWORD or MYSQL_ROOT_PASSWORD_FILE: the first start needs it.' >&2
    exit 1
  fi
  umask 077
  {
    echo "CREATE USER 'root'@'%' IDENTIFIED BY '$(quoted "$root")';"
    echo "GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;"
    echo "ALTER USER 'root'@'localhost' IDENTIFIED BY '$(quoted "$root")';"
    if [ -n "${MYSQL_DATABASE:-}" ]; then echo "CREATE DATABASE IF NOT EXISTS \`$MYSQL_DATABASE\`;"; fi
    if [ -n "$user" ]; then
      echo "CREATE USER '$(quoted "$user")'@'%' IDENTIFIED BY '$(quoted "$(value MYSQL_PASSWORD)")';"
      if [ -n "${MYSQL_DATABASE:-}" ]; then echo "GRANT ALL ON \`$MYSQL_DATABASE\`.* TO '$(quoted "$user")'@'%';"; fi
    fi
  } > /tmp/init.sql
  # A data folder is made whole or not at all: a start that was cut is begun again.
  rm -rf "$data"/.new && mkdir "$data/.new"
  mysqld $(echo "$fixed" | sed "s|--datadir=$data|--datadir=$data/.new|") --initialize-insecure --init-file=/tmp/init.sql
  rm /tmp/init.sql
  for each in "$data"/.new/*; do if [ "$each" != "$data/.new/mysql" ]; then mv "$each" "$data/"; fi; done
  mv "$data/.new/mysql" "$data/mysql"
  rm -rf "$data/.new"
fi
exec mysqld $fixed "$@"
