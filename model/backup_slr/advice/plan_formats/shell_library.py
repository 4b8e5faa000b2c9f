r"""The parts of every script that do not depend on the plan."""

HEAD = """\
#!/usr/bin/env bash
# Deletes the vaults that a plan names, with every recovery point in them when it runs; these cannot be restored.
# Without an option it changes nothing: it shows what it would do.
#   --run          ask before each phase, then do it
#   --yes          do everything without asking
#   --account ID   the account to work in, if the plan does not name it
#   --new-points   also delete what was added after the plan was made; without it, the script stops before that
# It can be run again at any time: what is done already is left out.
# Exit codes: 0 the role does not exist, 1 it still exists, 2 wrong options, 3 something needs more time: run this again
# later, 4 there is more to delete than the plan expects.
# WAIT (seconds between tries), TRIES, ROUNDS and SAVED (a folder for what is replaced) can be set in the environment.
# shellcheck disable=SC2016,SC2034,SC2317
set -euo pipefail"""

MORE_OPTIONS = "# more options\n"
OPTIONS = """\
WAIT=${WAIT:-60} TRIES=${TRIES:-60} ROUNDS=${ROUNDS:-7}
setting() {
  [[ $2 =~ ^$3$ ]] && return
  printf '%s in the environment must be %s, not %q\\n' "$1" "$4" "$2" >&2
  exit 2
}
setting WAIT "$WAIT" '[0-9]{1,9}(\\.[0-9]+)?' 'a number of seconds'
setting TRIES "$TRIES" '[1-9][0-9]{0,8}' 'a number from 1'
setting ROUNDS "$ROUNDS" '[1-9][0-9]{0,8}' 'a number from 1'
DRY=1 YES=0 NEW=0 WAITING=0 SURPLUS=0 CONSENTS='' CODE='' PARTITION=aws OUT='' LIST=()
while (($#)); do
  case $1 in
    --run) DRY=0 ;;
    --yes) DRY=0 YES=1 ;;
    --new-points) NEW=1 ;;
# more options
    --account) ACCOUNT=${2:?--account needs a number} && shift ;;
    *) echo "unknown option: $1 (known: --run, --yes, --account ID, --new-points)" >&2 && exit 2 ;;
  esac
  shift
done
if [[ -z $ACCOUNT ]]; then
  echo "The plan does not name its account: add --account ID" >&2
  exit 2
fi
SAVED=${SAVED:-saved-$ACCOUNT}
ERRORS=$(mktemp)
trap 'rm -f "$ERRORS"' EXIT
trap 'say "Interrupted: run this again to go on." && exit 130' INT

say() { printf '%s\\n' "$*" >&2; }
pause() { sleep "$WAIT"; }

# call REGION TOLERATED ARGUMENT...: the output is in OUT, the code of an error in CODE.
call() {
  local region=$1 tolerated=$2 try arguments=()
  shift 2
  [[ -z $region ]] || arguments=(--region "$region")
  for ((try = 1; ; try++)); do
    CODE=''
    if OUT=$(aws "$@" ${arguments[@]+"${arguments[@]}"} --output text 2>"$ERRORS"); then
      return 0
    fi
    if [[ $(<"$ERRORS") =~ \\(([A-Za-z.]+)\\) ]]; then
      CODE=${BASH_REMATCH[1]}
    fi
    if [[ -n $CODE && " $tolerated " == *" $CODE "* ]]; then
      OUT=''
      return 0
    fi
    if [[ -n $CODE && " $TRANSIENT " == *" $CODE "* ]] && ((try < TRIES)); then
      say "  $CODE: trying again in $WAIT seconds"
      pause
      continue
    fi
    say "  failed: aws $1 $2: $(<"$ERRORS")"
    return 1
  done
}

# change REGION TOLERATED ARGUMENT...: a call that changes something, unless this is a dry run.
change() {
  if ((DRY)); then
    say "  would call: aws$(words "${@:3}") --region $1"
  else
    call "$@"
  fi
}

# words WORD...: the words as the shell would read them.
words() {
  local word quote="'" quoted="'\\\\''"
  for word in "$@"; do
    if [[ $word =~ ^[A-Za-z0-9_@%+=:,./-]+$ ]]; then
      printf ' %s' "$word"
    elif [[ ${word//$'\\n'/} == *[[:cntrl:]]* ]]; then
      printf ' %q' "$word"
    else
      printf " '%s'" "${word//$quote/$quoted}"
    fi
  done
}

# list REGION TOLERATED ONLY ARGUMENT...: the elements are in LIST; with ONLY, those that are equal to it.
# The CLI reads all pages. A name can hold a line break, so it is searched in the whole text.
list() {
  local only=$3
  call "$1" "$2" "${@:4}" || return 1
  LIST=()
  if [[ -n $only ]]; then
    if [[ $'\\n'"$OUT"$'\\n' == *$'\\n'"$only"$'\\n'* ]]; then LIST=("$only"); fi
  elif [[ -n $OUT && $OUT != None ]]; then
    mapfile -t LIST <<<"$OUT"
  fi
}

phase() {
  say "$1"
  if ((DRY || YES)); then return; fi
  local answer=''
  read -r -p 'Go on? [y/N] ' answer || true
  if [[ $answer != y ]]; then
    say "Stopped. Run this again to go on."
    exit 1
  fi
}

# day DATE: the day of a date, which the AWS CLI 1 shows as seconds since 1970.
day() {
  local seconds=${1%%.*}
  if [[ $seconds =~ ^[0-9]+$ ]]; then TZ=UTC printf '%(%F)T' "$seconds"; else printf '%s' "${1:0:10}"; fi
}

# survey NAME MOST TITLE DATE...: show how many elements a place has, and their age; note if there are more than MOST.
survey() {
  local dates=() count=$(($# - 3)) age=''
  if ((count)); then
    mapfile -t dates < <(printf '%s\\n' "${@:4}" | sort)
    age=", created from $(day "${dates[0]}") to $(day "${dates[-1]}")"
  fi
  say "  $1: $count $3 (at most $2 expected)$age"
  if ((count > $2)); then SURPLUS=1; fi
}

# within COUNT MOST: stop before something is deleted that the plan does not know.
within() {
  if (($1 > $2 && !NEW && !DRY)); then
    say "  $1 are left, and at most $2 were expected: nothing more is deleted."
    surplus
  fi
}

# consent NAME NOTE: stop before anything is changed without an option, since others decide.
consent() {
  if [[ $CONSENTS == *" $1 "* ]]; then return; fi
  say "$2: add --$1 with their consent."
  ((DRY)) || exit 2
}

surplus() {
  say "Read the account again and make a new plan, or add --new-points to delete the new ones too."
  exit 4
}

# save FILE: save OUT in the folder SAVED, beside other contents that were saved before.
save() {
  local file=$SAVED/$1 copy
  [[ -n $OUT ]] || return 0
  for ((copy = 2; ; copy++)); do
    if [[ ! -e $file ]]; then break; fi
    if [[ $(<"$file") == "$OUT" ]]; then
      say "  saved before: $file"
      return 0
    fi
    file=$SAVED/$1.$copy
  done
  if ((DRY)); then
    say "  would save what this replaces: $file"
  else
    mkdir -p "$SAVED" && printf '%s\\n' "$OUT" >"$file" || return 1
    say "  saved what this replaces: $file"
  fi
}

step() { "$@" || say "  left for the next round: $*"; }
settle() { "$@" || { say "Work is still running: run this again later." && exit 3; }; }
wait_for() {
  if ! TRIES=1 "$@"; then WAITING=1; fi
}
by_hand() {
  say "  not possible with the CLI: $*"
}"""

