package lambda

import (
	"encoding/json"
	"errors"
	"fmt"
)

// event is what the front ends send, all of them: the fields that say anything about
// an HTTP request.
type event struct {
	// Payload format 2.0: HTTP APIs and function URLs.
	Version        string
	RawPath        string
	RawQueryString string
	Cookies        []string

	// Payload format 1.0, REST APIs and load balancers.
	HTTPMethod                      string
	Path                            string
	QueryStringParameters           map[string]string
	MultiValueQueryStringParameters map[string][]string
	MultiValueHeaders               map[string][]string

	// All.
	Headers         map[string]string
	Body            string
	IsBase64Encoded bool
	RequestContext  requestContext
}

type requestContext struct {
	DomainName string
	Path       string    // of REST APIs: as the browser has it, with the stage
	ELB        *struct{} // of load balancers
	HTTP       struct{ Method, SourceIP string }
	Identity   struct{ SourceIP string }
}

// kind is a front end, as far as it matters.
type kind int

const (
	unknown      kind = iota
	format1           // REST API, or HTTP API with payload format 1.0
	format2           // HTTP API, or function URL
	balancer          // load balancer with multi-value headers
	balancerFlat      // load balancer without, which is how they are made
)

func (e *event) kind() kind {
	switch {
	case e.Version == "2.0" && e.RequestContext.HTTP.Method != "":
		return format2
	case e.HTTPMethod == "":
		return unknown
	case e.RequestContext.ELB == nil:
		return format1
	case e.MultiValueHeaders != nil:
		return balancer
	}
	return balancerFlat
}

func parse(payload []byte) (*event, error) {
	var e event
	if err := json.Unmarshal(payload, &e); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) { // its text quotes a character at most
			return nil, fmt.Errorf("lambda: the event is no JSON: %w", err)
		}
		return nil, errNoRequest()
	}
	if e.kind() == unknown {
		return nil, errNoRequest()
	}
	return &e, nil
}

func errNoRequest() error {
	return errors.New("lambda: the event is no HTTP request of API Gateway, a function URL or a load balancer; invoke the function through one of them")
}
