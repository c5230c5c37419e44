package valuestream

import (
	"cmp"
	"slices"

	"millrace/internal/platform/ref"
)

// facts is what a derivation works on: the deployments of some applications and the repositories they come from. They lie
// in lists as they were read; deploymentsOf and repository put together what one application and one repository need, so
// that only those exist twice.
type facts struct {
	apps         *numbering[ref.App]
	sorted       []int32 // numbers of applications in the order of their names
	environments *numbering[string]
	deployments  list[storedDeployment]
	deployed     list[storedDeployed]
	ofApp        groups

	commitRepos  *numbering[int64]
	commits      list[storedCommit]
	more         map[int64][]int64 // commit → its parents from the third on
	commitsOf    groups
	requestRepos *numbering[int64]
	requests     list[storedRequest]
	proposed     list[storedProposal]
	requestsOf   groups

	folders map[int64][]Folder
	touched map[int64]map[int64][]ref.App // repository → commit → applications
}

type storedDeployment struct {
	id, started, finished, fixes int64
	app, environment             int32
	commits                      int32 // the last of its commits in deployed, and 1
	class                        Class
	result                       Result
	rework                       Tri
	rollback, namesIncident      bool
}

type storedDeployed struct {
	CommitRef
	before int32 // the one before of the same deployment, and 1
}

type storedCommit struct {
	id, parent1, parent2 int64
	authored, committed  int64
	repository           int32
	more                 bool
}

type storedRequest struct {
	id, merge, head, merged, fixes, since int64
	repository                            int32
	commits, count                        int32 // the last of its commits in proposed, and 1
	state                                 RequestState
}

type storedProposal struct {
	ProposedCommit
	before int32 // the one before of the same request, and 1
}

// group puts every fact where it belongs once all are read.
func (f *facts) group() {
	f.sorted = make([]int32, len(f.apps.keys))
	for i := range f.sorted {
		f.sorted[i] = int32(i)
	}
	slices.SortFunc(f.sorted, func(a, b int32) int { return cmp.Compare(f.apps.keys[a], f.apps.keys[b]) })
	f.ofApp = groupBy(f.deployments.n, len(f.apps.keys), func(i int32) int32 { return f.deployments.at(i).app })
	f.commitsOf = groupBy(f.commits.n, len(f.commitRepos.keys), func(i int32) int32 { return f.commits.at(i).repository })
	f.requestsOf = groupBy(f.requests.n, len(f.requestRepos.keys), func(i int32) int32 { return f.requests.at(i).repository })
	for k := range f.requestRepos.keys {
		slices.SortFunc(f.requestsOf.of(int32(k)), func(a, b int32) int { return cmp.Compare(f.requests.at(a).id, f.requests.at(b).id) })
	}
}

// names lists the applications in the order of their names.
func (f *facts) names() []ref.App {
	out := make([]ref.App, len(f.sorted))
	for i, a := range f.sorted {
		out[i] = f.apps.keys[a]
	}
	return out
}

// deploymentsOf returns the deployments of an application.
func (f *facts) deploymentsOf(app ref.App) []DeploymentFact {
	number, known := f.apps.number[app]
	if !known {
		return nil
	}
	places := f.ofApp.of(number)
	out := make([]DeploymentFact, len(places))
	refs := make([]CommitRef, 0, len(places))
	for k, i := range places {
		d := f.deployments.at(i)
		out[k] = DeploymentFact{ID: d.id, Environment: f.environments.keys[d.environment], StartedAt: d.started, FinishedAt: d.finished,
			FixesIncident: d.fixes, NamesIncident: d.namesIncident, Rollback: d.rollback, Rework: d.rework, Class: d.class, Result: d.result}
		from := len(refs)
		for at := d.commits; at > 0; at = f.deployed.at(at - 1).before {
			refs = append(refs, f.deployed.at(at-1).CommitRef)
		}
		out[k].Commits = refs[from:len(refs):len(refs)]
		if len(out[k].Commits) > 1 {
			slices.SortFunc(out[k].Commits, func(a, b CommitRef) int {
				return cmp.Or(cmp.Compare(a.Repository, b.Repository), cmp.Compare(a.Commit, b.Commit))
			})
		}
	}
	return out
}

// repositoriesOf lists the repositories an application deploys from.
func (f *facts) repositoriesOf(app ref.App) []int64 {
	number, known := f.apps.number[app]
	if !known {
		return nil
	}
	var out []int64
	for _, i := range f.ofApp.of(number) {
		for at := f.deployments.at(i).commits; at > 0; at = f.deployed.at(at - 1).before {
			if id := f.deployed.at(at - 1).Repository; len(out) == 0 || out[len(out)-1] != id && !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	slices.Sort(out)
	return out
}

// repositories lists all repositories that were deployed from.
func (f *facts) repositories() []int64 {
	seen := map[int64]struct{}{}
	var out []int64
	for i := range int32(f.deployed.n) {
		id := f.deployed.at(i).Repository
		if len(out) > 0 && out[len(out)-1] == id {
			continue
		}
		if _, known := seen[id]; !known {
			seen[id] = struct{}{}
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// repository builds one repository.
func (f *facts) repository(id int64) *Repository {
	return NewRepository(id, NewGraph(f.commitsIn(id)), f.requestsIn(id)).Divide(f.folders[id], f.touched[id])
}

func (f *facts) commitsIn(repository int64) []CommitFact {
	number, known := f.commitRepos.number[repository]
	if !known {
		return nil
	}
	places := f.commitsOf.of(number)
	out := make([]CommitFact, len(places))
	for k, i := range places {
		c := f.commits.at(i)
		out[k] = CommitFact{ID: c.id, Parent1: c.parent1, Parent2: c.parent2, AuthoredAt: c.authored, CommittedAt: c.committed}
		if c.more {
			out[k].More = f.more[c.id]
		}
	}
	return out
}

func (f *facts) requestsIn(repository int64) []RequestFact {
	number, known := f.requestRepos.number[repository]
	if !known {
		return nil
	}
	places := f.requestsOf.of(number)
	count := int32(0)
	for _, i := range places {
		count += f.requests.at(i).count
	}
	out, commits := make([]RequestFact, len(places)), make([]ProposedCommit, 0, count)
	for k, i := range places {
		r := f.requests.at(i)
		out[k] = RequestFact{ID: r.id, State: r.state, Merge: r.merge, Head: r.head, MergedAt: r.merged, Fixes: r.fixes, FixesSince: r.since}
		from := len(commits)
		for at := r.commits; at > 0; at = f.proposed.at(at - 1).before {
			commits = append(commits, f.proposed.at(at-1).ProposedCommit)
		}
		out[k].Commits = commits[from:len(commits):len(commits)]
		slices.Reverse(out[k].Commits) // as they were read
	}
	return out
}
