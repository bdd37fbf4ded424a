{{/* The parts that several objects share. Names begin with the release's. */}}
{{- define "newsdrop.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 45 | trimSuffix "-" -}}
{{- end -}}

{{- define "newsdrop.selector" -}}
app.kubernetes.io/name: newsdrop
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "newsdrop.labels" -}}
{{ include "newsdrop.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "newsdrop.image" -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}

{{- define "newsdrop.secret" -}}{{ default (printf "%s-secrets" (include "newsdrop.fullname" .)) .Values.secrets.existing }}{{- end -}}

{{/* The keys of the secret that this chart makes, as a list; nothing where others hold them all. */}}
{{- define "newsdrop.madeKeys" -}}
{{- $keys := list -}}
{{- if not .Values.secrets.existing -}}
{{- if and .Values.redis.bundled (not .Values.redis.existingSecret) }}{{ $keys = append $keys .Values.redis.passwordKey }}{{ end -}}
{{- if .Values.elasticsearch.bundled -}}
{{- if not .Values.elasticsearch.existingSecret }}{{ $keys = append $keys .Values.elasticsearch.passwordKey }}{{ end -}}
{{- if not .Values.setup.admin.existingSecret }}{{ $keys = append $keys .Values.setup.admin.passwordKey }}{{ end -}}
{{- end -}}
{{- end -}}
{{ toJson $keys }}
{{- end -}}

{{/* Always the same from the same seed, so that a render without a cluster changes no password. */}}
{{- define "newsdrop.password" -}}{{ printf "newsdrop/%s/%s" .key .root.Values.secrets.seed | sha256sum }}{{- end -}}

{{/* One text for what the pods read as secrets, as far as this chart can know it. */}}
{{- define "newsdrop.secretsChecksum" -}}
{{ list .Values.secrets .Values.redis.existingSecret .Values.elasticsearch.existingSecret .Values.setup.admin.existingSecret | toJson | sha256sum }}
{{- end -}}

{{- define "newsdrop.redisUrl" -}}
{{- $redis := .Values.redis -}}
{{- if $redis.bundled }}redis://{{ include "newsdrop.fullname" . }}-redis:{{ $redis.port }}/{{ $redis.database }}
{{- else if $redis.url }}{{ $redis.url }}
{{- else }}{{ ternary "rediss" "redis" $redis.tls.enabled }}://{{ $redis.host }}:{{ $redis.port }}/{{ $redis.database }}{{ end -}}
{{- end -}}

{{/* What KEDA and the network policy must know of it: scheme, places (each with its port), path. */}}
{{- define "newsdrop.redisParts" -}}
{{- $url := include "newsdrop.redisUrl" . -}}
{{- $scheme := regexReplaceAll "://.*" $url "" -}}
{{- $port := ternary "26379" "6379" (hasPrefix "sentinel" $scheme) -}}
{{- $places := list -}}
{{- range splitList "," (regexReplaceAll "^[a-z]+://([^/?]*).*" $url "${1}") -}}
{{- $places = append $places (ternary . (printf "%s:%s" . $port) (regexMatch ":[0-9]+$" .)) -}}
{{- end -}}
{{- $path := splitList "/" (regexReplaceAll "^[a-z]+://[^/?]*/?([^?]*).*" $url "${1}") -}}
{{- dict "scheme" $scheme "places" $places "path" $path "sentinel" (hasPrefix "sentinel" $scheme) "tls" (or (eq $scheme "rediss") (eq $scheme "sentinels")) | toJson -}}
{{- end -}}

{{/* The ports of Redis as the pods reach it: those of the URL, and of the servers that sentinels name. */}}
{{- define "newsdrop.redisPorts" -}}
{{- $parts := include "newsdrop.redisParts" . | fromJson -}}
{{- $ports := list -}}
{{- if .Values.redis.bundled }}{{ $ports = list 6379 }}
{{- else if .Values.redis.urlKey }}{{ $ports = list (int .Values.redis.port) }}
{{- else -}}
{{- range $parts.places }}{{ $ports = append $ports (regexFind "[0-9]+$" . | int) }}{{ end -}}
{{- if $parts.sentinel }}{{ $ports = append $ports (int .Values.redis.port) }}{{ end -}}
{{- end -}}
{{ $ports | uniq | toJson }}
{{- end -}}

{{- define "newsdrop.elasticsearchUrl" -}}
{{- if .Values.elasticsearch.bundled }}http://{{ include "newsdrop.fullname" . }}-elasticsearch:9200{{ else }}{{ .Values.elasticsearch.url }}{{ end -}}
{{- end -}}

{{/* The port of an http(s) address. */}}
{{- define "newsdrop.httpPort" -}}
{{- $url := urlParse . -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{- default (ternary "443" "80" (eq $url.scheme "https")) $port -}}
{{- end -}}

{{- define "newsdrop.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
# A large archive would be walked file by file at each start otherwise.
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "newsdrop.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* The variables of every container of newsdrop; `admin` is true for the job that sets up. */}}
{{- define "newsdrop.env" -}}
{{- $elasticsearch := .root.Values.elasticsearch -}}
- {name: NEWSDROP_CONFIG, value: /etc/newsdrop/newsdrop.toml}
- {name: NEWSDROP_STATE_DIR, value: /var/lib/newsdrop}
- {name: NEWSDROP_FOLDERS, value: {{ default (list .root.Values.archive.mountPath) .root.Values.archive.folders | toJson | quote }}}
- {name: NEWSDROP_LOG_FORMAT, value: json}
{{- if .root.Values.redis.urlKey }}
- {name: NEWSDROP_REDIS_URL_FILE, value: /run/secrets/newsdrop/redis-url}
{{- else }}
- {name: NEWSDROP_REDIS_URL, value: {{ include "newsdrop.redisUrl" .root | quote }}}
{{- with .root.Values.redis.username }}
- {name: NEWSDROP_REDIS_USERNAME, value: {{ . | quote }}}
{{- end }}
- {name: NEWSDROP_REDIS_PASSWORD_FILE, value: /run/secrets/newsdrop/redis-password}
{{- end }}
{{- if .root.Values.redis.tls.caSecret }}
- {name: NEWSDROP_REDIS_CA_CERTS, value: /run/secrets/newsdrop/redis-ca.crt}
{{- end }}
- {name: NEWSDROP_ELASTICSEARCH_URL, value: {{ include "newsdrop.elasticsearchUrl" .root | quote }}}
{{- if .admin }}
- {name: NEWSDROP_ELASTICSEARCH_USERNAME, value: {{ .root.Values.setup.admin.username | quote }}}
- {name: NEWSDROP_ELASTICSEARCH_PASSWORD_FILE, value: /run/secrets/newsdrop/admin-password}
{{- else if eq $elasticsearch.auth "apiKey" }}
- {name: NEWSDROP_ELASTICSEARCH_API_KEY_FILE, value: /run/secrets/newsdrop/api-key}
{{- else }}
- {name: NEWSDROP_ELASTICSEARCH_USERNAME, value: {{ $elasticsearch.username | quote }}}
- {name: NEWSDROP_ELASTICSEARCH_PASSWORD_FILE, value: /run/secrets/newsdrop/elasticsearch-password}
{{- end }}
{{- if $elasticsearch.tls.caSecret }}
- {name: NEWSDROP_ELASTICSEARCH_CA_CERTS, value: /run/secrets/newsdrop/elasticsearch-ca.crt}
{{- end }}
{{- if .root.Values.tracing.enabled }}
- {name: NEWSDROP_TRACE_ENABLED, value: "true"}
- {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ .root.Values.tracing.endpoint | quote }}}
{{- end }}
{{- with .root.Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "newsdrop.mounts" -}}
- {name: state, mountPath: /var/lib/newsdrop}
- {name: tmp, mountPath: /tmp}
- {name: config, mountPath: /etc/newsdrop, readOnly: true}
- {name: secrets, mountPath: /run/secrets/newsdrop, readOnly: true}
{{- end -}}

{{- define "newsdrop.volumes" -}}
{{- $secret := include "newsdrop.secret" .root -}}
{{- $redis := .root.Values.redis -}}
{{- $elasticsearch := .root.Values.elasticsearch -}}
{{- $admin := .root.Values.setup.admin -}}
# Outlives a container that was killed, so that the next one in the pod reads which file it was on.
- {name: state, emptyDir: {medium: Memory, sizeLimit: 64Mi}}
- {name: tmp, emptyDir: {sizeLimit: 1Gi}}
- {name: config, configMap: {name: {{ include "newsdrop.fullname" .root }}}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      - secret:
          name: {{ default $secret $redis.existingSecret }}
          {{- if $redis.urlKey }}
          items: [{key: {{ $redis.urlKey | quote }}, path: redis-url}]
          {{- else }}
          items: [{key: {{ $redis.passwordKey | quote }}, path: redis-password}]
          {{- end }}
      {{- if or (not .admin) .root.Values.setup.user }}
      - secret:
          name: {{ default $secret $elasticsearch.existingSecret }}
          {{- if eq $elasticsearch.auth "apiKey" }}
          items: [{key: {{ $elasticsearch.apiKeyKey | quote }}, path: api-key}]
          {{- else }}
          items: [{key: {{ $elasticsearch.passwordKey | quote }}, path: elasticsearch-password}]
          {{- end }}
      {{- end }}
      {{- if .admin }}
      - secret:
          name: {{ default $secret $admin.existingSecret }}
          items: [{key: {{ $admin.passwordKey | quote }}, path: admin-password}]
      {{- end }}
      {{- if .web }}
      - secret:
          name: {{ .root.Values.web.existingSecret }}
          items: [{key: {{ .root.Values.web.tokenKey | quote }}, path: web-token}]
      {{- end }}
      {{- with $redis.tls.caSecret }}
      - secret:
          name: {{ . }}
          items: [{key: {{ $redis.tls.caKey | quote }}, path: redis-ca.crt}]
      {{- end }}
      {{- with $elasticsearch.tls.caSecret }}
      - secret:
          name: {{ . }}
          items: [{key: {{ $elasticsearch.tls.caKey | quote }}, path: elasticsearch-ca.crt}]
      {{- end }}
{{- end -}}

{{- define "newsdrop.archiveVolume" -}}
- name: archive
  persistentVolumeClaim:
    claimName: {{ default (printf "%s-archive" (include "newsdrop.fullname" .)) .Values.archive.existingClaim }}
    readOnly: {{ .Values.archive.readOnly }}
{{- end -}}

{{/* Probes of one role. Live never asks a server, so that no outage restarts anybody. */}}
{{- define "newsdrop.probes" -}}
startupProbe:
  exec: {command: [newsdrop, health, live, --role, {{ . }}]}
  periodSeconds: 5
  timeoutSeconds: 15
  failureThreshold: 24
livenessProbe:
  exec: {command: [newsdrop, health, live, --role, {{ . }}]}
  periodSeconds: 60
  timeoutSeconds: 15
  failureThreshold: 3
readinessProbe:
  exec: {command: [newsdrop, health, ready, --role, {{ . }}]}
  periodSeconds: 30
  timeoutSeconds: 15
  failureThreshold: 2
{{- end -}}

{{- define "newsdrop.placement" -}}
{{- with .nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "newsdrop.podMeta" -}}
labels:
  {{- include "newsdrop.labels" .root | nindent 2 }}
  app.kubernetes.io/component: {{ .component }}
annotations:
  # A changed setting or secret starts the pods again.
  checksum/config: {{ .root.Values.config | sha256sum }}
  checksum/secrets: {{ include "newsdrop.secretsChecksum" .root }}
  {{- with .root.Values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "newsdrop.podStart" -}}
serviceAccountName: {{ include "newsdrop.fullname" . }}
# Nothing here talks to Kubernetes.
automountServiceAccountToken: false
enableServiceLinks: false
securityContext: {{ include "newsdrop.podSecurity" . | nindent 2 }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}
