//go:build js && wasm && !lean

package main

import (
	"net/http"

	"github.com/sealedauth/auth/example/serverless"
)

// app is the same as on all other platforms.
func app() http.Handler { return serverless.Must() }
