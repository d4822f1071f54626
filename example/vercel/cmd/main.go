// Command cmd serves the function on $PORT, as a stand-in for Vercel's runtime.
package main

import (
	"log"
	"net/http"
	"os"
	"time"

	handler "github.com/sealedauth/auth/example/vercel/api"
)

func main() {
	s := &http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Handler: http.HandlerFunc(handler.Handler), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(s.ListenAndServe())
}
