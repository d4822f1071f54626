// Package cloudfunctions is the application as a Google Cloud Function, or Cloud Run
// function, named Auth.
package cloudfunctions

import (
	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/sealedauth/auth/example/serverless"
)

// The framework finds functions by what init registers.
func init() { functions.HTTP("Auth", serverless.Must().ServeHTTP) } //nolint:gochecknoinits // see above
