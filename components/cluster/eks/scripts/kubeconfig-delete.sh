# Deletes the kubeconfig. Succeeds if it does not exist. In: FOLDER.
set -eu
rm -rf "$FOLDER"
