# Starts the store of backups, or adopts the one that this stack already has. Its data is in a volume that is never deleted.
# In: STORE (container), VOLUME, BUCKET, STACK, IMAGE, ROOT_ACCESS_KEY, ROOT_SECRET_KEY. Out: the container's id on stdout.
set -eu
label=dev.pocdeploy.backups
has=$(docker ps --all --filter "name=^$STORE\$" --format "made by: {{.Label \"$label\"}}")
case $has in
  "") ;;
  "made by: $STACK") docker rm --force "$STORE" >&2 ;; # without --volumes; its credentials can be those of another life
  *)
    echo "The container '$STORE' exists, but was not created by this stack ($STACK)." >&2
    echo "If it is not needed, delete it:  docker rm --force $STORE" >&2
    exit 1 ;;
esac
other=$(docker ps --all --filter "volume=$VOLUME" --format '{{.Names}}')
if [ -n "$other" ]; then
  echo "The volume '$VOLUME' of this stack's backups is in use by another stack of the name $STACK: container $other." >&2
  echo "Rename one of the two stacks, or destroy the other one:  make down STACK=$STACK" >&2
  exit 1
fi
docker volume create --label "$label=$STACK" --label app.kubernetes.io/part-of=pocdeploy "$VOLUME" >/dev/null
if ! docker image inspect "$IMAGE" >/dev/null 2>&1 && ! docker pull --quiet "$IMAGE" >&2; then
  echo "The image $IMAGE of the store of backups cannot be pulled." >&2
  echo "Without backups:  make set KEY=backups.store VALUE=none STACK=$STACK" >&2
  exit 1
fi
# No port is published: only containers in this network reach it. The credentials are passed on by their names alone.
docker create --name "$STORE" --network kind --restart unless-stopped --label "$label=$STACK" \
  --label app.kubernetes.io/part-of=pocdeploy --volume "$VOLUME:/data" --read-only --tmpfs /tmp --cap-drop ALL \
  --security-opt no-new-privileges --env ROOT_ACCESS_KEY --env ROOT_SECRET_KEY "$IMAGE" --quiet posix /data
# In this backend a bucket is a folder.
folder=$(mktemp -d)
mkdir "$folder/$BUCKET"
docker cp --quiet "$folder/." "$STORE:/data" >&2
rm -r "$folder"
docker start "$STORE" >/dev/null
