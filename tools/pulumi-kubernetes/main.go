// Pulumi's Kubernetes plugin, for where its release cannot be downloaded.
package main

import (
	"fmt"
	"os"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

var version = "unknown"

// The schema is for what writes programs, and the mapping for what converts them: nothing here asks for either.
var empty = []byte("{}")

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println(version)
		return
	}
	provider.Serve("kubernetes", version, empty, empty)
}
