package main

import (
	"context"
	"errors"
	"os"
	"time"

	cmcontroller "github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/healthz"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/component-base/logs"

	// Each registers itself. Those of Vault and Venafi are left out: no issuer of the program is one.
	_ "github.com/cert-manager/cert-manager/pkg/controller/acmechallenges"
	_ "github.com/cert-manager/cert-manager/pkg/controller/acmeorders"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/acme"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/metrics"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	_ "github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	_ "github.com/cert-manager/cert-manager/pkg/controller/issuers"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/acme"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
)

// workers is how many objects each controller looks at at once.
const workers = 5

func controller() *cobra.Command {
	// What the chart gives no flag for is as in internal/apis/config/controller/v1alpha1/defaults.go, which needs Venafi's
	// module.
	options := cmcontroller.ContextOptions{
		KubernetesAPIQPS:   20,
		KubernetesAPIBurst: 50,
		ACMEOptions:        cmcontroller.ACMEOptions{DNS01CheckRetryPeriod: 10 * time.Second},
		CertificateOptions: cmcontroller.CertificateOptions{
			CopiedAnnotationPrefixes: []string{
				"*", "-kubectl.kubernetes.io/", "-fluxcd.io/", "-argocd.argoproj.io/",
			},
			CertificateRequestMinimumBackoffDuration: time.Hour,
			CertificateRequestMaximumBackoffDuration: 32 * time.Hour,
		},
	}
	var namespace string
	var recursiveOnly bool
	logging := logs.NewOptions()
	command := &cobra.Command{Use: "controller", RunE: func(command *cobra.Command, _ []string) error {
		if err := logf.ValidateAndApply(logging); err != nil {
			return err
		}
		options.DNS01CheckAuthoritative = !recursiveOnly
		return runControllers(command.Context(), options, namespace)
	}}
	flags := command.Flags()
	flags.StringVar(&options.ClusterResourceNamespace, "cluster-resource-namespace", "", "where ClusterIssuers find Secrets")
	flags.StringVar(&namespace, "leader-election-namespace", "", "namespace of the Lease")
	flags.StringVar(&options.HTTP01SolverImage, "acme-http01-solver-image", "", "image of HTTP-01 solvers")
	flags.IntVar(&options.MaxConcurrentChallenges, "max-concurrent-challenges", 60, "at once")
	flags.StringSliceVar(&options.DNS01Nameservers, "dns01-recursive-nameservers", nil, "whom the self-check asks")
	flags.BoolVar(&recursiveOnly, "dns01-recursive-nameservers-only", false, "and nobody else")
	logf.AddFlags(logging, flags)
	return command
}

func runControllers(ctx context.Context, options cmcontroller.ContextOptions, namespace string) error {
	factory, err := cmcontroller.NewContextFactory(ctx, options)
	if err != nil {
		return err
	}
	base, err := factory.Build()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)

	acme, informers := base.SharedInformerFactory.Acme().V1(), base.SharedInformerFactory.Certmanager().V1()
	base.Metrics.SetupACMECollector(acme.Challenges().Lister())
	base.Metrics.SetupCertificateCollector(informers.Certificates().Lister())
	base.Metrics.SetupIssuerCollector(informers.Issuers().Lister())
	base.Metrics.SetupClusterIssuerCollector(informers.ClusterIssuers().Lister())
	metricsListener := listen(":9402")
	metrics := base.Metrics.NewServer(metricsListener)
	group.Go(func() error { return metrics.Serve(metricsListener) })
	context.AfterFunc(ctx, func() { metrics.Close() })
	health := healthz.NewServer(20 * time.Second)
	group.Go(func() error { return health.Start(ctx, listen(":9403")) })

	group.Go(func() error {
		return whileLeading(ctx, namespace, factory, health.LeaderHealthzAdaptor, func(ctx context.Context) error {
			controllers, ctx := errgroup.WithContext(ctx)
			for _, construct := range cmcontroller.Known() {
				controller, err := construct(factory)
				if err != nil {
					return err
				}
				controllers.Go(func() error { return controller.Run(workers, ctx) })
			}
			base.SharedInformerFactory.Start(ctx.Done())
			base.KubeSharedInformerFactory.Start(ctx.Done())
			base.HTTP01ResourceMetadataInformersFactory.Start(ctx.Done())
			return controllers.Wait()
		})
	})
	return group.Wait()
}

// whileLeading runs work as long as this process holds the Lease, and ends with it.
func whileLeading(
	ctx context.Context,
	namespace string,
	factory *cmcontroller.ContextFactory,
	watchDog *leaderelection.HealthzAdaptor,
	work func(context.Context) error,
) error {
	base, err := factory.Build("leader-election")
	if err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	lock, err := resourcelock.New(resourcelock.LeasesResourceLock, namespace, "cert-manager-controller",
		base.Client.CoreV1(), base.Client.CoordinationV1(),
		resourcelock.ResourceLockConfig{Identity: host + "-external-cert-manager-controller", EventRecorder: base.Recorder})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
		Lock:            lock,
		LeaseDuration:   60 * time.Second,
		RenewDeadline:   40 * time.Second,
		RetryPeriod:     15 * time.Second,
		ReleaseOnCancel: true,
		WatchDog:        watchDog,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(ctx context.Context) {
				ended <- work(ctx)
				cancel()
			},
			OnStoppedLeading: cancel,
		},
	})
	select {
	case err := <-ended:
		return err
	default:
		return errors.New("leader election lost")
	}
}
