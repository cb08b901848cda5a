# Deletes the cluster with everything in it, and its kubeconfig. Succeeds if they do not exist.
# In: CLUSTER, FOLDER.
set -eu
kind delete cluster --name "$CLUSTER" --kubeconfig "$FOLDER/kubeconfig" >&2
rm -rf "$FOLDER"
