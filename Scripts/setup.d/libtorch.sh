# Fetches LibTorch, the C++ library inside the `torch` wheel, and unpacks it below .deps/.
# shellcheck shell=bash disable=SC2154 # root and platform are set by Scripts/setup.

torch_version=2.13.0
cpu_index=https://download.pytorch.org/whl/cpu

provide_libtorch() {
  if [[ -n ${LIBTORCH:-} ]]; then
    check_foreign_libtorch
    return
  fi
  local folder=$root/.deps/libtorch
  [[ -f $folder/.stamp && $(<"$folder/.stamp") == "torch $torch_version" ]] && return
  if [[ $(libtorch_version "$folder") != "$torch_version" ]]; then
    fetch_libtorch "$folder"
  fi
  echo "torch $torch_version" >"$folder/.stamp"
}

# The version of the LibTorch in the folder `$1`, or nothing.
libtorch_version() {
  local header=$1/include/torch/headeronly/version.h
  [[ -f $header && -f $1/include/ATen/ATen.h && -f $1/lib/$(torch_library) ]] || return 0
  sed -nE 's/^ *"([0-9]+\.[0-9]+\.[0-9]+)".*/\1/p' "$header" | head -n 1
}

torch_library() {
  if [[ $platform == macos-* ]]; then echo libtorch_cpu.dylib; else echo libtorch_cpu.so; fi
}

check_foreign_libtorch() {
  local found
  found=$(libtorch_version "$LIBTORCH")
  [[ $found == "$torch_version" ]] ||
    fail "LIBTORCH=$LIBTORCH holds LibTorch ${found:-of no known version}, and $torch_version is needed:" \
      "correct it, or unset LIBTORCH and set-up fetches the right one."
}

fetch_libtorch() {
  local work
  begin_fetching 4000
  download_wheels "$work"
  say "unpacking LibTorch into .deps/libtorch"
  unpack_wheels libtorch
  [[ $(libtorch_version "$work/libtorch") == "$torch_version" ]] ||
    fail "the wheel does not hold LibTorch $torch_version: please report this."
  rm -rf "$1"
  mv "$work/libtorch" "$1"
}

download_wheels() {
  local work=$1
  case $platform in
    macos-arm64)  # Untested.
      say "fetching LibTorch $torch_version (110 MB)"
      download_wheel "$work" "torch==$torch_version" macosx_14_0_arm64
      ;;
    linux-aarch64) download_cuda_build "$work" aarch64 ;;
    linux-x86_64)
      say "fetching LibTorch $torch_version (190 MB)"
      download_wheel "$work" "torch==$torch_version+cpu" manylinux_2_28_x86_64 ||
        download_wheel "$work" "torch==$torch_version+cpu" manylinux_2_28_x86_64 \
          --index-url "$cpu_index" --retries 1 ||
        download_cuda_build "$work" x86_64
      ;;
  esac || fail_with_pip "pip could not download LibTorch: check the network (or the proxy)" \
    "and run this again, or set LIBTORCH to a LibTorch $torch_version that you have."
}

# PyPI's own build for Linux. Its CPU library names two of CUDA's libraries, so these come too;
# CUDA's kernels are left out. Untested on aarch64.
download_cuda_build() {
  say "no build for CPUs only was found: fetching PyPI's build (540 MB)"
  download_wheel "$1" "torch==$torch_version" "manylinux_2_28_$2" &&
    download_wheel "$1" nvidia-cuda-runtime==13.0.96 "manylinux2014_$2" &&
    download_wheel "$1" nvidia-cuda-cupti==13.0.85 "manylinux_2_25_$2"
}
