# Checks the Swift toolchain, and lets it fetch the Swift packages.
# shellcheck shell=bash disable=SC2154 # root is set by Scripts/setup.

swift_needed=6.3
swift_advice="install Swift $swift_needed or newer from https://www.swift.org/install and run this again"

require_swift() {
  has swift || fail "Swift was not found: $swift_advice."
  local found
  found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
  [[ -n $found ]] || fail "\`swift --version\` does not name a version: $swift_advice."
  is_at_least "$found" "$swift_needed" || fail "Swift $found is too old: $swift_advice."
}

# Whether the version `$1` (major.minor) is `$2` or newer.
is_at_least() {
  local major=${1%%.*} minor=${1#*.}
  ((major > ${2%%.*} || (major == ${2%%.*} && minor >= ${2#*.})))
}

# A debug build with the tests and a release build took 700 MB.
require_space_for_build() {
  [[ -d $root/.build/debug || -d $root/.build/release ]] || require_space 1500
}

# Takes half a second, and no network, where they are there already.
resolve_swift_packages() {
  [[ -d $root/.build/checkouts ]] ||
    say "SwiftPM fetches the Swift packages that Package.swift names (15 MB)"
  swift package --package-path "$root" resolve </dev/null ||
    fail "SwiftPM could not fetch the Swift packages: check the network (or the proxy)," \
      "the disk space and that git is installed, and run this again."
}
