# Makes the cluster, or takes over the one that an interrupted run of this stack has finished.
# In: CLUSTER, STACK, FOLDER (kubeconfig and mark), REGISTRY (container), CONFIG_HASH; Kind's configuration on stdin.
# Out: the kubeconfig on stdout, and nothing else.
set -eu
config=$(cat)
mark="$FOLDER/owner"
owner() { cat "$mark" 2>/dev/null || true; }
remove() { kind delete cluster --name "$CLUSTER" --kubeconfig "$FOLDER/kubeconfig" >&2; }

# When Pulumi is killed, this script goes on without it. The next run lets it end rather than work against it: two of
# them would tear down each other's nodes.
at_work() {
  case "$(owner)" in
    "$STACK creating "*) pid=$(owner) && ps -o args= -p "${pid##* }" 2>/dev/null | grep -q "kind/scripts/create.sh" ;;
    *) false ;;
  esac
}
waited=0
while at_work; do
  [ "$waited" -gt 0 ] || echo "An interrupted run is still making the cluster; waiting for it to end" >&2
  if [ "$waited" -ge 300 ]; then
    echo "It has not ended in 300 seconds. See: $(owner) (process), then end it and try again." >&2
    exit 1
  fi
  waited=$((waited + 1))
  sleep 1
done

if kind get clusters 2>/dev/null | grep -qxF "$CLUSTER"; then
  case "$(owner)" in
    "$STACK ready $CONFIG_HASH")
      if docker container inspect "$CLUSTER-control-plane" >/dev/null 2>&1; then
        # The run ended between Kind's success and Pulumi's note of it.
        kind get kubeconfig --name "$CLUSTER"
        exit
      fi
      remove ;; # somebody removed the control plane, and with it all that workers could still know
    "$STACK creating "*) # half-made and never used: nothing in it can be lost
      remove ;;
    *)
      echo "There is a Kind cluster '$CLUSTER' that this stack ($STACK) did not make." >&2
      echo "Give this stack another one:  pulumi config set --path 'pocdeploy:cluster.name' $CLUSTER-2" >&2
      echo "or, if nothing in it is needed any more:  kind delete cluster --name $CLUSTER" >&2
      exit 1 ;;
  esac
fi

mkdir -p "$FOLDER"
chmod 700 "$FOLDER"
echo "$STACK creating $$" >"$mark"
# Where a proxy is set, Kind hands it to the nodes, which must not use it for the registry next door.
NO_PROXY="${NO_PROXY:+$NO_PROXY,}$REGISTRY" no_proxy="${no_proxy:+$no_proxy,}$REGISTRY"
export NO_PROXY no_proxy
# Nodes are not waited for: what runs on them is, and installing can begin meanwhile.
if ! printf '%s' "$config" | kind create cluster --name "$CLUSTER" --config - --kubeconfig "$FOLDER/kubeconfig" >&2; then
  remove
  exit 1
fi
echo "$STACK ready $CONFIG_HASH" >"$mark"
cat "$FOLDER/kubeconfig"
