package delivery

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// completeDeployments gives deployments that came before their commits the repository of those, and those without an
// application the one that follows from it.
func (s *Service) completeDeployments(ctx context.Context, tx db.Tx, rules *ruleset, ids []int64) error {
	for _, chunk := range db.Chunks(ids, 500) {
		if _, err := tx.NewUpdate().Table("deployment").
			Set("repository_id = (SELECT MIN(dc.repository_id) FROM deployment_commit AS dc WHERE dc.deployment_id = deployment.id)").
			Where("id IN (?) AND repository_id IS NULL", bun.In(chunk)).Exec(ctx); err != nil {
			return err
		}
		var rows []mappable
		if err := selectMappable(tx, tDeployment).Where("id IN (?) AND application_id IS NULL", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return err
		}
		if _, err := s.remap(ctx, tx, rules, tDeployment, rows); err != nil {
			return err
		}
	}
	return nil
}

// remapRepositories decides anew about everything that belongs to the given repositories and has no application yet.
func (s *Service) remapRepositories(ctx context.Context, tx db.Tx, rules *ruleset, repositories []ref.Fact) (*touches, error) {
	touched := newTouches()
	for _, t := range []*table{tBoard, tPipelineRun, tTestRun, tArtifact, tDeployment} {
		var rows []mappable
		q := selectMappable(tx, t).Where("repository_id IN (?) AND application_id IS NULL", bun.In(repositories))
		if i := slices.Index(t.columns, "at"); i >= 0 {
			q = q.Column("at")
		}
		if err := q.Scan(ctx, &rows); err != nil {
			return nil, err
		}
		changes, err := s.remap(ctx, tx, rules, t, rows)
		if err != nil {
			return nil, err
		}
		for _, c := range changes {
			touched.app(c.after, c.at)
		}
	}
	return touched, touched.code(ctx, tx, repositories)
}

// code notes the applications of repositories that have change requests or commits, with the time of the first.
func (t *touches) code(ctx context.Context, tx db.Tx, repositories []ref.Fact) error {
	applications, err := readRepositoryApplications(ctx, tx, repositories)
	if err != nil {
		return err
	}
	for id, list := range applications {
		for _, table := range []string{tChangeRequest.name, tCommit.name} {
			var first []time.Time
			if err := tx.NewSelect().Table(table).Column("at").Where("repository_id = ?", int64(id)).OrderExpr("at").Limit(1).Scan(ctx, &first); err != nil {
				return err
			}
			for _, at := range first {
				for _, c := range list {
					t.app(c.application, at)
				}
			}
		}
	}
	return nil
}

// mappable is what mapping looks at of a stored row.
type mappable struct {
	ID               int64
	ConnectionID     ref.Connection
	ApplicationID    ref.App
	ApplicationBy    string
	ApplicationRaw   string
	Service          string
	Name             string
	Environment      string
	EnvironmentRaw   string
	EnvironmentClass string
	ClassBy          string
	RepositoryID     ref.Fact
	ExternalID       string
	URL              string
	At               time.Time
}

// mappableColumns lists what there is of that in each table.
var mappableColumns = map[*table][]string{
	tDeployment: {"id", "connection_id", "application_id", "application_by", "application_raw", "service", "name", "environment",
		"environment_raw", "environment_class", "class_by", "repository_id"},
	tIncident:    {"id", "connection_id", "application_id", "application_by", "application_raw", "service", "environment", "environment_class"},
	tPipelineRun: {"id", "connection_id", "application_id", "name", "environment", "repository_id"},
	tTestRun:     {"id", "connection_id", "application_id", "application_raw", "name", "environment", "repository_id"},
	tArtifact:    {"id", "connection_id", "application_id", "application_raw", "name", "repository_id"},
	tBoard:       {"id", "connection_id", "application_id", "name", "external_id", "url", "repository_id"},
	tWorkItem:    {"id", "connection_id", "application_id", "application_raw", "component"},
}

func selectMappable(tx db.Tx, t *table) *bun.SelectQuery {
	q := tx.NewSelect().Table(t.name)
	for _, c := range mappableColumns[t] {
		if c == "component" {
			q = q.ColumnExpr("component AS service")
			continue
		}
		q = q.Column(c)
	}
	return q
}

// remapped is one row whose mapping changed.
type remapped struct {
	id     int64
	before ref.App
	after  ref.App
	at     time.Time
}

