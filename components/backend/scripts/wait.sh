# Ends when the primary takes a query from the application's own role. In: libpq's PG*.
until answer=$(psql --no-psqlrc --tuples-only --quiet --command "SELECT 1" 2>&1); do
  [ "$answer" = "${said-}" ] || echo "waiting for $PGHOST: $answer"
  said=$answer
  sleep 0.5
done
echo "$PGHOST answers"
