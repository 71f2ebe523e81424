// Command velero with nothing but what a cluster runs: the server with its built-in plugins, the node agent, the pods that
// these two start, and `install`, by which a Job of the chart brings the definitions. The other commands are for a person.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/vmware-tanzu/velero/pkg/buildinfo"
	"github.com/vmware-tanzu/velero/pkg/client"
	"github.com/vmware-tanzu/velero/pkg/cmd/cli/datamover"
	cli "github.com/vmware-tanzu/velero/pkg/cmd/cli/install"
	"github.com/vmware-tanzu/velero/pkg/cmd/cli/nodeagent"
	"github.com/vmware-tanzu/velero/pkg/cmd/cli/podvolume"
	"github.com/vmware-tanzu/velero/pkg/cmd/cli/repomantenance"
	"github.com/vmware-tanzu/velero/pkg/cmd/server"
	"github.com/vmware-tanzu/velero/pkg/cmd/server/plugin"
	"github.com/vmware-tanzu/velero/pkg/install"
	"k8s.io/klog/v2"
	metrics "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

func main() {
	// A second server of metrics, which no option of Velero's turns off: on port 8080 of every address.
	metrics.DefaultBindAddress = "0"
	velero := &cobra.Command{Use: "velero", SilenceUsage: true}
	factory := client.NewFactory("velero", client.VeleroConfig{})
	factory.BindFlags(velero.PersistentFlags())
	klog.InitFlags(flag.CommandLine)
	velero.PersistentFlags().AddGoFlagSet(flag.CommandLine)
	velero.AddCommand(
		server.NewCommand(factory),
		plugin.NewCommand(factory), // the server starts itself once more with it
		nodeagent.NewCommand(factory),
		podvolume.NewCommand(factory),
		datamover.NewCommand(factory),
		repomantenance.NewCommand(factory),
		cli.NewCommand(factory),
		&cobra.Command{Use: "version", Run: func(*cobra.Command, []string) { fmt.Println(buildinfo.Version) }},
		&cobra.Command{Use: "definitions", RunE: func(*cobra.Command, []string) error {
			return json.NewEncoder(os.Stdout).Encode(install.AllCRDs())
		}},
		// What `velero install` makes, which has to have a cluster to print it.
		&cobra.Command{Use: "objects", RunE: func(*cobra.Command, []string) error {
			return json.NewEncoder(os.Stdout).Encode(install.AllResources(&install.VeleroOptions{
				Namespace:               "velero",
				SecretData:              []byte{},
				UseNodeAgent:            true,
				NoDefaultBackupLocation: true,
				KubeletRootDir:          "/var/lib/kubelet",
			}))
		}},
	)
	if velero.Execute() != nil {
		os.Exit(1)
	}
}
