# Starts the registry, or takes over the one that this stack has already. Run for each change of it, too: images in it are
# made again from their sources.
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
    echo "There is a container '$REGISTRY' that this stack ($STACK) did not make." >&2
    echo "If nothing in it is needed any more:  docker rm --force --volumes $REGISTRY" >&2
    exit 1 ;;
esac
docker image inspect "$IMAGE" >/dev/null 2>&1 || docker pull --quiet "$IMAGE" >&2
docker run --detach --name "$REGISTRY" --restart unless-stopped --publish "127.0.0.1:$PORT:5000" \
  --label "$label=$asked" --label app.kubernetes.io/part-of=pocdeploy "$IMAGE" ||
  { docker rm --force --volumes "$REGISTRY" >&2; exit 1; } # created, but its port is taken
