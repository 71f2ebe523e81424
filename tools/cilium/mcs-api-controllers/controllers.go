// Package controllers has what Cilium uses of the module of that name; see go.mod next to this folder.
package controllers

// DerivedServiceAnnotation is set on a ServiceImport to the Service made for it
// (https://github.com/kubernetes-sigs/mcs-api/blob/master/controllers/common.go).
const DerivedServiceAnnotation = "multicluster.kubernetes.io/derived-service"
