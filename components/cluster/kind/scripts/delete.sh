# Removes the cluster with everything in it, and its kubeconfig. Fine if it is gone already.
# In: CLUSTER, FOLDER.
set -eu
kind delete cluster --name "$CLUSTER" --kubeconfig "$FOLDER/kubeconfig" >&2
rm -rf "$FOLDER"
