#!/bin/bash
# The web tier on one machine: a leader and three agents on loopback, real web servers, a real HAProxy. Each step
# breaks something and waits until it is whole again.
#
#   demo.sh DMAKE      DMAKE is the binary; KEEP=1 leaves everything running at the end
set -uo pipefail

dmake=$(realpath "${1:?usage: demo.sh DMAKE}")
example=$(realpath "$(dirname "$0")")
limit=60

folder=$(mktemp -d "${TMPDIR:-/tmp}/dmake-demo.XXXXXX")
export DMAKE_LEADERS="unix:$folder/leader.sock"
declare -A agent_of

say() { printf '%s\n' "$*"; }
milliseconds() { echo $(($(date +%s%N) / 1000000)); }

fail() {
  say "NOT AS EXPECTED: $*" >&2
  "$dmake" status >&2
  tail -n 5 "$folder"/*.log >&2
  exit 1
}

# Everything that was started here is gone afterwards, whatever happened in between.
stop_all() {
  trap - EXIT
  local pid
  for pid in "${visitor:-}" "${agent_of[@]}" "${leader:-}"; do [ -n "$pid" ] && kill -TERM "$pid" 2>/dev/null; done
  wait 2>/dev/null
  local left
  left=$(processes_below "$folder")
  if [ -n "$left" ]; then
    kill -KILL $left 2>/dev/null
    rm -rf "$folder"
    say "NOT AS EXPECTED: processes were left: $left" >&2
    exit 1
  fi
  rm -rf "$folder"
}

# Processes whose working folder is in the demo's folder: what the agents started, and what those started.
processes_below() {
  local process
  for process in /proc/[0-9]*; do
    case "$(readlink "$process/cwd" 2>/dev/null)" in
    "$1" | "$1"/*) [ "${process#/proc/}" != $$ ] && echo "${process#/proc/}" ;;
    esac
  done
}

# Waits until a command succeeds.
await() {
  local what=$1 end=$(($(date +%s) + limit))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt $end ] || fail "$what (waited $limit s)"
    sleep 0.02
  done
}

start_agent() {
  (cd "$folder" && exec "$dmake" agent --name "$1" --state-dir "$folder/$1") 2>>"$folder/$1.log" &
  agent_of[$1]=$!
}

element() { sed -n "s:.*<$2>\(.*\)</$2>.*:\1:p" "$folder/$1/node/web/state.xml" 2>/dev/null; }
backends() { sed -n 's/^    server \([^ ]*\) .*/\1/p' "$folder/n1/node/haproxy/haproxy.cfg" 2>/dev/null | xargs; }
backends_are() { [ "$(backends)" = "$*" ]; }
answer() { curl -fsS --max-time 5 "http://127.0.0.1:$port/"; }
# The nodes that answer through HAProxy, each once.
answering() { for _ in 1 2 3 4 5 6 7 8 9; do answer; done | sed -n 's/.*(node \([^,]*\),.*/\1/p' | sort -u | xargs; }
answering_are() { [ "$(answering)" = "$*" ]; }
serves_again() { [ -n "$(element "$1" pid)" ] && [ "$(element "$1" pid)" != "$2" ]; }

# A visitor who asks again and again while everything breaks; how often, and how often in vain.
visit() {
  local answered=0 failed=0
  trap 'echo "$answered $failed" >"$folder/visits"; exit' TERM
  while :; do
    if answer >/dev/null 2>&1; then answered=$((answered + 1)); else failed=$((failed + 1)); fi
    sleep 0.05
  done
}

trap stop_all EXIT
trap 'exit 130' INT TERM

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cp -r "$example" "$folder/policy"
rm "$folder/policy/demo.sh"
echo "PORT := $port" >"$folder/policy/settings.mk"

say "1. a leader and three agents start; the web tier is applied"
(cd "$folder" && exec "$dmake" leader --listen "$DMAKE_LEADERS" --state-dir "$folder/leader" --tick 500ms --lease 3s) \
  2>"$folder/leader.log" &
leader=$!
for node in n1 n2 n3; do start_agent $node; done
await "the leader answers" "$dmake" status
await "three nodes join" eval "[ \$(\"$dmake\" status | grep -cE '^ *n[123] ') = 3 ]"
"$dmake" apply --wait --timeout ${limit}s "$folder/policy" || fail "apply"
await "HAProxy has three backends" backends_are n1 n2 n3
await "all three answer" answering_are n1 n2 n3
say "   $(answer)"
visit &
visitor=$!

say "2. the web server of n2 is killed with SIGKILL"
old=$(element n2 pid)
began=$(milliseconds)
kill -KILL "$old"
await "n2 serves again" serves_again n2 "$old"
say "   back after $(($(milliseconds) - began)) ms as process $(element n2 pid), Python's start included"
await "all three answer" answering_are n1 n2 n3

say "3. the web server of n3 says that it is draining"
curl -fsS "http://$(element n3 address)/drain" >/dev/null || fail "drain"
await "HAProxy loses n3" backends_are n1 n2
await "n1 and n2 answer" answering_are n1 n2
say "   HAProxy was reloaded; $(answering) answer. Why:"
"$dmake" status --why n1/haproxy/haproxy.cfg | sed 's/^/   | /' | head -n 8

say "4. the agent of n2 is killed together with its processes"
# Its processes first, and the agent before it can start them again: as a machine's power failure does it.
kill -STOP "${agent_of[n2]}"
kill -KILL $(processes_below "$folder/n2") "${agent_of[n2]}" 2>/dev/null
wait "${agent_of[n2]}" 2>/dev/null
await "the node is lost and its backend gone" backends_are n1
await "n1 answers" answering_are n1
say "   lost after its lease of 3 s; $(answering) answers"

say "5. n2 comes back"
start_agent n2
await "its backend is back" backends_are n1 n2
await "n1 and n2 answer" answering_are n1 n2
say "   $(answering) answer"

kill -TERM $visitor
wait $visitor
visitor=
read -r answered failed <"$folder/visits"
say "   meanwhile a visitor was answered $answered times and had no answer $failed times"
[ "$answered" -gt 0 ] && [ "$failed" = 0 ] || fail "HAProxy did not answer at every step"

if [ -n "${KEEP:-}" ]; then
  trap - EXIT
  say "still running in $folder; look at it and stop it with"
  say "   export DMAKE_LEADERS=$DMAKE_LEADERS"
  say "   $dmake status --watch"
  say "   curl http://127.0.0.1:$port/"
  say "   kill ${agent_of[*]} $leader; rm -r $folder"
  exit 0
fi
stop_all
say "6. all processes are gone"
