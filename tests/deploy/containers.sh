# shellcheck shell=bash
# To be sourced, inside private.sh: has podman and buildah keep everything below $state, afresh, without a daemon and without a
# registry. $state is on disk, since overlays of whole images are large.

: "${state:?the directory that containers are kept in}"

export CONTAINERS_CONF=$state/containers.conf
export CONTAINERS_STORAGE_CONF=$state/storage.conf
export CONTAINERS_REGISTRIES_CONF=$state/registries.conf
export BUILDAH_ISOLATION=chroot
rm -rf "$state/storage"
mkdir -p "$state/storage"

cat >"$CONTAINERS_CONF" <<CONF
[containers]
log_driver = "k8s-file"
# What the shell has already: raising a limit is not everywhere allowed.
default_ulimits = ["nofile=$(ulimit -Sn):$(ulimit -Hn)", "nproc=$(ulimit -Su):$(ulimit -Hu)"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "/run/libpod"
runtime = "runc"
[network]
network_backend = "netavark"
network_config_dir = "/run/networks"
CONF
cat >"$CONTAINERS_STORAGE_CONF" <<CONF
[storage]
driver = "overlay"
graphroot = "$state/storage"
runroot = "/run/containers"
CONF
# An image that is not here is an error, not a download.
cat >"$CONTAINERS_REGISTRIES_CONF" <<CONF
unqualified-search-registries = ["docker.io"]
short-name-mode = "disabled"
CONF

# Health checks are run by whoever wants to know: the timers that podman would set are systemd's, which is not in here.
export DISABLE_HC_SYSTEMD=true
