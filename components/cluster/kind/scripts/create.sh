# Makes the cluster, or takes over the one that an interrupted run of this stack has finished.
# In: CLUSTER, STACK, FOLDER (kubeconfig and mark), REGISTRY (container), CONFIG_HASH; Kind's configuration on stdin.
# Out: the kubeconfig on stdout, and nothing else.
set -eu
config=$(cat)
mark="$FOLDER/owner"
remove() { kind delete cluster --name "$CLUSTER" --kubeconfig "$FOLDER/kubeconfig" >&2; }

if kind get clusters 2>/dev/null | grep -qxF "$CLUSTER"; then
  case "$(cat "$mark" 2>/dev/null || true)" in
    "$STACK ready $CONFIG_HASH") # the run ended between Kind's success and Pulumi's note of it
      kind get kubeconfig --name "$CLUSTER"
      exit ;;
    "$STACK creating") # half-made and never used: nothing in it can be lost
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
echo "$STACK creating" >"$mark"
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
