#!/usr/bin/env bash
# ./bench.sh            lists the benchmarks
# ./bench.sh NAME …     runs one in Release; prints its table and, last, one JSON line a figure
set -euo pipefail
root=$(cd "$(dirname "$0")" && pwd)
. "$root/native/setup.sh"
need_dotnet
need_node
need_native
if [ "${1:-}" != orleans ]; then
  need_program ffmpeg ffmpeg "the vision benchmark decodes with it"
  need_program mosquitto mosquitto "the MQTT benchmark measures it beside Weir"
  need_program mariadbd mariadb-server "the database benchmark measures it"
  need_models Release
  need_video
  export WEIR_TEST_VIDEO=$video
fi
dotnet build "$root/tests/Benchmarks/Benchmarks.csproj" -c Release -v quiet --nologo >"$log" 2>&1 ||
  { tail -n 20 "$log" >&2; fail "The build failed; see above."; }
if [ "${1:-}" = orleans ]; then
  if dotnet build "$root/tests/Benchmarks/Benchmarks.csproj" -c Release -v quiet --nologo -p:OrleansRuntime=Microsoft >"$log" 2>&1; then
    export WEIR_BENCH_MICROSOFT="$root/artifacts-microsoft/bin/Benchmarks/release/Weir.Benchmarks"
  else
    printf '%s\n' "The packages Microsoft.Orleans.* can not be had or built with (see $log): Orleans.Embedded is measured alone." >&2
  fi
fi
if [ "${1:-}" = exchange ]; then
  need_program mosquitto_sub mosquitto-clients "the exchange is measured beside it"
fi
exec "$root/artifacts/bin/Benchmarks/release/Weir.Benchmarks" "$@"
