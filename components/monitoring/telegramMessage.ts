/**
 * Most bytes of alerts in a message. Telegram refuses more than 4,096 UTF-16 units after it has parsed the entities, and
 * Alertmanager cuts at 4,096 characters before that, wherever they fall: a tag that is cut is refused as well. Bytes of
 * UTF-8 are never fewer than either. The rest is for the line that counts what is left out
 * (https://core.telegram.org/bots/api#sendmessage).
 */
const mostBytes = 3900;

/** Most characters of each text of an alert. Escaped, one takes up to five bytes: even the longest alert fits. */
const most = { name: 100, description: 400, runbook: 200 };

/**
 * Template of a message: each alert with its state, name, description and runbook, those that fire first, as long as they
 * fit; then how many more there are. Telegram HTML.
 *
 * Templates cannot add numbers, so a string with a dot per alert counts. Everything is escaped as it is put together, and
 * the whole printed as it is.
 */
export function telegramMessage(critical: boolean): string {
  const [firing, resolved] = critical
    ? ["🚨 CRITICAL: FIRING", "🟢 CRITICAL: RESOLVED"]
    : ["🔴 FIRING", "🟢 RESOLVED"];
  return [
    '{{ $text := "" }}{{ $firing := "" }}{{ $resolved := "" }}',
    '{{ range $status := stringSlice "firing" "resolved" }}{{ range $.Alerts }}{{ if eq .Status $status }}',
    `{{ $state := "${firing}" }}{{ $runbook := "" }}`,
    '{{ if eq $status "firing" }}',
    `{{ with .Annotations.runbook }}{{ $runbook = ${cut(".", most.runbook)} | printf "%s\\n" }}{{ end }}`,
    `{{ else }}{{ $state = "${resolved}" }}{{ end }}`,
    `{{ $name := ${cut(".Labels.alertname", most.name)} }}`,
    `{{ $description := ${cut(".Annotations.description", most.description)} }}`,
    '{{ $next := printf "%s<b>%s</b>\\n<b>%s</b>\\n%s\\n%s\\n" $text $state $name $description $runbook }}',
    `{{ if le (len $next) ${mostBytes} }}{{ $text = $next }}`,
    '{{ else if eq $status "firing" }}{{ $firing = printf "%s." $firing }}',
    '{{ else }}{{ $resolved = printf "%s." $resolved }}{{ end }}',
    "{{ end }}{{ end }}{{ end }}",
    "{{ safeHtml $text }}",
    '{{ with printf "%s%s" $firing $resolved }}',
    "… and {{ len . }} more: {{ len $firing }} firing, {{ len $resolved }} resolved{{ end }}",
  ].join("");
}

/** The first characters of a text, escaped. */
function cut(text: string, characters: number): string {
  return `reReplaceAll "(?s)^(.{${characters}}).+$" "\${1}…" ${text} | html`;
}
