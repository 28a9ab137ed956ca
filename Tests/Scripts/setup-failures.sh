#!/usr/bin/env bash
# Each way in which Scripts/setup can fail ends in one sentence that says what to do.
#
# The set-up runs in a copy of the scripts, with a PATH that holds the basic tools and fakes of
# everything that it would ask of the machine. A test changes one fake.
set -euo pipefail

source_root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tools=(bash env awk sed sort comm paste head cat rm mv mkdir dirname)
unset LIBTORCH
python=$(python3 -c 'import sys; print(sys.executable)')
tests=0

# Writes a fake command `$1` whose script is `$2`.
fake() {
  printf '#!%s\n%s\n' "$BASH" "$2" >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}

# A machine on which the set-up would go through, with a small wheel for pip to fetch.
machine() {
  rm -rf "${work:?}"/{bin,project}
  mkdir -p "$work"/{bin,project}
  cp -R "$source_root/Scripts" "$work/project/"
  local tool
  for tool in "${tools[@]}"; do ln -s "$(command -v "$tool")" "$work/bin/$tool"; done
  fake swift 'echo "Swift version 6.3.1 (swift-6.3.1-RELEASE)"'
  fake uname 'case $1 in -s) echo Linux ;; -m) echo x86_64 ;; esac'
  fake id 'echo 0'
  fake sudo '[[ $1 == true ]] || exec "$@"'
  fake df 'printf "Filesystem 1024-blocks Used Available\n/dev/disk 0 0 99999999\n"'
  fake apt-get 'exit 0'
  fake dpkg-query 'shift 3; for name; do echo "$name installed"; done'
  fake python3 "
case \"\$1 \$2 \$3\" in
  '-m pip --version') ;;
  '-m pip download') cp=\$(command -v cat); while [[ \$1 != --dest ]]; do shift; done
    \$cp '$work/torch.whl' >\"\$2/torch.whl\" ;;
  *) exec '$python' \"\$@\" ;;
esac"
  (cd "$work" && sha256sum torch.whl) >"$work/project/Scripts/libtorch.sha256"
}

# A wheel with as much of LibTorch as the set-up looks at.
make_wheel() {
  python3 - "$work/torch.whl" <<'PYTHON'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("torch/include/ATen/ATen.h", "")
    wheel.writestr("torch/include/torch/headeronly/version.h", '#define TORCH_VERSION \\\n  "2.13.0"\n')
    wheel.writestr("torch/lib/libtorch_cpu.so", "")
    wheel.writestr("torch/lib/libtorch_python.so", "")
PYTHON
}

run_setup() { PATH=$work/bin "$BASH" "$work/project/Scripts/setup" "$@" </dev/null >"$work/log" 2>&1; }

wrong() {
  printf 'setup-failures: %s: %s\n' "$name" "$1" >&2
  cat "$work/log" >&2
  exit 1
}

# Expects that the set-up fails, and that its last line holds each of `$2…`.
fails_with() {
  local name=$1 words last
  shift
  if run_setup; then wrong 'the set-up should have failed'; fi
  last=$(tail -n 1 "$work/log")
  [[ $last == setup:*. ]] || wrong 'the last line is not a sentence of the set-up'
  for words; do [[ $last == *"$words"* ]] || wrong "the last line lacks: $words"; done
  tests=$((tests + 1))
}

succeeds() {
  local name=$1
  shift
  run_setup "$@" || wrong 'the set-up should have passed'
  tests=$((tests + 1))
}

test_success() {
  machine
  succeeds 'a first run'
  local name='what is unpacked' libtorch=$work/project/.deps/libtorch
  [[ -f $libtorch/lib/libtorch_cpu.so ]] || wrong 'libtorch_cpu.so is missing'
  [[ ! -e $libtorch/lib/libtorch_python.so ]] || wrong 'libtorch_python.so should be left out'
  [[ $(ls -A "$work/project/.deps") == libtorch ]] || wrong '.deps holds more than LibTorch'
  fake python3 'exit 1'
  fake apt-get 'exit 1'
  succeeds 'a second run, without pip and apt-get'
  rm "$libtorch/.stamp"
  succeeds 'a LibTorch that was unpacked by hand'
  LIBTORCH=$libtorch succeeds 'LIBTORCH'
}

test_swift_and_system() {
  machine && rm "$work/bin/swift"
  fails_with 'no Swift' 'Swift was not found' 'https://www.swift.org/install'
  machine && fake swift 'echo "Swift version 6.2.4 (swift-6.2.4-RELEASE)"'
  fails_with 'an old Swift' 'Swift 6.2 is too old' 'https://www.swift.org/install'
  machine && fake uname 'echo FreeBSD'
  fails_with 'another system' 'FreeBSD' 'use Linux'
  machine && rm "$work/bin/apt-get"
  fails_with 'another distribution' 'neither Debian nor Ubuntu' 'libvips'
  fake pkg-config 'exit 0'
  succeeds 'another distribution with libvips'
}

test_packages() {
  machine && fake dpkg-query 'echo "pkg-config installed"; exit 1'
  fake apt-get '[[ $1 == update ]]'
  fails_with 'apt-get without a network' 'check the network' 'apt-get install libstdc++-12-dev libvips-dev'
  fake id 'echo 1000' && fake sudo 'exit 1'
  fails_with 'no right to sudo' 'needs root or sudo' 'as root, run'
  rm "$work/bin/sudo"
  fails_with 'no sudo' 'needs root or sudo' 'as root, run'
}

test_libtorch() {
  machine && fake python3 'exit 1'
  fails_with 'no pip' 'pip was not found' 'python3-pip'
  machine && fake df 'printf "Filesystem 1024-blocks Used Available\n/dev/disk 0 0 20480\n"'
  fails_with 'no space' '20 MB are free' 'make room'
  machine && fake python3 '[[ $3 == --version ]]'
  fails_with 'pip without a network' 'pip could not download' 'check the network'
  machine && echo "0000  torch.whl" >"$work/project/Scripts/libtorch.sha256"
  fails_with 'another wheel' 'is not pinned' 'do not use it'
  [[ ! -e $work/project/.deps/libtorch ]] || wrong 'a refused wheel was unpacked'
  machine && LIBTORCH=$work fails_with 'a wrong LIBTORCH' "LIBTORCH=$work" 'unset LIBTORCH'
}

make_wheel
test_success
test_swift_and_system
test_packages
test_libtorch
echo "setup-failures: $tests cases passed"
