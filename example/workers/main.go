//go:build js && wasm

// Command workers is the application as a Cloudflare Worker; build.sh builds it.
package main

import (
	"os"
	"syscall/js"

	"github.com/syumai/workers"
	"github.com/syumai/workers/cloudflare"
)

func main() {
	// The variables and secrets of the Worker take the place of an environment. One
	// that is not there may be null, which Getenv would return as a text.
	for _, name := range []string{"AUTH_URL", "AUTH_SECRET", "AUTH_SECRET_1", "AUTH_ACME_ID", "AUTH_ACME_SECRET", "AUTH_ACME_ISSUER"} {
		if value := cloudflare.GetBinding(name); value.Type() == js.TypeString {
			_ = os.Setenv(name, value.String())
		}
	}
	bindFetch()
	workers.Serve(app())
}

// bindFetch lets net/http call fetch: js.Global() is a Proxy here, and fetch refuses
// to be called on anything but the global object itself. The next start in this isolate
// finds it bound.
func bindFetch() {
	global := js.Global().Get("globalThis")
	if fetch := global.Get("fetch"); fetch.Get("name").String() == "fetch" {
		global.Set("fetch", fetch.Call("bind", global))
	}
}
