#!/bin/sh
# Builds the Worker into a directory (default build): app.wasm and the modules around it.
#
#   sh build.sh [DIR]
#   TAGS=lean sh build.sh DIR    without Echo, app_lean.go
#
# What it leaves out for size, see README.md:
#   nethttpomithttp2    HTTP/2, which fetch speaks
#   authplainpages      html/template, because of which the linker keeps too much
#   authnopresets       the presets that this program does not name
#   -l                  inlining
#   the overlay         the way of net/http around fetch: dialing and TLS
set -eu
cd "$(dirname "$0")"
out=${1:-build}
go run github.com/syumai/workers/cmd/workers-assets-gen -mode=go -o "$out"
cp worker.capnp "$out"

around=$(go env GOROOT)/src/net/http/roundtrip_js.go
grep -q 'return t.roundTrip(req)' "$around"
sed 's/return t.roundTrip(req)/return nil, errors.New("net\/http: there is only fetch")/' "$around" >"$out/roundtrip_js.go.txt"
printf '{"Replace":{"%s":"%s"}}' "$around" "$(cd "$out" && pwd)/roundtrip_js.go.txt" >"$out/overlay.json"

export GOOS=js GOARCH=wasm
go build -trimpath -tags "nethttpomithttp2,authplainpages,authnopresets,${TAGS:-}" -gcflags=all=-l -overlay "$out/overlay.json" -ldflags='-s -w' -o "$out/app.wasm" .
