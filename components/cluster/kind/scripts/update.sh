# Writes the kubeconfig again. A changed configuration replaces the cluster, so this script never changes the cluster.
# In and out: as create.sh.
set -eu
mkdir -p "$FOLDER"
chmod 700 "$FOLDER"
kind get kubeconfig --name "$CLUSTER" >"$FOLDER/kubeconfig"
chmod 600 "$FOLDER/kubeconfig"
echo "$STACK ready $CONFIG_HASH" >"$FOLDER/owner"
cat "$FOLDER/kubeconfig"
