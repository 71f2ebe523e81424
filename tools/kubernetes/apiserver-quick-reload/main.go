// kube-apiserver as it is, except that it looks once a second, not once a minute, whether its encryption configuration has
// changed. There is no flag for that; the variable is exported for tests. And it listens on BIND_ADDRESS alone if that is
// set, so that two of them fit on one machine with the very arguments they have on two.
package main

import (
	"os"
	"time"

	"k8s.io/apiserver/pkg/server/options/encryptionconfig/controller"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	if address := os.Getenv("BIND_ADDRESS"); address != "" {
		os.Args = append(os.Args, "--bind-address="+address)
	}
	controller.EncryptionConfigFileChangePollDuration = time.Second
	os.Exit(cli.Run(app.NewAPIServerCommand()))
}
