#!/usr/bin/env bash
# Every relative link in the Markdown files leads to a file or a folder of the repository.
#
# usage: links.sh [REPOSITORY], else this one.
set -euo pipefail

cd "${1:-$(dirname "$0")/../..}"
checked=0 dead=0

# Prints the line's number, a tab and the target of each link and picture in the file `$1` outside
# code, without its title and its anchor.
targets() {
  awk '
    /^ *```/ { inside = !inside; next }
    !inside {
      gsub(/`[^`]*`/, "")
      while (match($0, /\]\([^)]+\)/)) {
        target = substr($0, RSTART + 2, RLENGTH - 3)
        $0 = substr($0, RSTART + RLENGTH)
        sub(/[ #].*/, "", target)
        if (target != "") print NR "\t" target
      }
    }' "$1"
}

# Whether git knows the path `$1`; what only lies here is missing elsewhere.
is_tracked() {
  [[ -e $1 ]] && git ls-files --error-unmatch -- "$1" >/dev/null 2>&1
}

while IFS= read -r file <&3; do
  while IFS=$'\t' read -r line target <&4; do
    case $target in *:*) continue ;; esac
    checked=$((checked + 1))
    is_tracked "$(dirname "$file")/$target" && continue
    echo "links: $file:$line: $target is not in the repository" >&2
    dead=$((dead + 1))
  done 4< <(targets "$file")
done 3< <(git ls-files '*.md')
if ((checked == 0)); then
  echo "links: expected relative links in the Markdown files, found none" >&2
  exit 1
fi
((dead == 0)) || exit 1
echo "links: all $checked relative links lead to files of the repository"
