package valuestream

// changes follows, per environment class and repository, all successful deployments of the class in the order they
// ended, whatever their instance, and yields each change once: at the first deployment of the class that contains it.
//
// The first deployment of a class has nothing before it, so how long its changes waited cannot be known; they are one
// excluded row. The same holds where a walk meets nothing that was deployed before (a rewritten or cut history).
func (v *Deriver) changes(f *AppFacts, facts []*DeploymentFact, rows []DeploymentRow) []ChangeRow {
	type step struct{ row, commit int32 }
	chains := map[chainKey][]step{}
	var keys []chainKey
	commits := 0
	for i, d := range facts {
		if rows[i].FinishedAt == 0 || d.Result != ResultSuccess || d.Class == ClassOther {
			continue
		}
		for _, c := range d.Commits {
			repo := f.Repositories[c.Repository]
			if repo == nil {
				continue
			}
			key := chainKey{class: d.Class, repository: c.Repository}
			if _, known := chains[key]; !known {
				keys = append(keys, key)
			}
			chains[key] = append(chains[key], step{int32(i), repo.Graph.Find(c.Commit)})
			commits++
		}
	}
	out := make([]ChangeRow, 0, commits)
	noted := map[historyKey]int{}
	for _, key := range keys {
		repo := f.Repositories[key.repository]
		v.classWalk.begin(repo.Graph.Len())
		delivered := make([]bool, len(repo.requests))
		concerns := repo.concerns(f.Application)
		based, base, afterUnknown := false, int64(0), Flag(0)
		history, why := int32(-1), ReasonNone // the last deployment that could not be compared
		for _, s := range chains[key] {
			row := &rows[s.row]
			if s.commit < 0 {
				afterUnknown = FlagAfterUnknown
				continue
			}
			added, met := v.classWalk.advance(repo.Graph, s.commit)
			if len(added) == 0 {
				continue
			}
			switch {
			case !based:
				based, base = true, row.FinishedAt
				history, why = s.row, ReasonFirstDeployment
			case !met && s.row != history:
				history, why = s.row, ReasonUnrelatedHistory
			}
			if s.row == history { // also for further commits of the same deployment
				out = noteHistory(out, noted, row, key.class, why, repo.settle(added, delivered, concerns))
			} else {
				out = repo.deliver(out, added, delivered, concerns, key.class, row, afterUnknown)
			}
			afterUnknown = 0
		}
		if based {
			out = repo.missing(out, delivered, concerns, key.class, base)
		}
	}
	return out
}

// historyKey names the one row a deployment has for all its history of a class, whatever its repositories.
type historyKey struct {
	class      Class
	deployment int64
}

// noteHistory counts changes of which it is not known since when they were out.
func noteHistory(out []ChangeRow, noted map[historyKey]int, d *DeploymentRow, class Class, why Reason, changes int) []ChangeRow {
	if changes == 0 {
		return out
	}
	key := historyKey{class, d.ID}
	if i, known := noted[key]; known {
		out[i].Count += int32(changes)
		return out
	}
	noted[key] = len(out)
	return append(out, ChangeRow{Kind: ChangeHistoryKind, ID: d.ID, Class: class, Reason: why, Deployment: d.ID,
		DeployedAt: d.FinishedAt, Count: int32(changes)})
}

// settle marks the requests complete in the commits as delivered and returns how many changes the commits hold.
func (r *Repository) settle(added []int32, delivered []bool, concerns func(...int32) bool) (changes int) {
	for _, c := range added {
		if r.isOwnChange(c) && (concerns == nil || concerns(c)) {
			changes++
		}
		for e := r.first[c]; e >= 0; e = r.entries[e].next {
			if q := r.entries[e].request; !delivered[q] {
				delivered[q] = true
				if concerns == nil || concerns(r.parts[q]...) {
					changes++
				}
			}
		}
	}
	return changes
}

// deliver appends the changes complete in the commits.
func (r *Repository) deliver(out []ChangeRow, added []int32, delivered []bool, concerns func(...int32) bool,
	class Class, d *DeploymentRow, flags Flag) []ChangeRow {
	for _, c := range added {
		for e := r.first[c]; e >= 0; e = r.entries[e].next {
			q := r.entries[e].request
			if delivered[q] {
				continue
			}
			delivered[q] = true
			if concerns != nil && !concerns(r.parts[q]...) {
				continue
			}
			first, merged, estimated := r.requestTimes(q)
			row := ChangeRow{Kind: ChangeRequestKind, ID: r.requests[q].ID, FirstAt: first, MergedAt: merged, Flags: flags}
			if estimated && first > 0 {
				row.Flags |= FlagFirstEstimated
			}
			out = append(out, deliveredIn(row, class, d))
			if q := &r.requests[q]; q.Fixes != 0 && d.FixesIncident == 0 &&
				d.FinishedAt >= q.FixesSince && d.FinishedAt-q.FixesSince <= interventionWindow {
				d.FixesIncident = q.Fixes // a change made for an incident makes its deployment an answer to it
			}
		}
		if r.isOwnChange(c) && (concerns == nil || concerns(c)) {
			f := &r.Graph.commits[c]
			merged := f.CommittedAt
			if merged == 0 {
				merged = f.AuthoredAt
			}
			row := ChangeRow{Kind: ChangeCommitKind, ID: f.ID, FirstAt: f.AuthoredAt, MergedAt: merged, Flags: flags}
			out = append(out, deliveredIn(row, class, d))
		}
	}
	return out
}

// deliveredIn ties a change to its deployment and mends spans that would be negative: work cannot begin after the merge
// or the deployment that contains it, so the earlier of the two stands in and the row is flagged.
func deliveredIn(row ChangeRow, class Class, d *DeploymentRow) ChangeRow {
	row.Class, row.Deployment, row.DeployedAt, row.Count = class, d.ID, d.FinishedAt, 1
	if row.MergedAt > d.FinishedAt {
		row.MergedAt = d.FinishedAt
		row.Flags |= FlagMergedAfterDeployment
	}
	if latest := row.MergedAt; row.FirstAt > 0 {
		if latest == 0 {
			latest = d.FinishedAt
		}
		if row.FirstAt > latest {
			row.FirstAt = latest
			row.Flags |= FlagFirstAfterMerge
		}
	}
	return row
}

// missing appends the requests that were merged after the class's first deployment and are in none of its deployments.
func (r *Repository) missing(out []ChangeRow, delivered []bool, concerns func(...int32) bool, class Class, since int64) []ChangeRow {
	for q := range r.requests {
		f := &r.requests[q]
		if delivered[q] || f.State != RequestMerged || f.MergedAt < since {
			continue
		}
		if concerns != nil && !concerns(r.parts[int32(q)]...) {
			continue
		}
		reason := ReasonNotDeployed
		if f.Merge == 0 || r.Graph.Find(f.Merge) < 0 {
			reason = ReasonMergeCommitUnknown
		}
		first, merged, _ := r.requestTimes(int32(q))
		out = append(out, ChangeRow{Kind: ChangeRequestKind, ID: f.ID, Class: class, Reason: reason,
			DeployedAt: f.MergedAt, FirstAt: first, MergedAt: merged, Count: 1})
	}
	return out
}
