#!/usr/bin/env bash
# Changes a coefficient of every sampler, rule and method, and says whether its proof sees it.
#
# `mutations.tsv` has a change a line: the batch, what must see it, the file below Sources/Diffusion,
# the text that is there once, and what takes its place; a line without texts is about the change
# above it, which another subject must see as well. `verify:NAME` is a subject of `inkwell verify`,
# with the name in its lines after a slash if that is another; `test:REGEX` is a filter of tests. The
# changes of a batch are in parts that do not use each other, so that one build shows them all. Each
# is undone again. It takes a build of the program a batch, and one of the tests.
#
# usage: mutations.sh [BATCH…], else all of them; from a clean tree.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
list=$root/Tests/Scripts/mutations.tsv
sources=$root/Sources/Diffusion
saved=$(mktemp -d)
missed=0

undo() { cp -r "$saved/." "$sources/"; }
trap 'undo; rm -rf "$saved"' EXIT
cd "$root"

# Replaces `$2` by `$3` in the file `$1`, which must have it once.
change() {
  mkdir -p "$saved/$(dirname "$1")"
  [[ -e $saved/$1 ]] || cp "$sources/$1" "$saved/$1"
  FILE=$1 OLD=$2 NEW=$3 perl -0pi -e '
    $count = s/\Q$ENV{OLD}\E/$ENV{NEW}/g;
    die "mutations: expected \"$ENV{OLD}\" once in $ENV{FILE}, found it $count times\n"
      unless $count == 1;' "$sources/$1"
}

# Prints what became of a change.
report() {
  printf '%-8s %s\t%s\n' "$1" "$2" "$3"
  [[ $1 == caught ]] || missed=$((missed + 1))
}

if (($#)); then batches=("$@"); else mapfile -t batches < <(cut -f1 "$list" | sort -nu); fi
for batch in "${batches[@]}"; do
  verified=() tested=()
  while IFS=$'\t' read -r number target file old new; do
    [[ $number == "$batch" ]] || continue
    [[ -z $old ]] || change "$file" "$old" "$new"
    case $target in
    verify:*) verified+=("${target#verify:}"$'\t'"$file") ;;
    test:*) tested+=("${target#test:}"$'\t'"$file") ;;
    esac
  done < "$list"
  if ((${#verified[@]})); then
    swift build >&2
    subjects=$(printf '%s\n' "${verified[@]}" | cut -f1 | cut -d/ -f1 | sort -u | paste -sd,)
    lines=$(.build/debug/inkwell verify --only "$subjects" --quiet || true)
    [[ -n $lines ]] || { echo "mutations: inkwell verify printed nothing" >&2; exit 1; }
    for entry in "${verified[@]}"; do
      name=${entry%%$'\t'*}
      if grep -qF "✗ ${name##*/} " <<< "$lines"; then kind=caught; else kind=missed; fi
      report "$kind" "$name" "${entry#*$'\t'}"
    done
  fi
  if ((${#tested[@]})); then
    swift build --build-tests >&2
    for entry in "${tested[@]}"; do
      filter=${entry%%$'\t'*}
      if swift test --skip-build --filter "$filter" > /dev/null 2>&1; then kind=missed; else kind=caught; fi
      report "$kind" "$filter" "${entry#*$'\t'}"
    done
  fi
  undo
done
echo "$missed missed"
((missed == 0))
