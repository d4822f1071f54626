// Package lambda serves an http.Handler, such as an Echo application, from AWS
// Lambda:
//
//	func main() { lambda.Start(app()) }
//
// The same function answers an API Gateway REST API (and payload format 1.0), an
// HTTP API (format 2.0), a function URL and an Application Load Balancer: each
// event tells what it is by its shape. All cookies of a request arrive, once and in
// one line, and each Set-Cookie line is a line again at the browser.
//
// The handler sees the path that the browser asked for, including the stage of an
// API without a domain of its own, since cookies and redirects depend on it. Set the
// kit's Config.URL to the same. Paths and queries arrive as they were sent, with these
// exceptions, which are the front ends': an HTTP API decodes the path, and REST APIs
// and load balancers pass a query as a table, so that its parameters come in
// alphabetical order.
//
// The request's context is that of the invocation: it ends at the function's
// deadline, and lambdacontext.FromContext tells the rest. r.TLS is nil, and the
// handler's last act is the last thing that happens before the machine freezes.
//
// The package knows nothing of the kit and imports nothing but aws-lambda-go.
package lambda
