package health

import (
	"cmp"
	"context"
	"slices"

	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

// Received is what became of a webhook of Alertmanager.
type Received struct {
	Taken   int       `json:"taken"`
	Ignored []Ignored `json:"ignored" nullable:"false" doc:"Alerts that say nothing about an environment known here, and why."`
}

// Ignored is an alert that was not taken.
type Ignored struct {
	Alert  string `json:"alert"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// ReceiveAlerts takes the webhook of a Prometheus Alertmanager. Alerts about unknown environments are told and do not
// make it fail, because Alertmanager would send all of them again for ever.
func (s *Service) ReceiveAlerts(ctx context.Context, in Alerts) (Received, error) {
	out := Received{Ignored: []Ignored{}}
	events := []NewEvent{}
	for _, a := range in.Alerts {
		e, ok := eventOf(a)
		if !ok {
			out.Ignored = append(out.Ignored, Ignored{Alert: cut(a.Labels["alertname"], 200), Code: "no_environment_label",
				Reason: "No label millrace_environment, environment or env names an environment."})
			continue
		}
		events = append(events, e)
	}
	// In the order of time, so that what follows from them is said in that order too.
	slices.SortStableFunc(events, func(a, b NewEvent) int { return cmp.Or(a.At.Compare(*b.At), cmp.Compare(a.Health, b.Health)) })
	for _, e := range events {
		err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			taken, err := s.stillFiring(ctx, tx, e)
			if err != nil {
				return err
			}
			_, err = s.report(ctx, tx, taken)
			return err
		})
		p := problem.Of(err)
		switch {
		case err == nil:
			out.Taken++
		case p != nil && (p.Kind == problem.Invalid || p.Kind == problem.NotFound):
			out.Ignored = append(out.Ignored, Ignored{Alert: e.Name, Code: p.Code, Reason: p.Message})
		default:
			return out, err
		}
	}
	return out, nil
}

// stillFiring keeps a resolved alert from bringing an environment back while another alert about it still fires: it
// then carries the worst of those.
func (s *Service) stillFiring(ctx context.Context, tx db.Tx, e NewEvent) (NewEvent, error) {
	if e.Health != string(Online) {
		return e, nil
	}
	env, err := s.environments.Find(ctx, tx, e.Environment)
	if err != nil {
		return e, notThere(err, "alerts", e.Environment)
	}
	var firing []Health
	err = tx.NewRaw(`SELECT f.health FROM health_event AS f
		WHERE f.environment_id = ? AND f.source = ? AND f.health IN ('offline', 'issue') AND f.external_id LIKE '%/firing' AND f.name <> ? AND f.at <= ?
		AND NOT EXISTS (SELECT 1 FROM health_event AS r WHERE r.environment_id = f.environment_id AND r.source = f.source
			AND r.external_id = SUBSTR(f.external_id, 1, LENGTH(f.external_id) - 6) || 'resolved')`,
		env.ID, e.Source, e.Name, e.At).Scan(ctx, &firing)
	switch {
	case slices.Contains(firing, Offline):
		e.Health = string(Offline)
	case len(firing) > 0:
		e.Health = string(Issue)
	}
	return e, err
}
