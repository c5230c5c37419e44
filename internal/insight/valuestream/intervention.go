package valuestream

import "slices"

// instance is a deployment target of one class; attempts to deploy to it follow each other.
type instance struct {
	class       Class
	environment string
}

// judgeInterventions goes through the attempts of each environment instance in the order they ended and notes which
// deployment was undone, fixed, retried or followed by the success it lacked, and which ones were rework.
func judgeInterventions(facts []*DeploymentFact, rows []DeploymentRow) {
	attempts := map[instance][]int{}
	var order []instance
	for i := range rows {
		if rows[i].FinishedAt == 0 || (rows[i].Result != ResultSuccess && rows[i].Result != ResultFailure) {
			continue
		}
		key := instance{rows[i].Class, rows[i].Environment}
		if _, known := attempts[key]; !known {
			order = append(order, key)
		}
		attempts[key] = append(attempts[key], i)
	}
	for _, key := range order {
		judgeInstance(facts, rows, attempts[key])
	}
	for i := range rows {
		switch facts[i].Rework {
		case Yes:
			rows[i].Flags |= FlagRework
		case Unsaid:
			if facts[i].NamesIncident || rows[i].FixesIncident != 0 || rows[i].Flags&FlagRollback != 0 {
				rows[i].Flags |= FlagRework
			}
		}
	}
}

func judgeInstance(facts []*DeploymentFact, rows []DeploymentRow, attempts []int) {
	last := -1        // the attempt before
	running := -1     // the success before
	var failing []int // failures since then
	for _, i := range attempts {
		row, fact := &rows[i], facts[i]
		if row.Result == ResultFailure {
			failing = append(failing, i)
			last = i
			continue
		}
		for _, k := range failing {
			rows[k].Remedy, rows[k].RemedyID, rows[k].RemediedAt = RemedyNextSuccess, row.ID, row.FinishedAt
			if row.FinishedAt-rows[k].FinishedAt <= retryWindow && sameCommits(facts[k], fact) {
				rows[k].Flags |= FlagRetried
			}
		}
		// The commit that ran before, deployed again after a failed attempt, takes the attempt back.
		if len(failing) > 0 && running >= 0 && row.Flags&FlagRedeploy != 0 && !sameCommits(facts[last], fact) {
			row.Flags |= FlagRollback
		}
		remedy := RemedyNone
		switch {
		case row.Flags&FlagRollback != 0:
			remedy = RemedyRollback
		case (fact.Rework == Yes || fact.NamesIncident && fact.Rework == Unsaid) && row.FixesIncident == 0:
			remedy = RemedyHotfix
		}
		if last >= 0 && remedy != RemedyNone && row.FinishedAt-rows[last].FinishedAt <= interventionWindow {
			rows[last].Remedy, rows[last].RemedyID, rows[last].RemediedAt = remedy, row.ID, row.FinishedAt
			rows[last].Flags &^= FlagRetried
		}
		failing, running, last = failing[:0], i, i
	}
}

func sameCommits(a, b *DeploymentFact) bool {
	return len(a.Commits) > 0 && slices.Equal(a.Commits, b.Commits)
}
