#!/usr/bin/env bash
# Deploys Calling on AWS, shows its state, or removes it. Every command can be repeated safely.
#
#   deploy/aws/deploy.sh up       creates or updates the stack
#   deploy/aws/deploy.sh status   shows its state, address and servers
#   deploy/aws/deploy.sh down     removes it, except a snapshot of the database
#
# For up:
#   BUCKET        the S3 bucket that the release is uploaded to (required)
#   RELEASE       the archive of a release, calling-VERSION-x86_64-linux.tar.gz (required)
#   PROFILE       fleet (PostgreSQL, two groups of servers) or single (one machine, SQLite); fleet
#   TIERS         one, or two: the fleet's servers answer, and a third group of 1 to 19 servers reads; one
#   VPC, SUBNETS  where it runs, the subnets separated by commas; else the default VPC and one subnet in each zone
#   CERTIFICATE   the ARN of a certificate, for https
#   PUBLIC_URL    the address that visitors type, such as https://calling.example.org
#   IMAGE         the parameter that names the machine image, else the newest of Debian 12
#   ALARM_EMAIL   the address that receives alarms
#   PARAMETERS    further parameters of calling.yaml, as Name=value separated by spaces
# For all: STACK is the stack's name (calling); account and region come from the settings of the AWS command line.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
stack=${STACK:-calling}

fail() {
    printf 'deploy.sh: %s\n' "$1" >&2
    exit 2
}

# choose_network: the VPC, its network, and the subnets.
choose_network() {
    vpc=${VPC:-}
    if [ -z "$vpc" ]; then
        vpc=$(aws ec2 describe-vpcs --filters Name=is-default,Values=true --query 'Vpcs[0].VpcId' --output text)
        [ "$vpc" != None ] || fail "there is no default VPC here: name one in VPC and its subnets in SUBNETS"
    fi
    cidr=$(aws ec2 describe-vpcs --vpc-ids "$vpc" --query 'Vpcs[0].CidrBlock' --output text)
    subnets=${SUBNETS:-}
    if [ -z "$subnets" ]; then
        [ -z "${VPC:-}" ] || fail "name the subnets in SUBNETS, too"
        subnets=$(aws ec2 describe-subnets --filters "Name=vpc-id,Values=$vpc" Name=default-for-az,Values=true \
            --query 'Subnets[].SubnetId' --output text | tr -s '[:space:]' ',' | sed 's/,$//')
    fi
    [[ $subnets == *,* ]] || fail "a load balancer needs subnets in two zones, found only: ${subnets:-none}"
}

up() {
    [ -n "${BUCKET:-}" ] || fail "name the bucket for the release in BUCKET"
    [ -f "${RELEASE:-}" ] || fail "RELEASE names no file: ${RELEASE:-}"
    tar -tzf "$RELEASE" | sed 's|^\./||' | grep -qx calling.service || fail "$RELEASE is not the archive of a release"
    choose_network
    # Named after its hash: a new release gets a new key, so servers are replaced; the same release changes nothing.
    local key
    key=$stack/$(sha256sum "$RELEASE" | cut -c1-16).tar.gz
    aws s3api head-object --bucket "$BUCKET" --key "$key" >/dev/null 2>&1 ||
        aws s3 cp --no-progress "$RELEASE" "s3://$BUCKET/$key"
    local more=()
    read -ra more <<<"${PARAMETERS:-}"
    # Parameters that are not set here keep their values in the stack.
    [ -z "${PROFILE:-}" ] || more+=("Profile=$PROFILE")
    [ -z "${TIERS:-}" ] || more+=("Tiers=$TIERS")
    [ -z "${CERTIFICATE:-}" ] || more+=("CertificateArn=$CERTIFICATE")
    [ -z "${PUBLIC_URL:-}" ] || more+=("PublicUrl=$PUBLIC_URL")
    [ -z "${ALARM_EMAIL:-}" ] || more+=("AlarmEmail=$ALARM_EMAIL")
    aws cloudformation deploy --stack-name "$stack" --template-file "$here/calling.yaml" \
        --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset --parameter-overrides \
        "ReleaseBucket=$BUCKET" "ReleaseKey=$key" "ImageId=${IMAGE:-/aws/service/debian/release/12/latest/amd64}" \
        "VpcId=$vpc" "VpcCidr=$cidr" "SubnetIds=$subnets" "${more[@]}"
    status
}

exists() { aws cloudformation describe-stacks --stack-name "$stack" >/dev/null 2>&1; }

output() {
    aws cloudformation describe-stacks --stack-name "$stack" \
        --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue" --output text
}

status() {
    if ! exists; then
        echo "$stack: not there"
        return
    fi
    printf '%s: %s\n' "$stack" \
        "$(aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].StackStatus' --output text)"
    printf 'address: %s\n' "$(output Address)"
    aws autoscaling describe-auto-scaling-groups --output table --query \
        "AutoScalingGroups[?Tags[?Key=='calling-group' && starts_with(Value, '$stack-')]].{Group: AutoScalingGroupName, Wanted: DesiredCapacity, Servers: length(Instances)}"
}

down() {
    if ! exists; then
        echo "$stack: not there"
        return
    fi
    aws cloudformation delete-stack --stack-name "$stack"
    aws cloudformation wait stack-delete-complete --stack-name "$stack"
    echo "$stack: removed; snapshots and releases in the bucket are still there"
}

command -v aws >/dev/null || fail "the AWS command line (aws) is missing"
case ${1:-} in
    up | status | down) "$1" ;;
    *)
        sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
        exit 2
        ;;
esac
