// cilium-policy says of policies what Cilium's agent would say of them, by the agent's own code.
//
//	cilium-policy < policies.json   a JSON list of CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy objects; prints
//	                                a list of the same length: why the policy is refused, or an empty string
//	cilium-policy definitions       prints the CustomResourceDefinitions that Cilium's operator would install for them
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/cilium/cilium/pkg/k8s/apis/cilium.io/client"
	v2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
	"github.com/cilium/cilium/pkg/policy/api"
)

var version string // set at link time

var logger = slog.New(slog.DiscardHandler)

// problem parses a policy as the agent does; for every rule that ends in api.Rule.Sanitize.
func problem(object []byte) error {
	var policy v2.CiliumNetworkPolicy
	if err := json.Unmarshal(object, &policy); err != nil {
		return err
	}
	rules := policy.Specs
	if policy.Spec != nil {
		rules = append(api.Rules{policy.Spec}, rules...)
	}
	given := make([]api.DefaultDenyConfig, len(rules))
	for i, rule := range rules {
		given[i] = rule.EnableDefaultDeny
	}
	var err error
	switch policy.Kind {
	case "CiliumNetworkPolicy":
		if policy.Namespace == "" {
			return errors.New("metadata.namespace is missing")
		}
		_, err = policy.Parse(logger, "")
	case "CiliumClusterwideNetworkPolicy":
		_, err = (&v2.CiliumClusterwideNetworkPolicy{
			TypeMeta: policy.TypeMeta, ObjectMeta: policy.ObjectMeta, Spec: policy.Spec, Specs: policy.Specs,
		}).Parse(logger, "")
	default:
		err = fmt.Errorf("%q is no kind of policy that Cilium defines", policy.Kind)
	}
	if err != nil {
		return err
	}
	for i, rule := range rules {
		// Sanitize has filled in what the agent will do where the policy leaves it to the agent.
		if given[i].Egress == nil && *rule.EnableDefaultDeny.Egress && len(rule.Egress) == 0 {
			return errors.New("egressDeny alone: enableDefaultDeny.egress becomes true, and everything else is denied too")
		}
		if given[i].Ingress == nil && *rule.EnableDefaultDeny.Ingress && len(rule.Ingress) == 0 {
			return errors.New("ingressDeny alone: enableDefaultDeny.ingress becomes true, and everything else is denied too")
		}
	}
	return nil
}

func main() {
	out := json.NewEncoder(os.Stdout)
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "--version":
			fmt.Println(version)
		case "definitions":
			for _, name := range []string{client.CNPCRDName, client.CCNPCRDName} {
				definition := client.GetPregeneratedCRD(logger, name)
				fmt.Println("---")
				_ = out.Encode(definition)
			}
		default:
			fmt.Fprintf(os.Stderr, "%s: there is only --version and definitions\n", os.Args[1])
			os.Exit(2)
		}
		return
	}
	var objects []json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&objects); err != nil {
		fmt.Fprintf(os.Stderr, "standard input is no JSON list of policies: %v\n", err)
		os.Exit(2)
	}
	reasons := make([]string, len(objects))
	for i, object := range objects {
		if err := problem(object); err != nil {
			reasons[i] = err.Error()
		}
	}
	_ = out.Encode(reasons)
}
