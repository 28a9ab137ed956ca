# Installs what is missing of the system's packages.
# shellcheck shell=bash disable=SC2154 # root and platform are set by Scripts/setup.

# The names in the list `$1`.
packages_in() { awk '!/^#/ { print $1 }' "$root/Scripts/packages.$1"; }

install_packages() {
  if [[ $platform == macos-* ]]; then
    install_with_brew
  elif has dpkg-query && has apt-get; then
    install_with_apt
  else
    require_libraries
  fi
}

# Other distributions: go on if the libraries are there under whatever name.
require_libraries() {
  local libraries=(vips sndfile soxr libebur128 libavformat libavcodec libavutil libswscale)
  { has pkg-config && pkg-config --exists "${libraries[@]}"; } ||
    fail "this is neither Debian nor Ubuntu, so set-up cannot install packages:" \
      "install pkg-config, libvips, libsndfile, libsoxr, libebur128, RDKit and FFmpeg's libraries" \
      "with their headers yourself, then run this again."
}

install_with_apt() {
  local wanted missing
  wanted=$(packages_in debian)
  # shellcheck disable=SC2086
  missing=$(comm -23 <(sort <<<"$wanted") <(installed_of $wanted | sort) | paste -s -d " " -)
  [[ -n $missing ]] || return 0

  local by_hand="as root, run \`apt-get install $missing\`, then run this again"
  find_root_command || fail "installing Debian packages needs root or sudo: $by_hand."
  say "these Debian packages are missing: $missing"
  run_as_root apt-get update -qq || say "apt-get could not refresh its lists: going on with what it has"
  # shellcheck disable=SC2086
  print_apt_size $missing
  # shellcheck disable=SC2086
  run_as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes -qq --no-install-recommends $missing ||
    fail "apt-get could not install them: check the network and the disk space, or $by_hand."
}

# Those of the packages `$@` that are installed.
installed_of() {
  dpkg-query --show --showformat '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
    awk '$2 == "installed" { print $1 }' || true
}

print_apt_size() {
  apt-get install --assume-no --no-install-recommends "$@" 2>/dev/null |
    sed -nE 's/^(Need to get|After this operation)/setup: \1/p' || true
}

# Sets `root_command` to what comes before a command that needs root.
find_root_command() {
  root_command=()
  [[ $(id -u) == 0 ]] && return
  has sudo && sudo true </dev/null && root_command=(sudo)
}

run_as_root() { "${root_command[@]}" "$@" </dev/null; }

# Untested: written for Homebrew on Apple silicon.
install_with_brew() {
  has brew || fail "Homebrew was not found: install it from https://brew.sh and run this again."
  local package
  for package in $(packages_in brew); do
    brew list --versions "$package" >/dev/null && continue
    say "Homebrew installs $package"
    brew install "$package" ||
      fail "Homebrew could not install $package: see its message, then run this again."
  done
}