TASK_FUNCTION = """\
gone() {{
  call '' '{absent}' {present} && [[ $CODE == '{absent}' ]]
}}

reach_goal() {{
  local task state poll
  if gone; then
    say "The role does not exist."
    return 0
  fi
  if ((DRY)); then
    say "  would call: aws {begin}"
    say "This was a dry run: add --run or --yes."
    return 0
  fi
  if ((WAITING)); then
    say "Something needs more time (see above): run this again later."
    exit 3
  fi
  if ! call '' '' {begin} --query {task}; then
    pause
    return 1
  fi
  task=$OUT
  for ((poll = 1; poll <= TRIES; poll++)); do
    call '' '{absent}' {status} --query {state} || return 1
    state=$OUT
    case $state in
      {succeeded} | '')
        if gone; then
          say "The role is deleted."
          return 0
        fi
        say "The deletion has ended and the role exists: it was created again, or IAM still shows it."
        pause
        return 1
        ;;
      {failed})
        call '' '{absent}' {status} --query {reason} || return 1
        say "The deletion failed: $OUT"
        return 1
        ;;
    esac
    pause
  done
  say "The deletion has not ended yet: run this again later."
  exit 3
}}
"""

LOOP_END = """\
  PARTITION=$(cut -d: -f2 <<<"$OUT")
  OUT=${OUT%%$'\\t'*}
  if [[ $OUT != "$ACCOUNT" ]]; then
    say "This is account $OUT, and the plan is for account $ACCOUNT: nothing was done."
    exit 1
  fi
}

check_account"""

ROUND = """\
for ((round = 1; round <= ROUNDS; round++)); do
  say "Round $round\""""
