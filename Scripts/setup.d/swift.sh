# Checks the Swift toolchain.
# shellcheck shell=bash

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
