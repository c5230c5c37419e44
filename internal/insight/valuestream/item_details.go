package valuestream

import (
	"context"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// details are the names of everything a page of items mentions.
type details struct {
	deployments map[int64]DeploymentLabel
	requests    map[int64]ChangeLabel
	commits     map[int64]ChangeLabel
	incidents   map[int64][]IncidentLabel // by incident and by deployment
	apps        map[ref.App]ApplicationView
	rows        map[int64]DeploymentRow
	changes     map[changeRef]ChangeRow
}

// describe reads the names of everything the items mention.
func (s *Service) describe(ctx context.Context, items []Item, class Class) (details, error) {
	d := details{incidents: map[int64][]IncidentLabel{}, apps: map[ref.App]ApplicationView{}}
	var deployments, requests, commits, incidents []int64
	var apps []ref.App
	for _, i := range items {
		apps = append(apps, i.App)
		deployments = append(deployments, i.Deployment)
		switch {
		case i.Kind == ItemIncident:
			incidents = append(incidents, i.ID)
		case i.Kind == ItemChange && i.ChangeKind == ChangeRequestKind:
			requests = append(requests, i.ID)
		case i.Kind == ItemChange && i.ChangeKind == ChangeCommitKind:
			commits = append(commits, i.ID)
		}
	}
	err := s.db.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
		if d.deployments, err = readDeploymentLabels(ctx, tx, deployments); err != nil {
			return err
		}
		if d.requests, err = readRequestLabels(ctx, tx, requests); err != nil {
			return err
		}
		if d.commits, err = readCommitLabels(ctx, tx, commits); err != nil {
			return err
		}
		own, err := readIncidentLabels(ctx, tx, "f.incident_id", incidents)
		if err != nil {
			return err
		}
		against, err := readIncidentLabels(ctx, tx, "f.deployment_id", deployments)
		if err != nil {
			return err
		}
		for _, l := range own {
			d.incidents[l.ID] = append(d.incidents[l.ID], l)
		}
		for _, l := range against {
			d.incidents[l.Deployment] = append(d.incidents[l.Deployment], l)
		}
		if err := d.readNotes(ctx, tx, items, class); err != nil {
			return err
		}
		return readApplications(ctx, tx, apps, d.apps)
	})
	return d, err
}

func (d *details) item(i *Item, key Key) ItemView {
	v := ItemView{Kind: i.Kind, State: "included", At: moment(i.At), Value: i.Value, Unit: key.Unit(), Application: d.apps[i.App],
		Incidents: []IncidentView{}, Path: []StepView{}}
	if i.Reason != ReasonNone {
		v.State, v.Reason, v.Message = "excluded", i.Reason.String(), itemSentences[i.Reason]
	}
	if i.Kind == ItemChange {
		v.Change = d.change(i)
		if c := v.Change; c.Kind != "history" {
			l := d.requests[i.ID]
			if i.ChangeKind == ChangeCommitKind {
				l = d.commits[i.ID]
			}
			if l.FirstSHA != "" {
				v.Path = append(v.Path, StepView{Step: "first_commit", SHA: l.FirstSHA, At: viewTime(l.FirstAt)})
			}
			if l.SHA != "" {
				v.Path = append(v.Path, StepView{Step: "merged", SHA: l.SHA, At: viewTime(l.MergedAt)})
			}
		}
	}
	if l, known := d.deployments[i.Deployment]; known {
		view := viewDeployment(l)
		v.Deployment = &view
		for _, sha := range l.SHAs {
			v.Path = append(v.Path, StepView{Step: "deployed_commit", SHA: sha})
		}
		v.Path = append(v.Path, StepView{Step: "deployment", ID: ref.Fact(l.ID).String(), At: viewTime(l.At)})
	}
	blamed := i.Deployment
	if i.Kind == ItemIncident {
		blamed = i.ID
	}
	if i.Kind != ItemChange {
		for _, l := range d.incidents[blamed] {
			v.Incidents = append(v.Incidents, viewIncident(l))
			if i.Kind == ItemDeployment {
				v.Path = append(v.Path, StepView{Step: "incident", ID: ref.Fact(l.ID).String(), At: viewTime(l.StartedAt)},
					StepView{Step: "recovered", ID: ref.Fact(l.ID).String(), At: viewTime(l.ResolvedAt)})
			}
		}
	}
	d.annotate(&v, i)
	return v
}

func (d *details) change(i *Item) *ChangeView {
	v := &ChangeView{Kind: "change_request", ID: ref.Fact(i.ID).String(), Changes: max(1, i.Changes)}
	l := d.requests[i.ID]
	switch i.ChangeKind {
	case ChangeCommitKind:
		v.Kind, l = "commit", d.commits[i.ID]
	case ChangeHistoryKind:
		v.Kind, v.Title = "history", "Everything up to this deployment"
		return v
	}
	v.Number, v.Title, v.URL, v.Author, v.Repository, v.SHA = l.Number, l.Title, l.URL, l.Author, l.Repository, l.SHA
	v.FirstCommitAt, v.MergedAt = viewTime(l.FirstAt), viewTime(l.MergedAt)
	return v
}

func viewDeployment(l DeploymentLabel) DeploymentView {
	v := DeploymentView{ID: ref.Fact(l.ID).String(), Name: l.Name, URL: l.URL, Application: ApplicationView{l.App, l.AppKey, l.AppName},
		Environment: l.Environment, EnvironmentClass: l.Class, Result: l.Result, Version: l.Version, FinishedAt: viewTime(l.At), Commits: l.SHAs}
	if v.Commits == nil {
		v.Commits = []string{}
	}
	return v
}

func viewIncident(l IncidentLabel) IncidentView {
	v := IncidentView{ID: ref.Fact(l.ID).String(), Key: l.Key, Title: l.Title, URL: l.URL, Severity: l.Severity, StartedAt: viewTime(l.StartedAt),
		ResolvedAt: viewTime(l.ResolvedAt), Confidence: l.Confidence, Source: l.Source.String()}
	if l.Deployment != 0 {
		id := ref.Fact(l.Deployment).String()
		v.DeploymentID = &id
	}
	return v
}
