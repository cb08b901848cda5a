# Refuses migrations that the release which serves cannot live with. In: libpq's PG*, and QUERY, whose rows are the
# changes that the database does not have yet (pocdeploy/source/migrations). Exit codes: 0 or 3, as check_migrations.py.
if ! found=$(psql --no-psqlrc --tuples-only --no-align --quiet --set ON_ERROR_STOP=1 --command "$QUERY" 2>&1); then
  echo "migrations: not checked, the query failed: $found"
  exit 0
fi
if [ -z "$found" ]; then
  echo "migrations: nothing that the release which serves could not live with"
  exit 0
fi
if [ -n "${ALLOW_BREAKING_MIGRATION-}" ]; then
  echo "breaking migration, allowed by allowBreakingMigration:"
  echo "$found"
  exit 0
fi
echo "breaking migration refused, nothing was changed: the release that serves uses what these change."
echo "$found"
echo "Split it: first release code that does without, then the migration (docs/rollback.md). Or set"
echo "allowBreakingMigration: true for this application."
exit 3
