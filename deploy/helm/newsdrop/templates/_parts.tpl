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

{{- define "newsdrop.secret" -}}{{ include "newsdrop.fullname" . }}-secrets{{- end -}}

{{- define "newsdrop.redisHost" -}}
{{- if .Values.redis.bundled }}{{ include "newsdrop.fullname" . }}-redis{{ else }}{{ .Values.redis.host }}{{ end -}}
{{- end -}}

{{- define "newsdrop.redisUrl" -}}
{{ ternary "rediss" "redis" .Values.redis.tls.enabled }}://{{ include "newsdrop.redisHost" . }}:{{ .Values.redis.port }}/{{ .Values.redis.database }}
{{- end -}}

{{- define "newsdrop.elasticsearchUrl" -}}
{{- if .Values.elasticsearch.bundled }}http://{{ include "newsdrop.fullname" . }}-elasticsearch:9200{{ else }}{{ .Values.elasticsearch.url }}{{ end -}}
{{- end -}}

{{- define "newsdrop.elasticsearchPort" -}}
{{- $url := urlParse (include "newsdrop.elasticsearchUrl" .) -}}
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
- {name: NEWSDROP_REDIS_URL, value: {{ include "newsdrop.redisUrl" .root | quote }}}
{{- with .root.Values.redis.username }}
- {name: NEWSDROP_REDIS_USERNAME, value: {{ . | quote }}}
{{- end }}
- {name: NEWSDROP_REDIS_PASSWORD_FILE, value: /run/secrets/newsdrop/redis-password}
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
          items: [{key: {{ $redis.passwordKey | quote }}, path: redis-password}]
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
  # A changed setting starts the pods again.
  checksum/config: {{ .root.Values.config | sha256sum }}
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
