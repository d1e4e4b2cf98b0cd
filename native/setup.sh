# What run.sh, test.sh and bench.sh share: bringing in what Weir needs and does not carry. Sourced, not run.
# Each step does nothing where its result is there already, and says in one line what it does and why.

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

need_dotnet() {
  command -v dotnet >/dev/null || fail "The .NET 10 SDK is missing. Install it from https://dot.net, then start again."
  case "$(dotnet --version 2>/dev/null)" in
    10.*) ;;
    *) fail "Weir needs the .NET 10 SDK, but 'dotnet --version' says '$(dotnet --version 2>&1 | head -n 1)'. Install it from https://dot.net, then start again." ;;
  esac
}

need_node() {
  command -v node >/dev/null && command -v npm >/dev/null ||
    fail "Node.js 20 with npm is missing; it brings the native libraries. Install it from https://nodejs.org, then start again."
  local major
  major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
  [ "$major" -ge 20 ] || fail "Weir needs Node.js 20 or later, but 'node --version' says '$(node --version)'. Install a later one from https://nodejs.org, then start again."
}

# apt_install "why" package …
apt_install() {
  local why=$1; shift
  say "Installing $* with apt-get: $why."
  local apt="apt-get"
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null; then apt="sudo apt-get"; else fail "That needs root. Give the command: sudo apt-get install $*"; fi
  fi
  command -v apt-get >/dev/null || fail "There is no apt-get here. Install $* in this system's own way, then start again."
  [ -n "${APT_UPDATED:-}" ] || { $apt update -qq >/dev/null 2>&1 || true; APT_UPDATED=1; }
  DEBIAN_FRONTEND=noninteractive $apt install -y -qq --no-install-recommends "$@" >/dev/null 2>"$log" ||
    { tail -n 3 "$log" >&2; fail "apt-get could not install $*. Give the command yourself: sudo apt-get install $*"; }
}

# need_program PROGRAM PACKAGE "why"
need_program() {
  command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || apt_install "$3" "$2"
}

# The video of people in a street that demo and tests play: Debian's vtest.avi, or a pan over a picture of people.
# Sets $video.
need_video() {
  video=/usr/share/doc/opencv-doc/examples/data/vtest.avi
  [ -f "$video" ] && return
  video=$root/artifacts/demo/vtest.avi
  [ -f "$video" ] && return
  mkdir -p "$root/artifacts/demo"
  say "Fetching the demo video (104 MB) from Debian's package opencv-doc with apt-get: the demo camera plays it."
  if fetch_video 2>"$log"; then return; fi
  video=$root/artifacts/demo/people.mp4
  [ -f "$video" ] && return
  say "It is not to be had here; making one from the picture of people in the npm package @vladmandic/human instead."
  ffmpeg -v error -nostdin -y -loop 1 -framerate 10 -i "$root/native/node_modules/@vladmandic/human/assets/samples.jpg" \
    -vf "scale=1536:-2,crop=768:576:x='(iw-ow)*(0.5-0.5*cos(2*PI*t/40))':y='(ih-oh)/2'" -t 40 -c:v mpeg4 -q:v 3 "$video.part.mp4" &&
    mv "$video.part.mp4" "$video" || fail "The demo video could not be made. Start with --no-demo, or give one with --demo-video FILE."
}

# The same as cameras send it today: H.264, which recording can copy. Sets $camera_video.
need_camera_video() {
  need_video
  local name=${video##*/}
  camera_video=$root/artifacts/demo/${name%.*}-h264.mp4
  [ -f "$camera_video" ] && return
  mkdir -p "$root/artifacts/demo"
  say "Turning the demo video into H.264, as cameras send it: the demo camera is recorded."
  ffmpeg -v error -nostdin -y -i "$video" -an -c:v libx264 -preset veryfast -g 20 -bf 0 -pix_fmt yuv420p "$camera_video.part.mp4" &&
    mv "$camera_video.part.mp4" "$camera_video" || camera_video=$video
}

# The package is unpacked rather than installed: it is documentation of 328 MB, and needs no root that way.
fetch_video() (
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  cd "$folder" || exit 1
  apt-get download opencv-doc >/dev/null ||
    { [ "$(id -u)" -eq 0 ] && apt-get update -qq >/dev/null && apt-get download opencv-doc >/dev/null; } || exit 1
  dpkg-deb --fsys-tarfile opencv-doc_*.deb | tar -x --wildcards '*/vtest.avi*' || exit 1
  found=$(find . -name 'vtest.avi*' | head -n 1)
  case "$found" in
    *.gz) gunzip -c "$found" >"$video.part" ;;
    ?*) cp "$found" "$video.part" ;;
    *) exit 1 ;;
  esac
  mv "$video.part" "$video"
)

need_native() {
  local done=$root/native/node_modules/.package-lock.json
  if [ ! -f "$done" ] || [ "$root/native/package-lock.json" -nt "$done" ]; then
    say "Fetching native libraries (ONNX Runtime, DuckDB), models and page libraries with npm: see native/README.md."
    (cd "$root/native" && npm ci --ignore-scripts --no-audit --no-fund >"$log" 2>&1) ||
      { tail -n 5 "$log" >&2; fail "'npm ci --ignore-scripts' in native/ failed. See above; with the network back, start again."; }
    touch "$done"
  fi
}

# need_npm FOLDER "why": what a folder's package-lock.json names.
need_npm() {
  local done=$root/$1/node_modules/.package-lock.json
  [ -f "$done" ] && [ ! "$root/$1/package-lock.json" -nt "$done" ] && return
  say "Fetching what $1/package.json names with npm: $2."
  (cd "$root/$1" && npm ci --ignore-scripts --no-audit --no-fund >"$log" 2>&1) ||
    { tail -n 5 "$log" >&2; fail "'npm ci --ignore-scripts' in $1 failed. See above; with the network back, start again."; }
  touch "$done"
}

# need_models CONFIGURATION
need_models() {
  local made=$root/native/models/text-read/model.json
  [ -f "$made" ] && [ "$made" -nt "$root/native/package-lock.json" ] && return
  say "Making the cameras' models out of what npm has brought: objects, faces, text."
  dotnet run --project "$root/native/ModelConverter" -c "$1" -- \
    "$root/native/node_modules" "$root/native/models" >"$log" 2>&1 ||
    { tail -n 15 "$log" >&2; fail "The models could not be made; see above."; }
  touch "$made"
}

mkdir -p "$root/artifacts"
log=$root/artifacts/setup.log
