// Command azure is the application as a plain server: a custom handler of Azure
// Functions, which get their port in FUNCTIONS_CUSTOMHANDLER_PORT, or a container on
// Google Cloud Run, or behind the AWS Lambda Web Adapter, which tell it in PORT.
package main

import (
	"cmp"
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sealedauth/auth/example/serverless"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	port := cmp.Or(os.Getenv("FUNCTIONS_CUSTOMHANDLER_PORT"), os.Getenv("PORT"), "8080")
	s := &http.Server{Addr: ":" + port, Handler: serverless.Must(), ReadHeaderTimeout: 5 * time.Second}
	// Platforms end an instance by SIGTERM. Answers that are under way still arrive,
	// and with them the cookies of a session that was just renewed.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 8*time.Second)
		defer cancel()
		done <- s.Shutdown(limit)
	}()
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-done
}
