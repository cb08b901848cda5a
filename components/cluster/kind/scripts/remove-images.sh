# Removes the images that were built for this stack's registry, by every name that they have under it.
# In: REGISTRY_HOST.
set -eu
docker image ls --filter "reference=$REGISTRY_HOST/*" --format '{{.ID}}' | sort -u | while read -r id; do
  docker image inspect -f '{{range .RepoTags}}{{println .}}{{end}}{{range .RepoDigests}}{{println .}}{{end}}' "$id" |
    grep -F "$REGISTRY_HOST/" | xargs -r docker image rm >&2
done
