// Command streaming is the application as an AWS Lambda function behind a function
// URL whose invoke mode is RESPONSE_STREAM.
package main

import (
	"github.com/sealedauth/auth/example/serverless"
	"github.com/sealedauth/auth/middleware/lambda"
)

func main() { lambda.StartStreaming(serverless.Must()) }
