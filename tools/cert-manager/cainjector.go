package main

import (
	"context"

	config "github.com/cert-manager/cert-manager/internal/apis/config/cainjector"
	"github.com/cert-manager/cert-manager/internal/apis/config/cainjector/scheme"
	"github.com/cert-manager/cert-manager/pkg/apis/config/cainjector/v1alpha1"
	cmscheme "github.com/cert-manager/cert-manager/pkg/client/clientset/versioned/scheme"
	injector "github.com/cert-manager/cert-manager/pkg/controller/cainjector"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
	cmutil "github.com/cert-manager/cert-manager/pkg/util"
	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kubernetes "k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metrics "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

func cainjector() *cobra.Command {
	configs, _, err := scheme.NewSchemeAndCodecs()
	check(err)
	versioned, injection := &v1alpha1.CAInjectorConfiguration{}, &config.CAInjectorConfiguration{}
	configs.Default(versioned)
	check(configs.Convert(versioned, injection, nil))
	command := &cobra.Command{Use: "cainjector", RunE: func(command *cobra.Command, _ []string) error {
		if err := logf.ValidateAndApply(&injection.Logging); err != nil {
			return err
		}
		return inject(command.Context(), injection)
	}}
	flags := command.Flags()
	flags.StringVar(&injection.LeaderElectionConfig.Namespace, "leader-election-namespace", "", "namespace of the Lease")
	flags.StringVar(&injection.MetricsListenAddress, "metrics-listen-address", injection.MetricsListenAddress, "0: none")
	logf.AddFlags(&injection.Logging, flags)
	return command
}

func inject(ctx context.Context, injection *config.CAInjectorConfiguration) error {
	kube, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	types := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		kubernetes.AddToScheme, cmscheme.AddToScheme, apiextensions.AddToScheme, apiregistration.AddToScheme,
	} {
		if err := add(types); err != nil {
			return err
		}
	}
	election := injection.LeaderElectionConfig
	manager, err := ctrl.NewManager(cmutil.RestConfigWithUserAgent(kube, "cainjector"), ctrl.Options{
		Scheme: types,
		// As upstream: the Secrets of a cluster are not kept in memory.
		Cache:                         cache.Options{ReaderFailOnMissingInformer: true},
		Client:                        client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}}},
		LeaderElection:                election.Enabled,
		LeaderElectionNamespace:       election.Namespace,
		LeaderElectionID:              "cert-manager-cainjector-leader-election",
		LeaderElectionReleaseOnCancel: true,
		LeaseDuration:                 &election.LeaseDuration,
		RenewDeadline:                 &election.RenewDeadline,
		RetryPeriod:                   &election.RetryPeriod,
		Metrics:                       metrics.Options{BindAddress: injection.MetricsListenAddress},
	})
	if err != nil {
		return err
	}
	err = injector.RegisterAllInjectors(ctx, manager, injector.SetupOptions{
		EnableCertificatesDataSource: injection.EnableDataSourceConfig.Certificates,
		EnabledReconcilersFor: map[string]bool{
			injector.MutatingWebhookConfigurationName:   injection.EnableInjectableConfig.MutatingWebhookConfigurations,
			injector.ValidatingWebhookConfigurationName: injection.EnableInjectableConfig.ValidatingWebhookConfigurations,
			injector.APIServiceName:                     injection.EnableInjectableConfig.APIServices,
			injector.CustomResourceDefinitionName:       injection.EnableInjectableConfig.CustomResourceDefinitions,
		},
	})
	if err != nil {
		return err
	}
	return manager.Start(ctx)
}
