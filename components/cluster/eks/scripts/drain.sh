# Waits until AWS has nothing left of what the cluster's controllers made: load balancers and the volumes of claims. Run by
# `destroy` when the applications are gone and the cluster is still there, as nobody could delete them after it.
# In: CLUSTER, REGION, VPC, VOLUMES_OF (tag), PATIENCE (seconds).
set -eu
left() {
  aws elbv2 describe-load-balancers --region "$REGION" --output text --query "LoadBalancers[?VpcId=='$VPC'].LoadBalancerArn"
  # By their network interfaces, too: a load balancer is out of the list before they are out of its subnets.
  aws ec2 describe-network-interfaces --region "$REGION" --output text --query 'NetworkInterfaces[].NetworkInterfaceId' \
    --filters "Name=vpc-id,Values=$VPC" Name=interface-type,Values=network_load_balancer
  aws ec2 describe-volumes --region "$REGION" --output text --query 'Volumes[].VolumeId' \
    --filters "Name=tag:$VOLUMES_OF,Values=$CLUSTER" Name=status,Values=creating,available,in-use
}
waited=0
while true; do
  # Not in the loop's condition: there an error of the CLI would count as nothing left.
  found=$(left)
  found=$(printf '%s' "$found" | tr -s '[:space:]' ' ')
  case $found in "" | " " | "None" | "None None" | "None None None") exit 0 ;; esac
  if [ "$waited" -ge "$PATIENCE" ]; then
    echo "After $waited seconds these are still there, and cost money: $found" >&2
    echo "Look at them in the region $REGION; when they are gone, run destroy again." >&2
    exit 1
  fi
  [ "$waited" -gt 0 ] || echo "Waiting for AWS to delete: $found" >&2
  sleep 10
  waited=$((waited + 10))
done
