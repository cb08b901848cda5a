# Creates the cluster, or adopts the one that an interrupted run of this stack has completed.
# In: CLUSTER, STACK, FOLDER (kubeconfig and owner mark), REGISTRY (container), CONFIG_HASH; Kind's configuration on stdin.
# Out: the kubeconfig on stdout, and nothing else.
set -eu
config=$(cat)
mark="$FOLDER/owner"
owner() { cat "$mark" 2>/dev/null || true; }
remove() { kind delete cluster --name "$CLUSTER" --kubeconfig "$FOLDER/kubeconfig" >&2; }

# When Pulumi is killed, this script continues. The next run waits until it ends, because two scripts at the same time
# would delete each other's nodes.
is_running() {
  case "$(owner)" in
    "$STACK creating "*) pid=$(owner) && ps -o args= -p "${pid##* }" 2>/dev/null | grep -q "kind/scripts/create.sh" ;;
    *) false ;;
  esac
}
waited=0
while is_running; do
  [ "$waited" -gt 0 ] || echo "An interrupted run is still creating the cluster; waiting for it" >&2
  if [ "$waited" -ge 300 ]; then
    echo "It is still running after 300 seconds. Stop it and run again:  kill $(owner | sed 's/.* //')" >&2
    exit 1
  fi
  waited=$((waited + 1))
  sleep 1
done

if kind get clusters 2>/dev/null | grep -qxF "$CLUSTER"; then
  case "$(owner)" in
    "$STACK ready $CONFIG_HASH")
      if docker container inspect "$CLUSTER-control-plane" >/dev/null 2>&1; then
        # The run ended after Kind's success, but before Pulumi recorded it.
        kind get kubeconfig --name "$CLUSTER"
        exit
      fi
      remove ;; # the control plane was deleted, and with it all data that the workers need
    "$STACK creating "*) # incomplete and never used, so it contains no data
      remove ;;
    *)
      echo "The Kind cluster '$CLUSTER' exists, but was not created by this stack ($STACK)." >&2
      echo "Use another name:  pulumi config set --path 'pocdeploy:cluster.name' $CLUSTER-2" >&2
      echo "or, if it is not needed, delete it:  kind delete cluster --name $CLUSTER" >&2
      exit 1 ;;
  esac
fi

mkdir -p "$FOLDER"
chmod 700 "$FOLDER"
echo "$STACK creating $$" >"$mark"
# If a proxy is set, Kind passes it to the nodes, but they must not use it for the local registry.
NO_PROXY="${NO_PROXY:+$NO_PROXY,}$REGISTRY" no_proxy="${no_proxy:+$no_proxy,}$REGISTRY"
export NO_PROXY no_proxy
# Do not wait for the nodes: Pulumi waits for the pods on them, and can create objects at the same time.
if ! printf '%s' "$config" | kind create cluster --name "$CLUSTER" --config - --kubeconfig "$FOLDER/kubeconfig" >&2; then
  remove
  exit 1
fi
echo "$STACK ready $CONFIG_HASH" >"$mark"
cat "$FOLDER/kubeconfig"
