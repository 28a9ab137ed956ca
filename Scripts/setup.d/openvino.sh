# Fetches OpenVINO's runtime, the C library inside the `openvino` wheel, and unpacks it below .deps/.
# Nothing is built with it: the program opens it when it compiles a network.
# shellcheck shell=bash disable=SC2154 # root and platform are set by Scripts/setup.

openvino_version=2026.4.1
# As libraries are numbered: the year's last two digits, the release and the patch.
openvino_number=2641

provide_openvino() {
  if [[ -n ${OPENVINO:-} ]]; then
    has_openvino "$OPENVINO" ||
      fail "OPENVINO=$OPENVINO does not hold the runtime of OpenVINO $openvino_version" \
        "(lib/$(openvino_library)): correct it, or unset OPENVINO and set-up fetches it."
    return
  fi
  local folder=$root/.deps/openvino
  [[ -f $folder/.stamp && $(<"$folder/.stamp") == "openvino $openvino_version" ]] && return
  has_openvino "$folder" || fetch_openvino "$folder"
  echo "openvino $openvino_version" >"$folder/.stamp"
}

openvino_library() {
  if [[ $platform == macos-* ]]; then
    echo "libopenvino_c.$openvino_number.dylib"
  else
    echo "libopenvino_c.so.$openvino_number"
  fi
}

# Whether the folder `$1` holds the pinned version.
has_openvino() { [[ -f $1/lib/$(openvino_library) ]]; }

fetch_openvino() {
  local work tag
  begin_fetching 400
  case $platform in
    linux-x86_64) tag=manylinux_2_28_x86_64 ;;
    linux-aarch64) tag=manylinux_2_35_aarch64 ;;  # Untested.
    macos-arm64) tag=macosx_11_0_arm64 ;;         # Untested.
  esac
  say "fetching OpenVINO $openvino_version (60 MB)"
  download_wheel "$work" "openvino==$openvino_version" "$tag" ||
    fail_with_pip "pip could not download OpenVINO: check the network (or the proxy) and run this" \
      "again, or set OPENVINO to the folder of an OpenVINO $openvino_version that you have."
  say "unpacking OpenVINO's runtime into .deps/openvino (85 MB)"
  unpack_wheels openvino
  has_openvino "$work/openvino" ||
    fail "the wheel does not hold OpenVINO $openvino_version: please report this."
  rm -rf "$1"
  mv "$work/openvino" "$1"
}
