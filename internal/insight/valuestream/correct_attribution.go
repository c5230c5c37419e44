package valuestream

import (
	"context"
	"strconv"
	"strings"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// CorrectAttribution records that a person puts an incident down to a deployment, or with deployment 0 to none. It
// stands above every score and survives every derivation. version is that of the correction in place, 0 when there is
// none.
func (s *Service) CorrectAttribution(ctx context.Context, incident, deployment int64, reason string, version int64) error {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return problem.New(problem.Invalid, "reason_missing", "Say in a few words why: the correction is kept on record.").
			With(problem.Field{Path: "body.reason", Code: "required", Message: "Give a reason."})
	}
	return s.decide(ctx, incident, version, func(ctx context.Context, tx db.Tx, head incidentHead, before *Correction) (events.Event, error) {
		var app any
		cause := "no deployment"
		if deployment != 0 {
			label, err := visibleDeployment(ctx, tx, deployment)
			if err != nil {
				return events.Event{}, err
			}
			app, cause = string(label.App), "the deployment "+label.Name
		}
		var blamed any
		if deployment != 0 {
			blamed = deployment
		}
		by := "Anonymous"
		if p := authz.From(ctx); p != nil {
			by = p.Name
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO attribution_override (incident_id, deployment_id, application_id, reason, decided_by, decided_at, version)
VALUES (?, ?, ?, ?, ?, ?, 1) ON CONFLICT (incident_id) DO UPDATE SET deployment_id = excluded.deployment_id, application_id = excluded.application_id,
reason = excluded.reason, decided_by = excluded.decided_by, decided_at = excluded.decided_at, version = attribution_override.version + 1`,
			incident, blamed, app, reason, by, s.clock.Now())
		return events.Event{Kind: AttributionCorrected, Data: map[string]any{"cause": cause, "reason": reason},
			Changes: map[string]events.Change{"deploymentId": {correctedTo(before), factOrNil(deployment)}}}, err
	})
}

// ReleaseAttribution takes a correction back.
func (s *Service) ReleaseAttribution(ctx context.Context, incident, version int64) error {
	return s.decide(ctx, incident, version, func(ctx context.Context, tx db.Tx, head incidentHead, before *Correction) (events.Event, error) {
		if before == nil {
			return events.Event{}, problem.New(problem.NotFound, "correction_missing", "Nobody has corrected this attribution.")
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM attribution_override WHERE incident_id = ?`, incident)
		return events.Event{Kind: AttributionReleased,
			Changes: map[string]events.Change{"deploymentId": {correctedTo(before), nil}}}, err
	})
}

// decide changes the correction of an incident, has the metrics derived and waits for it.
func (s *Service) decide(ctx context.Context, incident, version int64,
	change func(context.Context, db.Tx, incidentHead, *Correction) (events.Event, error)) error {
	var head incidentHead
	err := s.db.Write(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if head, err = visibleIncident(ctx, tx, incident, PermCorrectAttribution); err != nil {
			return err
		}
		if head.app == "" {
			return problem.New(problem.Conflict, "incident_without_application", "The incident belongs to no application yet; map its service to one first.")
		}
		before, err := readCorrection(ctx, tx, incident)
		if err != nil {
			return err
		}
		switch {
		case before == nil && version != 0, before != nil && version != before.Version:
			current := int64(0)
			if before != nil {
				current = before.Version
			}
			return httpapi.Stale(current, map[string]any{"deploymentId": correctedTo(before)})
		}
		e, err := change(ctx, tx, head, before)
		if err != nil {
			return err
		}
		e.SubjectID, e.SubjectLabel, e.Unit = strconv.FormatInt(incident, 10), head.title, head.unit
		if err := s.log.Append(ctx, tx, e); err != nil {
			return err
		}
		if s.jobs == nil {
			return nil
		}
		args, opts := derivationOf([]ref.App{head.app})
		return s.jobs.Enqueue(ctx, tx, args, opts)
	})
	if err != nil {
		return err
	}
	if err := s.DeriveApplication(ctx, head.app); err != nil { // the job will make it good
		s.logger.WarnContext(ctx, "deriving after a correction failed", "application", head.app, "error", err)
	}
	return nil
}

func correctedTo(c *Correction) any {
	if c == nil {
		return nil
	}
	if c.Deployment == 0 {
		return "none"
	}
	return ref.Fact(c.Deployment).String()
}

func factOrNil(id int64) any {
	if id == 0 {
		return "none"
	}
	return ref.Fact(id).String()
}

// visibleDeployment checks that the caller sees a deployment and returns what it is called.
func visibleDeployment(ctx context.Context, tx db.Tx, id int64) (DeploymentLabel, error) {
	labels, err := readDeploymentLabels(ctx, tx, []int64{id})
	if err != nil {
		return DeploymentLabel{}, err
	}
	unknown := problem.New(problem.Invalid, "deployment_unknown", "There is no such deployment, or you may not see it.").
		With(problem.Field{Path: "body.deploymentId", Code: "unknown", Message: "Name a deployment of an application you see."})
	label, found := labels[id]
	if !found || label.Unit == "" {
		return label, unknown
	}
	if err := authz.CheckUnit(ctx, tx, PermViewMetrics, label.Unit); err != nil {
		return label, unknown
	}
	return label, nil
}
