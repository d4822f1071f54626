// Command lambda is the application as an AWS Lambda function behind an API Gateway
// REST API or HTTP API, a function URL or an Application Load Balancer, whichever it
// is; docs/serverless.md tells how to build and configure it.
package main

import (
	"github.com/sealedauth/auth/example/serverless"
	"github.com/sealedauth/auth/middleware/lambda"
)

func main() { lambda.Start(serverless.Must()) }
