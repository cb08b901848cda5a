# Waits until AWS has deleted what the cluster's controllers created: load balancers and the volumes of claims. `destroy`
# runs it after the applications are deleted and before the cluster is, because only the cluster can delete them.
# In: CLUSTER, REGION, VPC, VOLUMES_OF (tag), PATIENCE (seconds).
set -eu
left() {
  aws elbv2 describe-load-balancers --region "$REGION" --output text --query "LoadBalancers[?VpcId=='$VPC'].LoadBalancerArn"
  # Also their network interfaces: they stay in the subnets after the load balancer has left the list.
  aws ec2 describe-network-interfaces --region "$REGION" --output text --query 'NetworkInterfaces[].NetworkInterfaceId' \
    --filters "Name=vpc-id,Values=$VPC" Name=interface-type,Values=network_load_balancer
  aws ec2 describe-volumes --region "$REGION" --output text --query 'Volumes[].VolumeId' \
    --filters "Name=tag:$VOLUMES_OF,Values=$CLUSTER" Name=status,Values=creating,available,in-use
}
waited=0
while true; do
  # Not in the loop's condition, where an error of the CLI would count as an empty result.
  found=$(left)
  found=$(printf '%s' "$found" | tr -s '[:space:]' ' ')
  case $found in "" | " " | "None" | "None None" | "None None None") exit 0 ;; esac
  if [ "$waited" -ge "$PATIENCE" ]; then
    echo "After $waited seconds AWS still has resources that cost money: $found" >&2
    echo "Check them in the region $REGION. When they are deleted, run destroy again." >&2
    exit 1
  fi
  [ "$waited" -gt 0 ] || echo "Waiting for AWS to delete: $found" >&2
  sleep 10
  waited=$((waited + 10))
done
