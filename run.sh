#!/usr/bin/env bash
# Starts a site of Weir on this machine. The first start brings in and builds what it needs.
set -euo pipefail
root=$(cd "$(dirname "$0")" && pwd)

usage() {
  cat <<'EOF'
Usage: ./run.sh [options]
Starts one Weir site on 127.0.0.1: dashboard, HTTP API, MQTT broker, cameras, history.

  --data DIR          the folder that holds everything the site keeps (default: data, beside this script)
  --http-port PORT    dashboard and HTTP API (default: 8080)
  --mqtt-port PORT    MQTT broker (default: 1883)
  --no-demo           without the demo camera and the simulated machines
  --demo-video FILE   the video that the demo camera plays
  --streams STORE     what keeps the streams: embedded (default) or pravega
  --pravega-controller URI   Pravega's controller, such as tcp://127.0.0.1:9090
  --help              this text

Ctrl-C stops it.
EOF
}

demo=yes data= own_video=
words=("$@")
for ((i = 0; i < ${#words[@]}; i++)); do
  case "${words[i]}" in
    --help|-h) usage; exit 0 ;;
    --no-demo) demo= ;;
    --data|--data=*) data=given ;;
    --demo-video|--demo-video=*) own_video=given ;;
  esac
done

. "$root/native/setup.sh"
need_dotnet
need_node
need_program ffmpeg ffmpeg "it decodes the cameras"
need_native
need_models Release
[ -z "$demo" ] || [ -n "$own_video" ] || need_camera_video

program=$root/artifacts/bin/Silo/release/Weir.Silo
# A build that finds nothing to do takes seconds; looking for a newer source takes none. Only sources are looked at:
# a data folder may lie anywhere, and changes all the time.
sources=(Archive Database Grains Grains.Interfaces Mqtt Orleans.Embedded Pravega Silo Streams Vision Web native
  Directory.Build.props Directory.Build.targets Directory.Packages.props)
is_built() {
  [ -x "$program" ] && [ -f "$program.built" ] &&
    [ -z "$(cd "$root" && find "${sources[@]}" -name node_modules -prune -o -type f -newer "$program.built" -print -quit)" ]
}
if ! is_built; then
  say "Building Weir (Release)."
  touch "$root/artifacts/building"
  dotnet build "$root/Silo/Silo.csproj" -c Release -v quiet --nologo >"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; fail "The build failed; see above."; }
  mv "$root/artifacts/building" "$program.built"
fi

[ -n "$data" ] || set -- "$@" --data "$root/data"
[ -z "$demo" ] || [ -n "$own_video" ] || set -- "$@" --demo-video "$camera_video"
exec "$program" "$@"
