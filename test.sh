#!/usr/bin/env bash
# Builds everything and runs all tests; brings in what they need. About 20 minutes on two cores.
#   ./test.sh [--long] [Project …]     such as: ./test.sh Mqtt Streams
#   ./test.sh --orleans microsoft [--orleans-feed DIR] [Project …]
# --long also runs the long crash, soak and fuzz runs. --orleans microsoft builds the site on the packages
# Microsoft.Orleans.* instead of Orleans.Embedded and runs the tests that rest on it: the programming model, streams,
# database, grains, a whole site, a cluster; --orleans-feed is a folder of packages to look into first.
# Where no more than three facts of a suite fail, these run once more by themselves, and the count says so.
set -uo pipefail
root=$(cd "$(dirname "$0")" && pwd)
projects=() orleans=embedded feed=
while [ $# -gt 0 ]; do
  case "$1" in
    --long) export WEIR_TEST_LONG=1 WEIR_TEST_TIMEOUT=${WEIR_TEST_TIMEOUT:-3600} ;;
    --orleans) orleans=${2:-}; shift ;;
    --orleans-feed) feed=${2:-}; shift ;;
    --help|-h) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "test.sh knows --long, --orleans, --orleans-feed and names of projects, not '$1'." >&2; exit 1 ;;
    *) projects+=("$1") ;;
  esac
  shift
done
case "$orleans" in
  embedded) artifacts=$root/artifacts ;;
  microsoft) artifacts=$root/artifacts-microsoft ;;
  *) echo "--orleans must be embedded or microsoft, but is '$orleans'." >&2; exit 1 ;;
esac
[ -z "$feed" ] || feed=$(cd "$feed" 2>/dev/null && pwd) || { echo "--orleans-feed must be a folder of packages; there is none of that name." >&2; exit 1; }
[ -z "$feed" ] || [ "$orleans" = microsoft ] || { echo "--orleans-feed goes with --orleans microsoft." >&2; exit 1; }

. "$root/native/setup.sh"
need_dotnet
need_node
need_program ffmpeg ffmpeg "cameras are decoded by it"
ls /usr/lib/*/libgstrtspserver-1.0.so.0 >/dev/null 2>&1 ||
  apt_install "a real RTSP server is the camera of some tests" libgstrtspserver-1.0-0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
need_program mosquitto mosquitto "its clients talk to the broker, and it is measured beside it"
need_program mosquitto_pub mosquitto-clients "real MQTT clients talk to the broker"
[ -d /usr/lib/python3/dist-packages/paho ] || apt_install "a third make of MQTT client talks to the broker" python3-paho-mqtt
need_npm tests/Mqtt.Tests/Clients/javascript "MQTT.js talks to the broker"
need_npm tests/Archive.Tests/Hyparquet "hyparquet reads the archive's Parquet files"
need_program chromium-headless-shell chromium-headless-shell "a real browser looks at the pages"
need_program mariadbd mariadb-server "facts about the database run on a real one"
need_program java openjdk-17-jre-headless "the real Pravega that tests work on runs on it"
need_native
need_models Release
need_video
export WEIR_TEST_VIDEO=$video

mkdir -p "$artifacts/tests"
passed=0 failed=0 skipped=0 late=0 most_again=3

# build WHAT [OPTION …]
build() {
  dotnet build "$@" -c Release -v quiet --nologo >"$artifacts/build.log" 2>&1 && return
  grep -E 'error|warning' "$artifacts/build.log" | sort -u | head -n 40 >&2
  fail "The build of ${1#"$root/"} failed; see above."
}

if [ "$orleans" = microsoft ]; then
  # Those that rest on Orleans; the others would only be the same again.
  [ ${#projects[@]} -gt 0 ] || projects=($(cd "$root/tests" && ls -d {Orleans,Streams,Database,Grains,EndToEnd,Cluster}.Tests 2>/dev/null | sed 's/\.Tests$//'))
  options=(-p:OrleansRuntime=Microsoft)
  [ -z "$feed" ] || options+=("-p:OrleansFeed=$feed")
  if ! dotnet restore "$root/tests/Orleans.Tests" "${options[@]}" -v quiet >"$artifacts/restore.log" 2>&1; then
    missing=$(grep -oE 'Unable to (find|load).*' "$artifacts/restore.log" | head -n 1 | cut -c 1-200)
    say "The packages Microsoft.Orleans.* can not be had, so ${#projects[@]} suites are skipped (${missing:-see artifacts-microsoft/restore.log})."
    say "0 passed, 0 failed, ${#projects[@]} skipped"
    exit 0
  fi
  say "Building on Microsoft.Orleans (Release)."
  for project in "${projects[@]}"; do
    [ ! -d "$root/tests/$project.Tests" ] || build "$root/tests/$project.Tests" "${options[@]}"
  done
else
  # A cluster is more than Orleans.Embedded has.
  [ ${#projects[@]} -gt 0 ] || projects=($(cd "$root/tests" && ls -d *.Tests | grep -v '^Cluster' | sed 's/\.Tests$//'))
  say "Building (Release)."
  build "$root/Weir.slnx"
fi

# run LOG [OPTION …]: runs $program; sets code and summary.
run() {
  local out=$1; shift
  timeout --kill-after=10 "${WEIR_TEST_TIMEOUT:-900}" "$program" -noLogo -noColor "$@" >"$out" 2>&1 </dev/null
  code=$?
  summary=$(grep -E 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+' "$out" | tail -n 1)
}
number() { sed -n "s/.*$1: \([0-9]*\).*/\1/p" <<<"$summary"; }

