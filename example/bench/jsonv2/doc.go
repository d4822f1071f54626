// Package jsonv2 compares the kit's reader of JSON with encoding/json/v2. It has
// nothing but a test: go test -fuzz FuzzJSON ./jsonv2
package jsonv2
