# Loads the contents of a restored copy into a new database of this cluster. Runs as the superuser in the pod of its primary.
# In: application, name of the new database, host of the copy; on stdin the password of the application's role there.
set -euo pipefail
app=$1 new=$2 copy=$3
read -r PGPASSWORD
export PGPASSWORD
dump() { pg_dump --host "$copy" --username "$app" --dbname "$app" "$@"; }
psql() { command psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 "$@"; }
psql --dbname postgres --command "DROP DATABASE IF EXISTS \"$new\" WITH (FORCE)"
# With the encoding and the locale of the copy, which are those of the original.
create=$(dump --create --schema-only | sed -nE "s/^CREATE DATABASE (\"[^\"]*\"|[^ ]+)/CREATE DATABASE \"$new\"/p")
psql --dbname postgres --command "$create"
psql --dbname postgres --command "ALTER DATABASE \"$new\" OWNER TO \"$app\""
dump --format custom | pg_restore --dbname "$new" --single-transaction --exit-on-error
psql --dbname "$new" --command ANALYZE
