// Command k6 is k6 with the module `k6/x/chat` built in.
package main

import (
	"go.k6.io/k6/v2/cmd"

	_ "chatlab/generator/chat"
)

func main() { cmd.Execute() }
