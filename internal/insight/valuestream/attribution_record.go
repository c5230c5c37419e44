package valuestream

import (
	"context"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Correction is what a person decided about an incident.
type Correction struct {
	Deployment int64 // 0: none caused it
	Reason     string
	By         string
	At         time.Time
	Version    int64
}

// Attribution is an incident with the deployments that may have caused it and what is decided.
type Attribution struct {
	Incident    IncidentFact
	Title       string
	Decision    Decision
	Candidates  []Candidate
	Correction  *Correction
	Deployments map[int64]DeploymentLabel // the deployments mentioned
	MayCorrect  bool
}

// incidentHead is what access to an incident is decided by.
type incidentHead struct {
	app   ref.App
	unit  ref.Unit
	path  string
	title string
}

// visibleIncident checks that the caller holds a permission on the unit of the incident's application. An incident
// without an application is seen by those who hold it everywhere.
func visibleIncident(ctx context.Context, tx db.Tx, id int64, perm authz.Permission) (incidentHead, error) {
	var h incidentHead
	found := false
	for _, table := range []string{"incident", "work_item"} {
		only := ""
		if table == "work_item" {
			only = " AND i.type = 'INCIDENT'"
		}
		err := scanRows(ctx, tx, 5, func(v []any) error {
			found = true
			h = incidentHead{ref.App(text(v[0])), ref.Unit(text(v[1])), text(v[2]), text(v[3])}
			if h.title == "" {
				h.title = text(v[4])
			}
			return nil
		}, `SELECT i.application_id, a.unit_id, u.path, i.title, i.key FROM `+table+` i LEFT JOIN v_application a ON a.id = i.application_id
LEFT JOIN v_unit u ON u.id = a.unit_id WHERE i.id = ?`+only, id)
		if err != nil {
			return h, err
		}
	}
	if !found {
		return h, authz.ErrNotFound
	}
	if h.path == "" {
		if p := authz.From(ctx); p != nil && p.Everywhere(perm) {
			return h, nil
		}
		return h, authz.ErrNotFound
	}
	return h, authz.Check(ctx, perm, h.path)
}

func readCorrection(ctx context.Context, tx db.Tx, incident int64) (*Correction, error) {
	var c *Correction
	err := scanRows(ctx, tx, 5, func(v []any) error {
		c = &Correction{number(v[0]), text(v[1]), text(v[2]), moment(micros(v[3])), number(v[4])}
		return nil
	}, `SELECT deployment_id, reason, decided_by, `+instant(tx.Engine(), "decided_at")+`, version FROM attribution_override WHERE incident_id = ?`, incident)
	return c, err
}

// IncidentAttribution returns how an incident is attributed and why.
func (s *Service) IncidentAttribution(ctx context.Context, id int64) (Attribution, error) {
	var out Attribution
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		head, err := visibleIncident(ctx, tx, id, PermViewMetrics)
		if err != nil {
			return err
		}
		out = Attribution{Title: head.title, MayCorrect: authz.Check(ctx, PermCorrectAttribution, head.path) == nil && head.path != ""}
		if out.Correction, err = readCorrection(ctx, tx, id); err != nil {
			return err
		}
		incidents, err := readIncidents(ctx, tx, ` AND i.id = ?`, id)
		if err != nil {
			return err
		}
		if len(incidents) == 0 { // no application, so nothing to suspect
			out.Incident = IncidentFact{ID: id}
			out.Decision = Decision{Reason: ReasonNoCandidate}
			return nil
		}
		out.Incident = incidents[0]
		dependsOn, _, err := readDependencies(ctx, tx)
		if err != nil {
			return err
		}
		overrides, err := readOverrides(ctx, tx, []int64{id})
		if err != nil {
			return err
		}
		blame := NewBlame(dependsOn, overrides)
		own, err := ownRows(ctx, tx, out.Incident.Application)
		if err != nil {
			return err
		}
		if err := addSuspects(ctx, tx, blame, incidents, out.Incident.Application, own); err != nil {
			return err
		}
		out.Candidates = blame.Candidates(&incidents[0])
		out.Decision = blame.Failure(&incidents[0]).Decision
		ids := []int64{out.Decision.Deployment}
		for _, c := range out.Candidates {
			ids = append(ids, c.Deployment)
		}
		out.Deployments, err = readDeploymentLabels(ctx, tx, ids)
		return err
	})
	return out, err
}

// ownRows reads the derived deployments of an application in the order a Deriver yields them.
func ownRows(ctx context.Context, tx db.Tx, app ref.App) ([]DeploymentRow, error) {
	var rows []DeploymentRow
	err := readDeploymentRows(ctx, tx, func(_ int64, d DeploymentRow) { rows = append(rows, d) },
		` WHERE app_no IN (SELECT app_no FROM dora_application WHERE application_id = ?) AND finished_at > 0 ORDER BY finished_at, deployment_id`, string(app))
	return rows, err
}