// remap decides anew about stored rows and writes those that change, grouped by what they change to.
func (s *Service) remap(ctx context.Context, tx db.Tx, rules *ruleset, t *table, rows []mappable) ([]remapped, error) {
	k := newKnown(rules)
	if err := k.loadFor(ctx, tx, rows); err != nil {
		return nil, err
	}
	groups := map[decision][]int64{}
	var out []remapped
	for _, r := range rows {
		c, changed := k.redecide(t, r)
		if !changed {
			continue
		}
		groups[c] = append(groups[c], r.ID)
		out = append(out, remapped{r.ID, r.ApplicationID, c.app, r.At})
	}
	for c, ids := range groups {
		for _, chunk := range db.Chunks(ids, 1000) {
			q := tx.NewUpdate().Table(t.name).Set("application_id = ?", textOrNil(string(c.app))).Where("id IN (?)", bun.In(chunk))
			if t == tDeployment || t == tIncident {
				q = q.Set("application_by = ?", c.by).Set("environment_class = ?", c.class)
			}
			if t == tDeployment {
				q = q.Set("class_by = ?", c.classBy)
			}
			if _, err := q.Exec(ctx); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// decision is what a row maps to.
type decision struct {
	app                ref.App
	by, class, classBy string
}

// redecide tells what a stored row maps to by the present rules and whether that differs from what is stored.
func (k *known) redecide(t *table, r mappable) (decision, bool) {
	app, by, class, classBy := k.decide(t, r)
	if app == "" && r.ApplicationBy == byRecord && k.existing[r.ApplicationID] {
		app, by = r.ApplicationID, byRecord // the name it came under is gone, the application it meant is not
	}
	d := decision{app, by, class, classBy}
	switch t {
	case tDeployment:
		return d, d != decision{r.ApplicationID, r.ApplicationBy, r.EnvironmentClass, r.ClassBy}
	case tIncident:
		return d, d != decision{r.ApplicationID, r.ApplicationBy, r.EnvironmentClass, ""}
	}
	return d, app != r.ApplicationID
}

// decide tells what a stored row maps to by the present rules.
func (k *known) decide(t *table, r mappable) (app ref.App, by, class, classBy string) {
	sub := subject{
		connection: r.ConnectionID, service: r.Service, environment: r.Environment,
		repositories: k.applicationsOf(r.RepositoryID), repositoryKey: k.keyOf(r.RepositoryID), paths: k.paths[ref.Fact(r.ID)],
	}
	switch t {
	case tWorkItem, tIncident:
		sub.repositories = nil
	case tBoard:
		sub.board, sub.boardID, sub.boardURL = r.Name, r.ExternalID, r.URL
	case tArtifact:
		sub.service = r.Name
	default:
		sub.pipeline = r.Name
	}
	switch {
	case t == tBoard, t == tPipelineRun, t == tWorkItem && r.ApplicationRaw == "":
		app, by = k.rules.application(sub)
	default:
		app, by = k.application(r.ConnectionID, r.ApplicationRaw, sub)
	}
	switch t {
	case tDeployment:
		said := ""
		if r.ClassBy == byRecord {
			said = r.EnvironmentClass
		}
		class, classBy = k.class(r.ConnectionID, said, r.Environment, r.EnvironmentRaw)
	case tIncident:
		class, _ = k.class(r.ConnectionID, "", r.Environment)
	}
	return app, by, class, classBy
}

// loadFor reads what deciding about stored rows needs.
func (k *known) loadFor(ctx context.Context, tx db.Tx, rows []mappable) error {
	names := map[string]bool{}
	var several []int64
	for _, r := range rows {
		if r.RepositoryID != 0 {
			k.aliases[r.RepositoryID] = r.RepositoryID
		}
		for _, n := range []string{r.ApplicationRaw, r.Service, r.Name} {
			if n != "" {
				names[ref.NameKey(n)] = true
			}
		}
	}
	if err := k.loadRepositories(ctx, tx); err != nil {
		return err
	}
	if err := k.loadExisting(ctx, tx, rows); err != nil {
		return err
	}
	for _, r := range rows {
		if len(k.applications[r.RepositoryID]) > 1 {
			several = append(several, r.ID)
		}
	}
	if err := k.loadPaths(ctx, tx, several); err != nil {
		return err
	}
	return k.loadNames(ctx, tx, names)
}

// loadExisting notes which of the applications the rows belong to still exist.
func (k *known) loadExisting(ctx context.Context, tx db.Tx, rows []mappable) error {
	want := map[ref.App]bool{}
	for _, r := range rows {
		if r.ApplicationID != "" {
			want[r.ApplicationID] = true
		}
	}
	list := make([]ref.App, 0, len(want))
	for a := range want {
		list = append(list, a)
	}
	for _, chunk := range db.Chunks(list, 1000) {
		var ids []ref.App
		if err := tx.NewSelect().Table("v_application").Column("id").Where("id IN (?)", bun.In(chunk)).Scan(ctx, &ids); err != nil {
			return err
		}
		for _, id := range ids {
			k.existing[id] = true
		}
	}
	return nil
}

// loadPaths reads which files the commits of deployments touch, under the deployment's id.
func (k *known) loadPaths(ctx context.Context, tx db.Tx, deployments []int64) error {
	for _, chunk := range db.Chunks(deployments, 500) {
		var rows []struct {
			DeploymentID ref.Fact
			Paths        []string `bun:"paths,type:jsonb"`
		}
		if err := tx.NewSelect().TableExpr("deployment_commit AS dc").Join("JOIN repository_commit AS c ON c.id = dc.commit_id").
			ColumnExpr("dc.deployment_id, c.paths").Where("dc.deployment_id IN (?) AND c.paths IS NOT NULL", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return err
		}
		for _, r := range rows {
			k.paths[r.DeploymentID] = append(k.paths[r.DeploymentID], r.Paths...)
		}
	}
	return nil
}

// loadCommitPaths reads which files commits touch, under the commit's id.
func (k *known) loadCommitPaths(ctx context.Context, tx db.Tx, commits []int64) error {
	for _, chunk := range db.Chunks(commits, 500) {
		var rows []struct {
			ID    ref.Fact
			Paths []string `bun:"paths,type:jsonb"`
		}
		if err := tx.NewSelect().Table("repository_commit").Column("id", "paths").
			Where("id IN (?) AND paths IS NOT NULL", bun.In(chunk)).Scan(ctx, &rows); err != nil {
			return err
		}
		for _, r := range rows {
			k.paths[r.ID] = r.Paths
		}
	}
	return nil
}
