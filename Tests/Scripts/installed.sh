#!/usr/bin/env bash
# What `make install` installs runs from any folder, without an environment and with its own libraries.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
"$root/Scripts/install" "$prefix"

cd /
env -i "$prefix/bin/inkwell" --version >/dev/null
env -i "$prefix/bin/inkwell" --help >/dev/null
if [[ $(uname -s) == Linux ]] && ldd "$prefix"/bin/inkwell* | grep -E 'libswift|libFoundation|\.deps'; then
  echo "installed: the program needs the libraries above, which are not its own" >&2
  exit 1
fi
if [[ -f $root/Models/inkwell-emoji/README.md ]]; then
  env -i "$prefix/bin/inkwell" generate "a red apple" --quiet --output "$prefix/apple.png"
  [[ -s $prefix/apple.png ]]
fi
echo "installed: the program runs from / without an environment"
