#!/bin/sh
# Prints what each of the options of build.sh saves. GNU gzip at its best level.
set -eu
cd "$(dirname "$0")"
sh build.sh build/app
overlay=build/app/overlay.json
export GOOS=js GOARCH=wasm

size() {
	name=$1
	shift
	go build -trimpath -ldflags='-s -w' "$@" -o build/size.wasm .
	printf '| %s | %s | %s |\n' "$name" "$(wc -c <build/size.wasm)" "$(gzip -9c build/size.wasm | wc -c)"
}

printf '| build | bytes | gzip -9 |\n| --- | ---: | ---: |\n'
size 'go build -trimpath -ldflags="-s -w"'
size '… -tags nethttpomithttp2' -tags nethttpomithttp2
tags=nethttpomithttp2,authplainpages
size '… authplainpages' -tags "$tags"
tags=$tags,authnopresets
size '… authnopresets' -tags "$tags"
size '… -gcflags=all=-l' -tags "$tags" -gcflags=all=-l
size '… -overlay (build.sh)' -tags "$tags" -gcflags=all=-l -overlay "$overlay"
size '… lean (TAGS=lean build.sh)' -tags "$tags,lean" -gcflags=all=-l -overlay "$overlay"
rm build/size.wasm
