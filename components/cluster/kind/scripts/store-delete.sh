# Deletes the container of the store. The volume with the backups stays. Succeeds if the container does not exist.
# In: STORE (container).
set -eu
if docker container inspect "$STORE" >/dev/null 2>&1; then docker rm --force "$STORE" >&2; fi
