# What every part of the set-up uses.
# shellcheck shell=bash disable=SC2154 # root and platform are set by Scripts/setup.

say() { printf 'setup: %s\n' "$*"; }

# Ends the set-up with one sentence that says what to do.
fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# linux-x86_64, linux-aarch64 or macos-arm64.
platform_name() {
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo linux-x86_64 ;;
    Linux-aarch64 | Linux-arm64) echo linux-aarch64 ;;  # Untested.
    Darwin-arm64) echo macos-arm64 ;;                   # Untested.
    *) fail "there is no LibTorch for $(uname -s) on $(uname -m):" \
      "use Linux on x86-64 or ARM64, or macOS on Apple silicon." ;;
  esac
}

# Fails unless `$1` megabytes are free where the dependencies and the build go.
require_space() {
  local free
  free=$(df -Pk "$root" | awk 'NR == 2 { print int($4 / 1024) }')
  ((free >= $1)) ||
    fail "$1 MB of disk space are needed at $root, and $free MB are free: make room and run this again."
}
