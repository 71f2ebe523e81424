// Command cert-manager: the controller, the webhook, the CA injector and the start-up check of a release in one binary.
// Upstream each is a Go module of its own without a version, which no module proxy has. These do what those do, and take
// the flags that the chart passes. The module's path is below cert-manager's, as theirs are: the packages that they are
// made of are internal ones.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/cert-manager/cert-manager/internal/cmd/util"
	cmwebhook "github.com/cert-manager/cert-manager/internal/webhook"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
	cmutil "github.com/cert-manager/cert-manager/pkg/util"
	"github.com/cert-manager/cert-manager/pkg/util/cmapichecker"
	"github.com/cert-manager/cert-manager/pkg/webhook/options"
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/component-base/logs"
	logsapi "k8s.io/component-base/logs/api/v1"
	ctrl "sigs.k8s.io/controller-runtime"
)

func main() {
	ctx, exit := util.SetupExitHandler(context.Background(), util.GracefulShutdown)
	defer exit()
	logf.InitLogs()
	defer logf.FlushLogs()
	ctrl.SetLogger(logf.Log)

	command := &cobra.Command{Use: "cert-manager", SilenceUsage: true, SilenceErrors: true}
	command.AddCommand(controller(), webhook(), cainjector(), startupapicheck(), &cobra.Command{
		Use: "version",
		Run: func(*cobra.Command, []string) { fmt.Println(cmutil.AppVersion) },
	})
	if err := command.ExecuteContext(logf.NewContext(ctx, logf.Log)); err != nil && ctx.Err() == nil {
		logf.Log.Error(err, "error executing command")
		util.SetExitCode(err)
	}
}

func webhook() *cobra.Command {
	config, err := options.NewWebhookConfiguration()
	check(err)
	command := &cobra.Command{Use: "webhook", RunE: func(command *cobra.Command, _ []string) error {
		if err := logf.ValidateAndApply(&config.Logging); err != nil {
			return err
		}
		server, err := cmwebhook.NewCertManagerWebhookServer(logf.FromContext(command.Context(), "webhook"), *config)
		if err != nil {
			return err
		}
		return server.Run(command.Context())
	}}
	options.AddConfigFlags(command.Flags(), config)
	return command
}

// startupapicheck is the Job that ends when the API server reaches the webhook: `startupapicheck check api --wait=1m -v`.
func startupapicheck() *cobra.Command {
	var patience time.Duration
	logging := logs.NewOptions()
	api := &cobra.Command{Use: "api", RunE: func(command *cobra.Command, _ []string) error {
		if err := logf.ValidateAndApply(logging); err != nil {
			return err
		}
		config, err := ctrl.GetConfig()
		if err != nil {
			return err
		}
		checker, err := cmapichecker.New(config, os.Getenv("POD_NAMESPACE"))
		if err != nil {
			return err
		}
		var last error
		isReady := func(ctx context.Context) (bool, error) {
			last = checker.Check(ctx)
			return last == nil, nil
		}
		err = wait.PollUntilContextTimeout(command.Context(), 5*time.Second, patience, true, isReady)
		return errors.Join(err, last)
	}}
	api.Flags().DurationVar(&patience, "wait", 0, "how long to go on asking")
	logf.AddFlagsNonDeprecated((*logsapi.LoggingConfiguration)(logging), api.Flags())
	api.Flags().Lookup("v").NoOptDefVal = "2"
	checks := &cobra.Command{Use: "check"}
	checks.AddCommand(api)
	command := &cobra.Command{Use: "startupapicheck"}
	command.AddCommand(checks)
	return command
}

func listen(address string) net.Listener {
	listener, err := net.Listen("tcp", address)
	check(err)
	return listener
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