# suite PROJECT: runs its tests and says how they went; leaves its counts, of passed, failed, skipped and late, in a file.
suite() {
  local name=$1.Tests
  local out=$artifacts/tests/$name.log counts=$artifacts/tests/$name.counts
  program=$artifacts/bin/$name/release/Weir.$name
  echo "0 1 0 0" >"$counts"
  [ -x "$program" ] || { say "There are no tests '$1'."; return; }
  say "== $name"
  run "$out" -xml "$artifacts/tests/$name.xml"
  if [ -z "$summary" ]; then
    tail -n 30 "$out"
    say "$name ended with code $code and no summary."
    return
  fi
  say "   $summary"
  local bad=$(($(number Failed) + $(number Errors))) skips=$(number Skipped) late=0
  [ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
  local passed=$(($(number Total) - $(number Failed) - skips))
  [ "$skips" -eq 0 ] || grep -E -A1 '\[SKIP\]' "$out"
  if [ "$bad" -gt 0 ]; then
    grep -vE '^\s*$' "$out" | tail -n 120 | cut -c 1-400
    # On a machine that stalls, real processes miss their deadlines: the few that failed run once more, by themselves.
    local again=($(sed -nE 's/^ +([A-Za-z0-9_.+]+)(\(.*)? \[FAIL\]$/\1/p' "$out" | sort -u))
    if [ ${#again[@]} -gt 0 ] && [ ${#again[@]} -le "$most_again" ] && [ "$(number Errors)" -eq 0 ]; then
      say "   once more: ${again[*]}"
      run "$artifacts/tests/$name.again.log" $(printf -- ' -method %s' "${again[@]}")
      if [ "$code" -eq 0 ] && [ -n "$summary" ]; then
        say "   at the second run they passed:  $summary"
        late=$bad
        passed=$((passed + bad))
        bad=0
      else
        grep -vE '^\s*$' "$artifacts/tests/$name.again.log" | tail -n 120 | cut -c 1-400
      fi
    fi
  fi
  echo "$passed $bad $skips $late" >"$counts"
}

# The end-to-end tests wait for half of their time, for processes and pages: suites that neither look at the clock nor take
# all cores run beside them, the others by themselves.
beside=() alone=()
for project in "${projects[@]}"; do
  case $project in
    EndToEnd) ;;
    Archive | Client | Database | Grains | Mqtt | Orleans | Web) beside+=("$project") ;;
    *) alone+=("$project") ;;
  esac
done
if [[ " ${projects[*]} " == *" EndToEnd "* ]]; then
  for project in "${beside[@]}"; do suite "$project"; done >"$artifacts/tests/beside.log" 2>&1 &
  suite EndToEnd
  wait
  cat "$artifacts/tests/beside.log"
else
  alone=("${projects[@]}")
fi
for project in "${alone[@]}"; do suite "$project"; done

for project in "${projects[@]}"; do
  read -r one_passed one_failed one_skipped one_late <"$artifacts/tests/$project.Tests.counts"
  passed=$((passed + one_passed)) failed=$((failed + one_failed)) skipped=$((skipped + one_skipped)) late=$((late + one_late))
done
[ "$late" -eq 0 ] || say "$late of those that passed did so only at their second run; their first is in artifacts/tests."
say "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
