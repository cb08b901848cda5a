# Deletes the registry with its volume, and all names of images in this registry. An image that also has a name in
# another registry is kept under that name. Succeeds if any of these do not exist.
# In: REGISTRY (container), REGISTRY_HOST (name in images).
set -eu
if docker container inspect "$REGISTRY" >/dev/null 2>&1; then docker rm --force --volumes "$REGISTRY" >&2; fi
docker image ls --filter "reference=$REGISTRY_HOST/*" --quiet | sort -u | while read -r id; do
  # Digests first: an image without tags loses its digests by itself.
  for name in $(docker image inspect --format '{{join .RepoDigests "\n"}}{{"\n"}}{{join .RepoTags "\n"}}' "$id"); do
    case $name in "$REGISTRY_HOST"/*) docker image rm "$name" >&2 ;; esac
  done
done
