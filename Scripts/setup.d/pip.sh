# Downloads wheels with Python's pip.
# shellcheck shell=bash

require_pip() {
  { has python3 && python3 -m pip --version >/dev/null 2>&1; } ||
    fail "Python's pip was not found: install it (Debian: \`apt-get install python3-pip\`) and run this again."
}

pip_messages=''

# `pip download` with the arguments `$2…` into `$1/wheels`. What it complains of is added to
# `pip_messages`: a file for that would be cut off where the disk is full.
# A full disk ends the script here, so that nothing else is tried.
pip_download() {
  local work=$1 status=0
  shift
  {
    pip_messages+=$(TMPDIR=$work python3 -m pip download --dest "$work/wheels" --no-deps \
      --no-cache-dir --disable-pip-version-check --only-binary=:all: "$@" </dev/null 2>&1 >&3)$'\n' ||
      status=$?
  } 3>&1
  if [[ $pip_messages == *'No space left on device'* || $pip_messages == *'Disk quota exceeded'* ]]; then
    fail_with_pip "the disk filled up while pip downloaded: make room and run this again."
  fi
  return "$status"
}

fail_with_pip() {
  printf '%s' "$pip_messages" >&2
  fail "$@"
}
