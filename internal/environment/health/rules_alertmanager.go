package health

import (
	"strings"
	"time"
)

// Alerts is what Prometheus Alertmanager sends to a webhook (version 4 of its payload); members not listed are ignored.
type Alerts struct {
	_ struct{} `additionalProperties:"true"`

	Version string  `json:"version" required:"false"`
	Status  string  `json:"status" required:"false"`
	Alerts  []Alert `json:"alerts" maxItems:"10000"`

	CommonLabels map[string]string `json:"commonLabels,omitempty"`
	ExternalURL  string            `json:"externalURL,omitempty"`
}

// Alert is one alert of such a payload.
type Alert struct {
	_ struct{} `additionalProperties:"true"`

	Status       string            `json:"status" enum:"firing,resolved"`
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations,omitempty"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       *time.Time        `json:"endsAt,omitempty"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
	Fingerprint  string            `json:"fingerprint,omitempty"`
}

// environmentLabels are the labels that name the environment, the first that is there.
var environmentLabels = []string{"millrace_environment", "environment", "env"}

// eventOf turns an alert into the event it means; ok is false when no label names an environment. A firing alert of
// severity critical or page is Offline, any other Issue; a resolved one is Online. The start of the alert and its status
// make the id, so that Alertmanager's repetitions change nothing.
func eventOf(a Alert) (NewEvent, bool) {
	env := ""
	for _, name := range environmentLabels {
		if env = strings.TrimSpace(a.Labels[name]); env != "" {
			break
		}
	}
	if env == "" {
		return NewEvent{}, false
	}
	health, at := Online, a.StartsAt
	if a.Status == "firing" {
		health = Issue
		switch strings.ToLower(a.Labels["severity"]) {
		case "critical", "page", "error", "fatal":
			health = Offline
		}
	} else if a.EndsAt != nil && !a.EndsAt.IsZero() {
		at = *a.EndsAt
	}
	message := a.Annotations["summary"]
	if d := a.Annotations["description"]; d != "" && d != message {
		message = strings.TrimSpace(message + "\n" + d)
	}
	return NewEvent{
		Environment: env, Health: string(health), At: &at, Source: "alertmanager", Name: cut(a.Labels["alertname"], 200), Message: cut(message, 4000),
		Link: link(a.GeneratorURL), ExternalID: cut(a.Fingerprint+"/"+a.StartsAt.UTC().Format(time.RFC3339Nano)+"/"+a.Status, 200),
	}, true
}

func link(s string) string {
	if len(s) > 2000 || !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") {
		return ""
	}
	return s
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
