# Removes the registry with its volume, and the images that were built for it by every name that they have under it; a
# name that the same image has elsewhere stays, and the image with it. Fine if any of it is gone already.
# In: REGISTRY (container), REGISTRY_HOST (as image names call it).
set -eu
if docker container inspect "$REGISTRY" >/dev/null 2>&1; then docker rm --force --volumes "$REGISTRY" >&2; fi
docker image ls --filter "reference=$REGISTRY_HOST/*" --quiet | sort -u | while read -r id; do
  # Digests first: an image that loses its last tag loses its digests by itself.
  for name in $(docker image inspect --format '{{join .RepoDigests "\n"}}{{"\n"}}{{join .RepoTags "\n"}}' "$id"); do
    case $name in "$REGISTRY_HOST"/*) docker image rm "$name" >&2 ;; esac
  done
done
