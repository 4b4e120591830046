#!/usr/bin/env bash
# Unpacks rsyslog, syslog-ng, stunnel and promtool from Debian's packages into a folder, without installing them: rsyslog and
# syslog-ng cannot be installed side by side, and no syslog of this machine may be touched. logrotate too, and systemd for
# systemd-analyze, which containers lack. Needs `apt-get update` first.
# Usage: unpack-receivers.sh FOLDER, then run the interop tests with INTEROP_ROOT=FOLDER.
set -euo pipefail
folder=${1:?Usage: unpack-receivers.sh FOLDER}

# to_install PACKAGE...: the packages and what they need that this machine does not have.
to_install() {
  printf '%s\n' "$@"
  apt-get install --simulate --no-install-recommends "$@" | awk '/^Inst/ { print $2 }'
}

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
packages=$(mktemp -d)
trap 'rm -rf "$packages"' EXIT
cd "$packages"
{
  to_install rsyslog rsyslog-gnutls stunnel4
  to_install syslog-ng-core
  # Of Prometheus only promtool, which needs nothing else.
  echo prometheus
  to_install logrotate systemd
} | sort -u | xargs apt-get download --quiet
for package in *.deb; do dpkg --extract "$package" "$folder"; done
