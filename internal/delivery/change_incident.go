package delivery

import (
	"context"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

// IncidentPatch changes what it names; an empty text clears.
type IncidentPatch struct {
	Title       *string `json:"title,omitempty" minLength:"1" maxLength:"1000"`
	StartedAt   *string `json:"startedAt,omitempty" maxLength:"100"`
	DetectedAt  *string `json:"detectedAt,omitempty" maxLength:"100"`
	ResolvedAt  *string `json:"resolvedAt,omitempty" maxLength:"100" doc:"Empty to open it again."`
	CausedBy    *string `json:"causedBy,omitempty" maxLength:"2000"`
	Severity    *string `json:"severity,omitempty" maxLength:"200"`
	Environment *string `json:"environment,omitempty" maxLength:"500"`
	Description *string `json:"description,omitempty" maxLength:"16000"`
	URL         *string `json:"url,omitempty" maxLength:"2000"`
}

// ChangeIncident changes an incident of the given version.
func (s *Service) ChangeIncident(ctx context.Context, id ref.Fact, version int64, p IncidentPatch) (IncidentView, error) {
	var out IncidentView
	var touched Touched
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		before, err := getFact[IncidentView](ctx, s, tx, incidents, id)
		if err != nil {
			return err
		}
		if err := checkFact(ctx, tx, PermReport, before.UnitID); err != nil {
			return err
		}
		if version != before.Version {
			return httpapi.Stale(before.Version, before)
		}
		after, err := s.patched(before, p)
		if err != nil {
			return err
		}
		rules, err := s.currentRules(ctx, tx)
		if err != nil {
			return err
		}
		if p.Environment != nil {
			after.EnvironmentClass, _ = rules.class(before.ConnectionID, "", after.Environment)
		}
		now := s.clock.Now()
		at := now
		if t := firstOf(after.StartedAt, after.DetectedAt); t != nil {
			at = *t
		}
		if _, err := tx.NewUpdate().Table("incident").Where("id = ?", int64(id)).
			Set("title = ?", after.Title).Set("description = ?", after.Description).Set("url = ?", after.URL).Set("url_key = ?", referenceKey(after.URL)).
			Set("severity = ?", after.Severity).Set("environment = ?", after.Environment).Set("environment_class = ?", after.EnvironmentClass).
			Set("started_at = ?", after.StartedAt).Set("detected_at = ?", after.DetectedAt).Set("resolved_at = ?", after.ResolvedAt).Set("at = ?", at).
			Set("status = ?", after.Status).Set("caused_by = ?", after.CausedBy).Set("caused_by_key = ?", referenceKey(after.CausedBy)).
			Set("revision = ?", now.UnixMilli()).Set("version = version + 1").Exec(ctx); err != nil {
			return err
		}
		if err := noteWords(ctx, tx, []int64{int64(id)}); err != nil {
			return err
		}
		if after.CausedBy != before.CausedBy {
			if _, err := tx.ExecContext(ctx, `UPDATE incident SET caused_by_deployment_id = NULL WHERE id = ?`, int64(id)); err != nil {
				return err
			}
			l := &links{conn: before.ConnectionID, open: map[*table]map[int64]string{tIncident: {}}}
			if after.CausedBy != "" {
				l.open[tIncident][int64(id)] = after.CausedBy
			}
			if err := l.fill(ctx, tx, references[0]); err != nil {
				return err
			}
		}
		views, err := s.incidentViews(ctx, tx, []ref.Fact{id})
		if err != nil {
			return err
		}
		out = views[id]
		if err := s.events.Append(ctx, tx, events.Event{
			Kind: EventIncidentChanged, SubjectID: out.ID, SubjectLabel: out.Title, Unit: out.UnitID, Changes: events.Diff(before, out),
			Data: map[string]any{"applicationId": out.ApplicationID},
		}); err != nil {
			return err
		}
		touched, err = s.announceTouched(ctx, tx, "a change by hand", map[ref.App]time.Time{out.ApplicationID: earliest(before.At, out.At)})
		return err
	})
	if err == nil && s.onBatch != nil {
		s.onBatch(touched)
	}
	return out, err
}

// checkFact decides whether the caller may change a fact of a unit; one without a unit is for those who may everywhere.
func checkFact(ctx context.Context, tx db.Tx, perm authz.Permission, unit ref.Unit) error {
	if unit != "" {
		return authz.CheckUnit(ctx, tx, perm, unit)
	}
	if p := authz.From(ctx); p == nil || !p.Everywhere(perm) {
		return authz.Forbidden(perm)
	}
	return nil
}

// patched returns the incident as the patch wants it.
func (s *Service) patched(v IncidentView, p IncidentPatch) (IncidentView, error) {
	var times reportTimes
	m := &rowMaker{now: s.clock.Now(), limit: s.clock.Now().Add(futureTolerance)}
	set := func(into *string, from *string, limit int) {
		if from != nil {
			*into = m.text(*from, "", limit)
		}
	}
	set(&v.Title, p.Title, maxTitle)
	set(&v.CausedBy, p.CausedBy, maxURL)
	set(&v.Severity, p.Severity, maxName)
	set(&v.Environment, p.Environment, maxName)
	set(&v.Description, p.Description, maxBody)
	set(&v.URL, p.URL, maxURL)
	for _, t := range []struct {
		into  **time.Time
		from  *string
		field string
	}{{&v.StartedAt, p.StartedAt, "startedAt"}, {&v.DetectedAt, p.DetectedAt, "detectedAt"}, {&v.ResolvedAt, p.ResolvedAt, "resolvedAt"}} {
		if t.from != nil {
			*t.into = times.parse(*t.from, t.field)
			m.strict(*t.into, t.field)
		}
	}
	m.order(v.StartedAt, v.ResolvedAt, "startedAt", "resolvedAt")
	if faults := append(times.faults, m.faults...); len(faults) > 0 {
		return v, invalid(faults)
	}
	v.Status = statusOf("", "", v.StartedAt != nil, v.ResolvedAt != nil)
	return v, nil
}

// announceTouched appends the event that tells which applications' facts changed outside of a batch of records.
func (s *Service) announceTouched(ctx context.Context, tx db.Tx, source string, apps map[ref.App]time.Time) (Touched, error) {
	out := Touched{Batch: ref.New[string](), Applications: []ref.App{}}
	for app, at := range apps {
		if app != "" {
			out.Applications = append(out.Applications, app)
			out.Earliest = earliest(out.Earliest, at)
		}
	}
	if len(out.Applications) == 0 {
		return out, nil
	}
	data := map[string]any{
		"batch": out.Batch, "source": source, "connection": "", "counts": map[string]int{}, "total": 0, "unmapped": 0, "rejected": 0, "applications": out.Applications,
	}
	if !out.Earliest.IsZero() {
		data["earliest"] = out.Earliest
	}
	return out, s.events.Append(ctx, tx, events.Event{Kind: EventBatchIngested, SubjectID: out.Batch, SubjectLabel: source, Data: data})
}
