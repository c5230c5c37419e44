package demo

import (
	"fmt"
	"time"

	"millrace/internal/delivery"
)

// release brings the head of the main branch to staging and to every production region; now and then it fails, or
// fails in service and is rolled back or repaired.
func (h *history) release(at time.Time) {
	h.deploy(at, "staging", delivery.EnvironmentStaging, h.head, delivery.ResultSuccess, deployment{})
	at = at.Add(time.Duration(30+h.r.IntN(240)) * time.Minute)
	if h.r.Float64() < h.app.care/3 {
		// The deployment itself fails; the next try succeeds.
		h.deploy(at, h.app.regions[0], delivery.EnvironmentProduction, h.head, delivery.ResultFailure, deployment{})
		at = at.Add(time.Duration(15+h.r.IntN(180)) * time.Minute)
	}
	before := h.last[h.app.regions[0]]
	var ids []string
	for i, region := range h.app.regions {
		ids = append(ids, h.deploy(at.Add(time.Duration(i*25)*time.Minute), region, delivery.EnvironmentProduction, h.head, delivery.ResultSuccess, deployment{}))
	}
	if h.r.Float64() < h.app.care {
		h.incident(at, ids[len(ids)-1], before)
	}
}

type deployment struct {
	rollback bool
	fixes    string
}

func (h *history) deploy(at time.Time, environment, class, sha, result string, d deployment) string {
	if at.After(h.now) {
		return ""
	}
	native := fmt.Sprintf("%s/%d", environment, at.Unix())
	id := h.id(delivery.KindDeployment, native)
	finished := at.Add(time.Duration(2+h.r.IntN(12)) * time.Minute)
	if finished.After(h.now) {
		return ""
	}
	by := h.member()
	record := delivery.Deployment{
		Head: id, Application: h.app.Key, ScopeID: h.app.Repository, Name: environment, URL: fmt.Sprintf("%s/deployments/%d", h.app.Repository, at.Unix()),
		Result: result, ResultRaw: result, Status: delivery.StatusDone, StatusRaw: "done", Environment: environment, EnvironmentRaw: environment, EnvironmentClass: class,
		Version: fmt.Sprintf("%d.%d.%d", at.Year(), at.Month(), at.Day()), CreatedAt: &at, StartedAt: &at, FinishedAt: &finished, DeployedByID: "account:demo/" + by.Login,
		IsRollback: d.rollback, FixesIncident: d.fixes,
	}
	if d.fixes != "" {
		yes := true
		record.Rework = &yes
	}
	h.add(record, delivery.DeploymentCommit{
		Head: h.id(delivery.KindDeploymentCommit, native), DeploymentID: id.ExternalID, Result: result, Status: delivery.StatusDone, Environment: environment,
		StartedAt: &at, FinishedAt: &finished, CommitSHA: sha, RefName: "main", RepoURL: h.app.Repository,
	})
	if result == delivery.ResultSuccess {
		h.last[environment] = sha
	}
	return id.ExternalID
}

var troubles = []string{"Error rate above threshold", "Timeouts for some customers", "Wrong amounts on a screen", "Queue grows without end", "Sign-in fails for one region", "Batch did not finish"}

func (h *history) incident(deployed time.Time, cause, before string) {
	started := deployed.Add(time.Duration(20+h.r.IntN(900)) * time.Minute)
	if started.After(h.now) {
		return
	}
	h.incidents++
	id := h.id(delivery.KindIncident, fmt.Sprint(h.incidents))
	repair := started.Add(time.Duration(15+h.r.ExpFloat64()*150) * time.Minute)
	i := delivery.Incident{
		Head: id, Application: h.app.Key, Key: fmt.Sprintf("INC-%s-%d", h.app.Key, h.incidents), Title: troubles[h.r.IntN(len(troubles))], Severity: []string{"1", "2", "2", "3"}[h.r.IntN(4)],
		URL: fmt.Sprintf("https://incidents.halden.example/%s/%d", h.app.Key, h.incidents), Environment: h.app.regions[0], StartedAt: &started, DetectedAt: &started,
		Status: delivery.StatusInProgress, StatusRaw: "open",
	}
	if h.r.IntN(3) == 0 {
		i.CausedBy = cause
	}
	if repair.Before(h.now) {
		resolved := repair.Add(time.Duration(5+h.r.IntN(25)) * time.Minute)
		if resolved.Before(h.now) {
			i.ResolvedAt, i.Status, i.StatusRaw = &resolved, delivery.StatusDone, "resolved"
		}
	}
	h.add(i)
	switch {
	case repair.After(h.now):
	case h.r.IntN(2) == 0 && before != "":
		for _, region := range h.app.regions {
			h.deploy(repair, region, delivery.EnvironmentProduction, before, delivery.ResultSuccess, deployment{rollback: true, fixes: id.ExternalID})
		}
	default:
		h.change(repair.Add(-10 * time.Minute))
		for _, region := range h.app.regions {
			h.deploy(repair, region, delivery.EnvironmentProduction, h.head, delivery.ResultSuccess, deployment{fixes: id.ExternalID})
		}
	}
}
