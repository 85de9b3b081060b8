# shellcheck shell=bash
# To be sourced inside private.sh: makes podman and buildah store everything in $state, which is emptied first, without a daemon
# and without a registry. $state is on disk, since the layers of images are large.

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
# The shell's own limits: raising a limit is not allowed everywhere.
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
# A missing image is an error and not downloaded.
cat >"$CONTAINERS_REGISTRIES_CONF" <<CONF
unqualified-search-registries = ["docker.io"]
short-name-mode = "disabled"
CONF

# The tests run health checks themselves: podman's timers need systemd, which does not run here.
export DISABLE_HC_SYSTEMD=true
