import { auditJob } from "./auditQueries.js";

/** Where the audit log comes from and goes to. */
export interface AuditPipelineArgs {
  /** Path of the API server's audit log, as Alloy sees it. */
  auditLogPath: string;
  /** Address of Loki, such as http://loki.monitoring.svc.cluster.local:3100. */
  lokiUrl: string;
  /** Loki's tenant. Default: none, for a Loki without tenants. */
  tenant?: string;
}

/** Name of the custom component that the configuration declares. */
export const pipelineComponent = "kube_apiserver_audit";

/**
 * Stands in the way of a line that could not be cleaned, should a stage ever fail: such a line is dropped, never sent
 * as it was. Inside a string of JSON a quote is escaped, so that only a real field matches.
 */
const bodies = '"(requestObject|responseObject)":';

/** The annotations that say how a request was judged and which token was made. The others quote what was asked or changed. */
const annotations = [
  "authentication.kubernetes.io/issued-credential-id",
  "authorization.k8s.io/decision",
  "authorization.k8s.io/reason",
  "pod-security.kubernetes.io/enforce-policy",
];

/** What the API server itself knows of who asks: the token, and the pod that it was made for. */
const extras = ["credential-id", "node-name", "node-uid", "pod-name", "pod-uid"].map(
  (name) => `authentication.kubernetes.io/${name}`,
);

const quoted = (keys: readonly string[]): string => keys.map((key) => JSON.stringify(key)).join(" ");

/**
 * What must not leave the node, whatever the policy's level has written: both bodies; what webhooks changed in them, and
 * the values that admission names, which the API server notes as annotations; the text of a refusal, which quotes the
 * values that it refuses; the query, which holds the command of a connection into a container and the values of a selector;
 * the path behind a proxy; and what a request adds to the user it asks as
 * (https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/,
 * https://kubernetes.io/docs/reference/labels-annotations-taints/audit-annotations/).
 * The fields come out sorted: an event that is sent twice is the same line, which Loki keeps once.
 */
const cleanEvent = [
  '{{ $event := omit (mustFromJson .Entry) "requestObject" "responseObject" }}',
  `{{ with $event.annotations }}{{ $_ := set $event "annotations" (pick . ${quoted(annotations)}) }}{{ end }}`,
  `{{ with $event.user }}{{ if .extra }}{{ $_ := set . "extra" (pick .extra ${quoted(extras)}) }}{{ end }}{{ end }}`,
  '{{ with $event.impersonatedUser }}{{ $_ := set $event "impersonatedUser" (omit . "extra") }}{{ end }}',
  '{{ with $event.responseStatus }}{{ $_ := set $event "responseStatus" (omit . "message" "details") }}{{ end }}',
  '{{ with $event.requestURI }}{{ $_ := set $event "requestURI" (index (splitList "?" .) 0) }}{{ end }}',
  '{{ if eq .subresource "proxy" }}',
  '{{ $_ := set $event "requestURI" (regexReplaceAllLiteral "/proxy/.*" $event.requestURI "/proxy") }}',
  "{{ end }}",
  "{{ mustToRawJson $event }}",
].join("");

/** `group/resource/subresource`, the way a policy names it. */
const resource =
  "{{ with .group }}{{ . }}/{{ end }}{{ with .base }}{{ . }}{{ end }}{{ with .subresource }}/{{ . }}{{ end }}";

/**
 * Configuration of Grafana Alloy: a custom component that reads the API server's audit log, takes every body out of
 * it and sends it to Loki (https://grafana.com/docs/alloy/latest/reference/config-blocks/declare/).
 *
 * Alloy that reads this and nothing else gets it with `run`; one that exists already imports it.
 */
export function auditPipeline({ auditLogPath, lokiUrl, tenant }: AuditPipelineArgs): string {
  const text = JSON.stringify;
  return `declare "${pipelineComponent}" {
  // On a node without an API server there is nothing to read.
  local.file_match "audit_log" {
    path_targets = [{ __path__ = ${text(auditLogPath)} }]
  }

  loki.source.file "audit_log" {
    targets    = local.file_match.audit_log.targets
    forward_to = [loki.process.audit_events.receiver]
  }

  loki.process "audit_events" {
    forward_to = [loki.write.loki.receiver]

    stage.json {
      expressions = {
        level       = "level",
        verb        = "verb",
        user        = "user.username",
        group       = "objectRef.apiGroup",
        base        = "objectRef.resource",
        subresource = "objectRef.subresource",
        namespace   = "objectRef.namespace",
        time        = "stageTimestamp",
      }
      drop_malformed = true
    }

    stage.template {
      source   = "resource"
      template = ${text(resource)}
    }

    // Without the bodies. Where that fails nothing is sent.
    stage.template {
      source   = "event"
      template = ${text(cleanEvent)}
    }

    stage.drop {
      source              = "event"
      expression          = "^$"
      drop_counter_reason = "not_an_audit_event"
    }

    stage.output {
      source = "event"
    }

    stage.drop {
      expression          = ${text(bodies)}
      drop_counter_reason = "holds_a_body"
    }

    // The event's own time: an event that is sent twice is kept once.
    stage.timestamp {
      source            = "time"
      format            = "RFC3339Nano"
      action_on_failure = "skip"
    }

    stage.static_labels {
      values = { job = ${text(auditJob)} }
    }

    stage.labels {
      values = { level = "level", verb = "verb" }
    }

    stage.structured_metadata {
      values = { user = "user", resource = "resource", namespace = "namespace" }
    }

    stage.label_drop {
      values = ["filename"]
    }
  }

  loki.write "loki" {
    endpoint {
      url = ${text(`${lokiUrl}/loki/api/v1/push`)}
${tenant === undefined ? "" : `      tenant_id = ${text(tenant)}\n`}
      // While Loki is away reading waits, as long as it takes; the log's rotation is the buffer.
      max_backoff_retries = 0
    }
  }
}
`;
}
