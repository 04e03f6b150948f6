#!/bin/sh
# Installs the Debian packages named that dpkg does not know as installed. Asks apt only when one is missing.
set -eu
missing=
for package in "$@"; do
	case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
	installed) ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ]; then
	as_root=
elif command -v sudo >/dev/null 2>&1; then
	as_root=sudo
else
	echo "packages are missing:$missing; install them as root: apt-get install$missing" >&2
	exit 1
fi
echo "installing as ${as_root:-root}:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get -qq update
# shellcheck disable=SC2086 # a list of words
$as_root apt-get -qq -y install --no-install-recommends $missing >build/packages.log 2>&1 || {
	tail -n 5 build/packages.log >&2
	echo "apt-get could not install:$missing; the whole log is build/packages.log" >&2
	exit 1
}
