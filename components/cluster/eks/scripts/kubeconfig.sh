# Writes the kubeconfig for kubectl on this machine. In: FOLDER; the kubeconfig on stdin. It contains no secret.
set -eu
mkdir -p "$FOLDER"
chmod 700 "$FOLDER"
cat >"$FOLDER/kubeconfig"
chmod 600 "$FOLDER/kubeconfig"
