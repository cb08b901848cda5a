# Ends when every instance of the cluster has answered through its services and runs what was asked for.
# In: CLUSTER, INSTANCES, MAJOR, QUERY (one row: address, major version, in recovery, parameters that differ), libpq's PG*.
set -u
ask() { psql --no-psqlrc --tuples-only --no-align --quiet --field-separator=' ' --host "$1" --command "$QUERY" 2>&1; }

answered=""
while :; do
  # The service -r leads to any instance that is ready, each connection to another one.
  if row=$(ask "$CLUSTER-r") && read -r address version recovering wrong <<<"$row"; then
    if [ "$version" != "$MAJOR" ]; then
      waiting="$address to run PostgreSQL $MAJOR instead of $version"
    elif [ -n "$wrong" ]; then
      waiting="$address to take over $wrong"
    else
      waiting="the other instances"
      case " $answered " in *" $address "*) ;; *) answered="$answered $address" ;; esac
    fi
  else
    waiting="an instance: $row"
  fi
  if row=$(ask "$CLUSTER-rw") && read -r address version recovering wrong <<<"$row"; then
    [ "$recovering" = f ] || waiting="a primary behind $CLUSTER-rw"
  else
    waiting="the primary: $row"
    recovering=t
  fi
  count=$(wc -w <<<"$answered")
  if [ "$count" -ge "$INSTANCES" ] && [ "$recovering" = f ]; then
    echo "$CLUSTER: the primary and $((INSTANCES - 1)) replica(s) serve PostgreSQL $MAJOR"
    exit 0
  fi
  echo "$CLUSTER: $count of $INSTANCES instances have answered; waiting for $waiting"
  sleep 1
done
