package valuestream

import (
	"context"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Note is a stable word for something the rules noticed about an item.
type Note string

// notesOf are the words of flags, in the order of the flags.
var notesOf = []struct {
	flag Flag
	note Note
}{
	{FlagFirst, "first_of_environment"}, {FlagRollback, "rollback"}, {FlagRedeploy, "redeployment"}, {FlagRework, "rework"},
	{FlagRetried, "retried"}, {FlagNoCommit, "no_commit"}, {FlagCommitUnknown, "commit_unknown"},
	{FlagAfterUnknown, "after_unknown_commit"}, {FlagFirstAfterMerge, "first_commit_after_merge"},
	{FlagMergedAfterDeployment, "merged_after_deployment"}, {FlagFirstEstimated, "first_commit_estimated"},
}

var noteOfRemedy = map[Remedy]Note{RemedyRollback: "rolled_back", RemedyHotfix: "fixed_after", RemedyNextSuccess: "followed_by_success"}

func notes(f Flag) []Note {
	out := []Note{}
	for _, n := range notesOf {
		if f&n.flag != 0 {
			out = append(out, n.note)
		}
	}
	return out
}

// changeRef names a change row of one class.
type changeRef struct {
	app  ref.App
	kind ChangeKind
	id   int64
}

// readNotes reads the derived rows behind a page of items.
func (d *details) readNotes(ctx context.Context, tx db.Tx, items []Item, class Class) error {
	d.rows, d.changes = map[int64]DeploymentRow{}, map[changeRef]ChangeRow{}
	var apps []ref.App
	var deployments, changes []int64
	for _, i := range items {
		apps = append(apps, i.App)
		switch i.Kind {
		case ItemDeployment:
			deployments = append(deployments, i.ID)
		case ItemChange:
			changes = append(changes, i.ID)
		}
	}
	states, err := readAppStates(ctx, tx, apps)
	if err != nil || len(states) == 0 {
		return err
	}
	numbers, names := make([]int64, 0, len(states)), map[int64]ref.App{}
	for _, a := range states {
		numbers, names[a.no] = append(numbers, a.no), a.app
	}
	for _, part := range db.Chunks(clean(deployments), 500) {
		err := readDeploymentRows(ctx, tx, func(_ int64, r DeploymentRow) { d.rows[r.ID] = r },
			` WHERE app_no IN (?) AND deployment_id IN (?)`, bun.List(numbers), bun.List(part))
		if err != nil {
			return err
		}
	}
	for _, part := range db.Chunks(clean(changes), 500) {
		err := readChangeRows(ctx, tx, func(app int64, r ChangeRow) { d.changes[changeRef{names[app], r.Kind, r.ID}] = r },
			` WHERE app_no IN (?) AND environment_class = ? AND kind IN (0, 1, 2) AND change_id IN (?)`, bun.List(numbers), int64(class), bun.List(part))
		if err != nil {
			return err
		}
	}
	return nil
}

// annotate adds what the rules noticed, and the remedy that ended a failure.
func (d *details) annotate(v *ItemView, i *Item) {
	v.Notes = []Note{}
	switch i.Kind {
	case ItemChange:
		v.Notes = notes(d.changes[changeRef{i.App, i.ChangeKind, i.ID}].Flags)
	case ItemDeployment:
		r := d.rows[i.ID]
		v.Notes = notes(r.Flags)
		if n := noteOfRemedy[r.Remedy]; n != "" {
			v.Notes = append(v.Notes, n)
			if len(v.Incidents) == 0 {
				v.Path = append(v.Path, StepView{Step: "recovered", ID: ref.Fact(r.RemedyID).String(), At: viewTime(r.RemediedAt)})
			}
		}
		if len(v.Incidents) > 0 {
			v.Notes = append(v.Notes, "incident")
		}
		if r.Result == ResultFailure {
			v.Notes = append(v.Notes, "failed")
		}
	}
}
