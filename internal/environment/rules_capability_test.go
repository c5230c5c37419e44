package environment

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"millrace/internal/environment/version"
	"millrace/internal/platform/ref"
)

var testNow = time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC)

// oracle decides by brute force, one question at a time, whether a candidate meets a demand.
func oracle(d demand, c candidate, versions bool) bool {
	if c.WhyNot != "" {
		return false
	}
	if versions {
		for _, v := range d.Versions {
			has := v.Part == "" && c.Application == v.Application && len(v.Constraint) == 0 &&
				!slices.ContainsFunc(c.Installed, func(i installed) bool { return i.Application == v.Application && i.Part == v.Part })
			for _, i := range c.Installed {
				if i.Application == v.Application && i.Part == v.Part && (len(v.Constraint) == 0 || v.Constraint.Holds(i.Version)) {
					has = true
				}
			}
			if !has {
				return false
			}
		}
	}
	if len(d.Usages) > 0 && !slices.Contains(d.Usages, c.Usage) || len(d.Classes) > 0 && !slices.Contains(d.Classes, c.DataClass) ||
		len(d.Kinds) > 0 && !slices.Contains(d.Kinds, c.Kind) || c.Capacity < d.Capacity && d.Capacity > 1 || d.Group != "" && !slices.Contains(c.Groups, d.Group) {
		return false
	}
	if d.MaxDataAge > 0 && (c.RefreshedAt == nil || d.Now.Sub(*c.RefreshedAt) > d.MaxDataAge) {
		return false
	}
	for _, t := range d.Techs {
		if !slices.Contains(c.Techs, t) {
			return false
		}
	}
	return true
}

func randomDemand(r *rand.Rand) demand {
	d := demand{Now: testNow, UsageNames: []string{"SIT"}}
	for range r.IntN(3) {
		v := versionDemand{Application: ref.App(fmt.Sprint("app", r.IntN(3))), Label: "X"}
		if r.IntN(2) == 0 {
			v.Constraint, _ = version.ParseConstraint([]string{">=2", "=1", "<3", ">=1,<3"}[r.IntN(4)])
		}
		d.Versions = append(d.Versions, v)
	}
	if r.IntN(2) == 0 {
		d.Usages = []ref.Lookup{"sit"}
	}
	if r.IntN(3) == 0 {
		d.Classes = []DataClass{Masked, Synthetic}[:1+r.IntN(2)]
	}
	if r.IntN(4) == 0 {
		d.Techs = []string{"linux"}
	}
	if r.IntN(4) == 0 {
		d.MaxDataAge = 30 * 24 * time.Hour
	}
	if r.IntN(4) == 0 {
		d.Capacity = 2
	}
	return d
}

func randomCandidate(r *rand.Rand, i int) candidate {
	c := candidate{ID: ref.Environment(fmt.Sprint("e", i)), Name: fmt.Sprint("E", i), Capacity: 1 + r.IntN(3), Application: ref.App(fmt.Sprint("app", r.IntN(3)))}
	c.Usage = []ref.Lookup{"sit", "uat", ""}[r.IntN(3)]
	c.DataClass = dataClasses[r.IntN(4)]
	if r.IntN(2) == 0 {
		at := testNow.AddDate(0, 0, -r.IntN(60))
		c.RefreshedAt = &at
	}
	if r.IntN(2) == 0 {
		c.Techs = []string{"linux"}
	}
	if r.IntN(5) == 0 {
		c.WhyNot = "It is out of order."
	}
	for range r.IntN(3) {
		c.Installed = append(c.Installed, installed{Application: ref.App(fmt.Sprint("app", r.IntN(3))), Version: []string{"", "1", "2.1", "3"}[r.IntN(4)]})
	}
	return c
}

func TestMatchingAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	fits := 0
	for n := range 15_000 {
		d, c := randomDemand(r), randomCandidate(r, n)
		met, unmet := d.judge(c, true)
		if want := oracle(d, c, true); want != (len(unmet) == 0) {
			t.Fatalf("%+v against %+v: fits %v, unmet %v", c, d, want, unmet)
		}
		if len(unmet) == 0 {
			fits++
		}
		for _, x := range append(met, unmet...) {
			if x.Code == "" || x.Message == "" {
				t.Fatalf("a reason that says nothing: %+v", x)
			}
		}
		// Asking for more never makes more fit.
		more := d
		more.Techs = append(slices.Clone(d.Techs), "linux")
		if _, harder := more.judge(c, true); len(harder) < len(unmet) {
			t.Fatalf("a stricter demand has fewer misses: %v then %v", unmet, harder)
		}
	}
	if fits == 0 {
		t.Fatal("nothing ever fitted; the test proves nothing")
	}
}

func TestLanesAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	fits := 0
	for range 15_000 {
		d, l := randomDemand(r), lane{Name: "lane"}
		for i := range r.IntN(4) {
			l.Members = append(l.Members, randomCandidate(r, i))
		}
		_, unmet := d.judgeLane(l)
		want := len(l.Members) > 0
		for _, m := range l.Members {
			want = want && m.WhyNot == ""
			if d.relevant(m) {
				want = want && oracle(d, m, false)
			}
		}
		for _, v := range d.Versions {
			want = want && slices.ContainsFunc(l.Members, func(m candidate) bool {
				m.WhyNot = ""
				return oracle(demand{Versions: []versionDemand{v}}, m, true)
			})
		}
		if want != (len(unmet) == 0) {
			t.Fatalf("%+v against %+v: fits %v, unmet %v", l, d, want, unmet)
		}
		if want {
			fits++
		}
	}
	if fits == 0 {
		t.Fatal("nothing ever fitted; the test proves nothing")
	}
}

func TestRankingIsTheSameWhateverTheOrderBefore(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 500 {
		var list []Match
		for i := range 12 {
			m := Match{ID: fmt.Sprint(i), Name: fmt.Sprint(r.IntN(3)), Fits: r.IntN(2) == 0, AutoApprove: r.IntN(2) == 0, CostPerHour: int64(r.IntN(2))}
			if !m.Fits {
				m.Unmet = make([]Reason, 1+r.IntN(3))
			}
			list = append(list, m)
		}
		again := slices.Clone(list)
		r.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		rank(list)
		rank(again)
		if !reflect.DeepEqual(list, again) {
			t.Fatal("the ranking depends on the order before")
		}
		for i := 1; i < len(list); i++ {
			if list[i].Fits && !list[i-1].Fits || len(list[i].Unmet) < len(list[i-1].Unmet) {
				t.Fatalf("%+v before %+v", list[i-1], list[i])
			}
		}
	}
}
