# Configures the nodes to pull from the stack's registry, and through the mirror if there is one. Can run again at any time.
# In: CLUSTER, REGISTRY (container), REGISTRY_HOST (name in images), REGISTRY_HOSTS_TOML, MIRROR_HOSTS_TOML (can be empty).
set -eu
if ! docker container inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{println $name}}{{end}}' "$REGISTRY" | grep -qx kind; then
  docker network connect kind "$REGISTRY"
fi
certs=/etc/containerd/certs.d
put() { # node, registry, content
  docker exec -i "$1" sh -c 'mkdir -p "$1" && cat >"$1/hosts.toml"' put "$certs/$2" <<EOF
$3
EOF
}
for node in $(kind get nodes --name "$CLUSTER"); do
  put "$node" "$REGISTRY_HOST" "$REGISTRY_HOSTS_TOML"
  if [ -n "$MIRROR_HOSTS_TOML" ]; then put "$node" _default "$MIRROR_HOSTS_TOML"; else docker exec "$node" rm -rf "$certs/_default"; fi
done
