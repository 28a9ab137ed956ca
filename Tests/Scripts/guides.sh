#!/usr/bin/env bash
# What the guides tell people to type is right.
#
# The commands of README.md run one after the other in an empty folder: every line of a block that
# calls `inkwell`, but those of `make`, which other tests run, and of the subcommands that need a data
# set or a training, which take long. In all guides, every subcommand and option of `inkwell` exists.
#
# usage: guides.sh [PROGRAM], else the program is built for debugging.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ran=0 checked=0

wrong() {
  printf 'guides: %s: %s\n  %s\n' "$1" "$3" "$2" >&2
  exit 1
}

# Prints the line's number, a tab and the text of each command in the shell blocks of the file `$1`
# that call `inkwell`. Lines that end in a backslash are joined with the next.
block_commands() {
  awk '
    !inside { if (/^```sh/) { inside = 1; calls = count = joins = 0 }; next }
    /^```/ {
      if (calls) for (i = 1; i <= count; i++) print line[i] "\t" text[i]
      inside = 0
      next
    }
    !joins && /^[ ]*(#|$)/ { next }
    {
      sub(/^ +/, "")
      if (joins) text[count] = text[count] $0
      else { line[++count] = NR; text[count] = $0 }
      joins = sub(/\\$/, "", text[count])
      if (text[count] ~ /^inkwell /) calls = 1
    }' "$1"
}

# Prints in the same way what stands between backquotes and begins with `inkwell` or with an option.
quoted_commands() {
  awk '
    /^```/ { inside = !inside; next }
    !inside {
      count = split($0, parts, "`")
      for (i = 2; i < count; i += 2) if (parts[i] ~ /^(inkwell |--)/) print NR "\t" parts[i]
    }' "$1"
}

# Puts the help of the command `$@` into the file `$help`.
find_help() {
  help="$work/help/inkwell${*:+ $*}"
  if [[ ! -f $help ]]; then inkwell "$@" --help >"$help"; fi
}

has_subcommands() { grep -q '^SUBCOMMANDS:' "$help"; }

lists_subcommand() {
  awk -v name="$1" '
    /^[A-Z]+:/ { inside = /^SUBCOMMANDS:/ }
    inside && /^  [a-z]/ {
      # A name may have others behind it, with commas between them.
      for (i = 1; i <= NF; i++) {
        if ($i == name || $i == name ",") found = 1
        if ($i !~ /,$/) break
      }
    }
    END { exit !found }' "$help"
}

# Prints the subcommand that the help means where none is named.
default_subcommand() { sed -nE 's/^  ([a-z-]+) \(default\).*/\1/p' "$help"; }

# Whether one of the files `$2…` lists the option `$1`.
lists_option() {
  local option=$1
  shift
  grep -qE -e "^ +(-.*[ ,/])?$option([ ,/]|\$)" "$@"
}

# Checks that the subcommands and options of the command `$2`, found at the place `$1`, exist.
check_command() {
  local place=$1 command=$2 words word path=() names=1
  read -ra words <<<"${command%%[|>&;#]*}"
  find_help
  for word in "${words[@]:1}"; do
    if has_subcommands && ! lists_subcommand "$word" && ! lists_option "${word%%=*}" "$help"; then
      path+=($(default_subcommand))
      find_help "${path[@]}"
    fi
    if [[ $word == --?* ]]; then
      word=${word%%=*}
      lists_option "$word" "$help" ||
        wrong "$place" "$command" "${help##*/} has no option $word"
    elif [[ $word == -* ]] || ((!names)) || ! has_subcommands; then
      names=0
    elif lists_subcommand "$word"; then
      path+=("$word")
      find_help "${path[@]}"
    elif [[ $word =~ ^[a-z-]+$ ]]; then
      wrong "$place" "$command" "${help##*/} has no subcommand $word"
    fi
  done
  checked=$((checked + 1))
}

# Checks every command that the guide `$1` has, in blocks and between the lines.
check_guide() {
  local guide=$1 line command blocks
  blocks=$(block_commands "$root/$guide")
  if [[ -z $blocks ]]; then return; fi
  while IFS=$'\t' read -r line command <&3; do
    if [[ $command == 'inkwell '* ]]; then check_command "$guide:$line" "$command"; fi
  done 3<<<"$blocks"
  while IFS=$'\t' read -r line command <&3; do
    case $command in
      inkwell*) check_command "$guide:$line" "$command" ;;
      *)
        lists_option "${command%%[ =]*}" "$work"/help/* ||
          wrong "$guide:$line" "$command" "no command in the guides so far has this option"
        ;;
    esac
  done 3< <(quoted_commands "$root/$guide")
}

# Runs the commands of the guide `$1` one after the other.
run_guide() {
  local guide=$1 line command status
  while IFS=$'\t' read -r line command <&3; do
    case $command in
      make\ *) continue ;;
      'inkwell dataset '* | 'inkwell train '* | 'inkwell evaluate '*) continue ;;
      'inkwell model package '*) continue ;;
    esac
    status=0
    (cd "$work/folder" && bash -euo pipefail -c "$command") </dev/null >"$work/log" 2>&1 ||
      status=$?
    if ((status != 0)); then
      cat "$work/log" >&2
      wrong "$guide:$line" "$command" "exit code $status"
    fi
    ran=$((ran + 1))
  done 3< <(block_commands "$root/$guide")
}

mkdir "$work"/{bin,help,folder}
if (($# == 0)); then
  swift build --package-path "$root"
  set -- "$(swift build --package-path "$root" --show-bin-path)/inkwell"
fi
ln -s "$(cd "$(dirname "$1")" && pwd)/$(basename "$1")" "$work/bin/inkwell"
PATH=$work/bin:$PATH

while IFS= read -r guide <&4; do check_guide "$guide"; done 4< <(cd "$root" && git ls-files '*.md')
run_guide README.md
if ((ran == 0 || checked == 0)); then
  echo "guides: expected commands of inkwell in README.md, found none" >&2
  exit 1
fi
echo "guides: $ran commands of README.md ran, and the options of $checked exist"
