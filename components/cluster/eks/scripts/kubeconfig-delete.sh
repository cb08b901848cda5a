# Removes the kubeconfig. Fine if it is gone already. In: FOLDER.
set -eu
rm -rf "$FOLDER"
