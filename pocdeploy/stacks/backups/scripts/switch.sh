# Gives the restored database the name of the application, in one transaction. Runs as the superuser in the pod of the primary.
# In: application, name of the restored database, name that the old one gets.
set -euo pipefail
app=$1 new=$2 old=$3
psql() { command psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname postgres "$@"; }
trap 'psql --command "ALTER DATABASE \"$app\" ALLOW_CONNECTIONS true"' EXIT
psql --command "ALTER DATABASE \"$app\" ALLOW_CONNECTIONS false"
for _ in 1 2 3 4 5 6 7 8 9 10; do
  psql --output /dev/null --command "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname IN ('$app', '$new') AND pid <> pg_backend_pid()"
  if psql --single-transaction --command "ALTER DATABASE \"$app\" RENAME TO \"$old\"" \
    --command "ALTER DATABASE \"$new\" RENAME TO \"$app\""; then
    psql --command "ALTER DATABASE \"$old\" ALLOW_CONNECTIONS true"
    exit
  fi
done
exit 1
