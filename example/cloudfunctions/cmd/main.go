// Command cmd runs the function as the platform does: with the Functions Framework on
// $PORT.
package main

import (
	"cmp"
	"log"
	"os"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"

	_ "github.com/sealedauth/auth/example/cloudfunctions" // registers the function
)

func main() {
	if err := funcframework.StartHostPort("127.0.0.1", cmp.Or(os.Getenv("PORT"), "8080")); err != nil {
		log.Fatal(err)
	}
}
