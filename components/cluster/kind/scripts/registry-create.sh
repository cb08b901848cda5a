# Starts the registry, or adopts the one that this stack already has. Also runs for each change of it; the images are
# then built again.
# In: REGISTRY (container), STACK, IMAGE, PORT. Out: the container's id on stdout.
set -eu
label=dev.pocdeploy.registry
asked="$STACK $IMAGE $PORT"
has=$(docker ps --all --filter "name=^$REGISTRY\$" --format "made by: {{.Label \"$label\"}}")
case $has in
  "") ;;
  "made by: $asked")
    docker start "$REGISTRY" >/dev/null
    docker container inspect --format '{{.Id}}' "$REGISTRY"
    exit ;;
  "made by: $STACK "*) docker rm --force --volumes "$REGISTRY" >&2 ;;
  *)
    echo "The container '$REGISTRY' exists, but was not created by this stack ($STACK)." >&2
    echo "If it is not needed, delete it:  docker rm --force --volumes $REGISTRY" >&2
    exit 1 ;;
esac
docker image inspect "$IMAGE" >/dev/null 2>&1 || docker pull --quiet "$IMAGE" >&2
docker run --detach --name "$REGISTRY" --restart unless-stopped --publish "127.0.0.1:$PORT:5000" \
  --label "$label=$asked" --label app.kubernetes.io/part-of=pocdeploy "$IMAGE" ||
  { docker rm --force --volumes "$REGISTRY" >&2; exit 1; } # created, but its port is in use
