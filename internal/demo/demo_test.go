package demo

import (
	"reflect"
	"testing"
	"time"

	"millrace/internal/delivery"
)

var today = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func TestTheSameSeedMakesTheSameOrganisation(t *testing.T) {
	one, two := Make(Seed), Make(Seed)
	if !reflect.DeepEqual(one, two) {
		t.Fatal("two plans of one seed differ")
	}
	if !reflect.DeepEqual(one.History(Seed, 7, today), two.History(Seed, 7, today)) {
		t.Fatal("two histories of one seed differ")
	}
	if reflect.DeepEqual(one, Make(Seed+1)) {
		t.Fatal("the seed changes nothing")
	}
	if len(one.Divisions) != 4 || len(one.Teams) != 14 || len(one.Applications) != 60 {
		t.Fatalf("%d divisions, %d teams, %d applications", len(one.Divisions), len(one.Teams), len(one.Applications))
	}
}

func TestKeysAndAddressesAreUnique(t *testing.T) {
	p := Make(Seed)
	seen := map[string]bool{}
	note := func(s string) {
		if seen[s] {
			t.Errorf("%q twice", s)
		}
		seen[s] = true
	}
	for _, a := range p.Applications {
		note(a.Key)
		note(a.Repository)
		for _, alias := range a.Aliases {
			note(alias)
		}
	}
	for _, one := range p.People {
		note(one.Email)
	}
}

func TestHistoryIsPlausible(t *testing.T) {
	p := Make(Seed)
	start := today.AddDate(0, -Months, 0)
	ids := map[delivery.RecordKind]map[string]bool{}
	var deployments, failures, incidents int
	for i := range p.Applications {
		commits := map[string]bool{}
		for _, r := range p.History(Seed, i, today) {
			h := r.RecordHead()
			if ids[h.Kind] == nil {
				ids[h.Kind] = map[string]bool{}
			}
			if ids[h.Kind][h.ExternalID] {
				t.Fatalf("%s %s twice", h.Kind, h.ExternalID)
			}
			ids[h.Kind][h.ExternalID] = true
			switch r := r.(type) {
			case delivery.Commit:
				for _, parent := range r.ParentSHAs {
					if !commits[parent] {
						t.Fatal("a commit came before its parent")
					}
				}
				commits[r.SHA] = true
			case delivery.Deployment:
				deployments++
				if r.Result == delivery.ResultFailure {
					failures++
				}
				if r.FinishedAt.Before(*r.StartedAt) || r.FinishedAt.After(today) || r.StartedAt.Before(start) {
					t.Fatalf("deployment from %v to %v", r.StartedAt, r.FinishedAt)
				}
			case delivery.DeploymentCommit:
				if !commits[r.CommitSHA] {
					t.Fatal("a deployment of a commit that is not there")
				}
			case delivery.Incident:
				incidents++
				if r.StartedAt.After(today) || (r.ResolvedAt != nil && (!r.ResolvedAt.After(*r.StartedAt) || r.ResolvedAt.After(today))) {
					t.Fatalf("incident from %v to %v", r.StartedAt, r.ResolvedAt)
				}
			}
		}
	}
	if deployments < 3000 || failures == 0 || failures*10 > deployments || incidents == 0 || incidents*4 > deployments {
		t.Fatalf("%d deployments, %d failed, %d incidents", deployments, failures, incidents)
	}
}
