// Package handler is the application as a Vercel function, whose Go runtime calls the
// exported function of this signature. vercel.json sends all paths here.
package handler

import (
	"net/http"
	"sync"

	"github.com/sealedauth/auth/example/serverless"
)

var app = sync.OnceValue(serverless.Must)

// Handler answers all requests.
func Handler(w http.ResponseWriter, r *http.Request) { app().ServeHTTP(w, r) }
