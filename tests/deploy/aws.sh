#!/usr/bin/env bash
# Tests the AWS stack without AWS: lints the template and asserts its contents, then runs deploy.sh against a substitute for AWS
# (moto): up twice, then down, with each profile.
#
#   tests/deploy/private.sh tests/deploy/aws.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/deploy
# shellcheck source-path=SCRIPTDIR
. "$here/say.sh"

cfn-lint deploy/aws/calling.yaml
python3 "$here/template.py"
sed 's/HealthCheckPath: \/ready/HealthCheckPaths: \/ready/' deploy/aws/calling.yaml >/tmp/planted-$$.yaml
! cfn-lint /tmp/planted-$$.yaml >/dev/null || fail "a planted misspelling passed the linter"
rm /tmp/planted-$$.yaml

export AWS_ENDPOINT_URL=http://127.0.0.1:5000 AWS_DEFAULT_REGION=us-east-1 AWS_PAGER='' \
    AWS_ACCESS_KEY_ID=nobody AWS_SECRET_ACCESS_KEY=nothing AWS_EC2_METADATA_DISABLED=true
# Ignore the user's own settings of the AWS command line.
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
scratch=$(mktemp -d)
trap 'kill "$moto" 2>/dev/null || true; rm -rf "$scratch"' EXIT
python3 "$here/stand-ins/aws.py" --host 127.0.0.1 --port 5000 >"$scratch/moto.log" 2>&1 &
moto=$!
within 300 "the stand-in for AWS answers" answers 200 $AWS_ENDPOINT_URL/moto-api/

mkdir "$scratch/release"
cp deploy/calling.service "$scratch/release/"
tar -czf "$scratch/calling.tar.gz" -C "$scratch/release" .
aws s3api create-bucket --bucket releases >/dev/null
export BUCKET=releases RELEASE=$scratch/calling.tar.gz
image=$(aws ec2 describe-images --query 'Images[0].ImageId' --output text)
# Moto resolves this parameter twice, so its value must equal its name.
aws ssm put-parameter --name "$image" --type String --value "$image" >/dev/null
export IMAGE=$image

count() { aws "$@" --output text | wc -w; }

# Moto ignores some resources and the outputs, and creates the rest.
up() {
    deploy/aws/deploy.sh up >"$scratch/said" 2>&1 || { cat "$scratch/said" >&2; tail -20 "$scratch/moto.log" >&2; fail "up failed"; }
}

# Each resource's kind and name.
resources() {
    aws cloudformation describe-stack-resources --stack-name "$STACK" --output text \
        --query 'StackResources[].[ResourceType, PhysicalResourceId]' | sort
}

for profile in fleet tiers single; do
    export PROFILE=$profile STACK=calling-$profile TIERS=one
    [ "$profile" != tiers ] || export PROFILE=fleet TIERS=two
    up
    grep -q "^$STACK: CREATE_COMPLETE" "$scratch/said" || fail "$(cat "$scratch/said")"
    first=$(resources)
    up
    expect "the resources after a second up" "$first" "$(resources)"
    expect "releases in the bucket" 1 "$(count s3api list-objects-v2 --bucket releases --prefix "$STACK/" --query 'Contents[].Key')"
    expect "load balancers" 1 "$(grep -c '^AWS::ElasticLoadBalancingV2::LoadBalancer' <<<"$first")"
    expect "target groups" 2 "$(grep -c '^AWS::ElasticLoadBalancingV2::TargetGroup' <<<"$first")"
    case $profile in
        fleet) machines=(0 2 1) ;;
        tiers) machines=(0 3 1) ;;
        single) machines=(1 0 0) ;;
    esac
    expect "machines of its own" "${machines[0]}" "$(grep -c '^AWS::EC2::Instance' <<<"$first")"
    expect "groups of servers" "${machines[1]}" "$(grep -c '^AWS::AutoScaling::AutoScalingGroup' <<<"$first")"
    expect "databases" "${machines[2]}" "$(grep -c '^AWS::RDS::DBInstance' <<<"$first")"
    say "$profile: up twice, the same resources"
    deploy/aws/deploy.sh down >/dev/null
    expect "load balancers after down" 0 "$(count elbv2 describe-load-balancers --query 'LoadBalancers[].LoadBalancerName')"
    deploy/aws/deploy.sh down | grep -q "not there" || fail "down twice is an error"
    deploy/aws/deploy.sh status | grep -q "not there" || fail "status of nothing"
done
! BUCKET='' deploy/aws/deploy.sh up 2>/dev/null || fail "up without a bucket"
say "each profile: down twice, nothing left"
