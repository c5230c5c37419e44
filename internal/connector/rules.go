package connector

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"millrace/internal/platform/problem"
)

// checkSettings completes settings with their defaults and reports what is missing or unknown.
func checkSettings(d Description, given map[string]string) (map[string]string, error) {
	out := map[string]string{}
	var faults problem.Fields
	known := map[string]bool{}
	for _, s := range d.Settings {
		known[s.Name] = true
		v := strings.TrimSpace(given[s.Name])
		if v == "" {
			v = s.Default
		}
		switch {
		case v == "" && s.Required:
			faults.Add("body.settings."+s.Name, "required", s.Title+" is needed.")
		case v != "" && len(s.Options) > 0 && !slices.Contains(s.Options, v):
			faults.Add("body.settings."+s.Name, "not_an_option", fmt.Sprintf("%s must be one of %s.", s.Title, strings.Join(s.Options, ", ")))
		case holdsPassword(v):
			faults.Add("body.settings."+s.Name, "secret_in_address", s.Title+" holds a password. Enter it as the credential, where it is kept encrypted.")
		case len(v) > 2000:
			faults.Add("body.settings."+s.Name, "too_long", s.Title+" is longer than 2,000 characters.")
		}
		if v != "" {
			out[s.Name] = v
		}
	}
	for name := range given {
		if !known[name] {
			faults.Add("body.settings."+name, "unknown", fmt.Sprintf("%s has no setting %q.", d.Title, name))
		}
	}
	return out, faults.Err("connection_settings_invalid", "The settings of the connection are not complete.")
}

func holdsPassword(v string) bool {
	u, err := url.Parse(v)
	if err != nil || u.User == nil {
		return false
	}
	_, has := u.User.Password()
	return has
}

// addressChanged reports whether the credential would be sent to another place than before.
func addressChanged(d Description, before, after map[string]string) bool {
	for _, s := range d.Settings {
		if s.Address && before[s.Name] != after[s.Name] {
			return true
		}
	}
	return false
}

// healthState judges freshness. oldest is the least fresh scope's success, nil when a scope never succeeded.
func healthState(paused bool, scopes, failing int64, oldest *time.Time, interval time.Duration, now time.Time) string {
	switch {
	case paused:
		return "PAUSED"
	case failing > 0:
		return "FAILING"
	case scopes == 0 || oldest == nil:
		return "NEVER"
	case interval > 0 && now.Sub(*oldest) > 3*interval:
		return "LATE"
	}
	return "FRESH"
}

// due reports whether a scheduled run is to be started: the connection collects by itself, nothing is running, and the
// last run began at least one interval ago.
func due(state string, intervalMinutes int, lastRun *time.Time, now time.Time) bool {
	if state != "ACTIVE" || intervalMinutes <= 0 {
		return false
	}
	return lastRun == nil || now.Sub(*lastRun) >= time.Duration(intervalMinutes)*time.Minute
}
