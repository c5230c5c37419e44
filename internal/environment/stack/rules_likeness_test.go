package stack

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"millrace/internal/environment"
	"millrace/internal/platform/ref"
)

var (
	testNow     = time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC)
	dataClasses = []environment.DataClass{"", environment.Synthetic, environment.Masked, environment.ProductionCopy}
)

func randomSide(r *rand.Rand) side {
	s := side{DataClass: dataClasses[r.IntN(4)]}
	if r.IntN(3) > 0 {
		at := testNow.AddDate(0, 0, -r.IntN(800))
		s.RefreshedAt = &at
	}
	for range r.IntN(6) {
		c := Component{Layer: []string{"App", "DB"}[r.IntN(2)], Name: fmt.Sprint("c", r.IntN(4)), Installed: []string{"", "1.0", "1.0.1", "1.2", "2.0"}[r.IntN(5)]}
		c.NameFolded = ref.NameKey(c.Name)
		if r.IntN(3) == 0 {
			c.Application = ref.App(fmt.Sprint("app", r.IntN(2)))
		}
		s.Components = append(s.Components, c)
	}
	for i := range r.IntN(5) {
		s.Items = append(s.Items, ConfigurationItem{Key: fmt.Sprint("k", i), Value: fmt.Sprint(r.IntN(3)), Secret: false})
	}
	return s
}

func TestLikenessKeepsItsPromises(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 10_000 {
		a, b := randomSide(r), randomSide(r)
		c := compare(a, b, testNow)
		if c.Likeness.Score < 0 || c.Likeness.Score > 100 {
			t.Fatalf("score %v", c.Likeness.Score)
		}
		missing, weights := 0.0, 0.0
		for i, x := range c.Likeness.Causes {
			missing += x.Points
			if x.Points <= 0 || x.Message == "" || i > 0 && x.Points > c.Likeness.Causes[i-1].Points {
				t.Fatalf("%+v", c.Likeness.Causes)
			}
		}
		for _, p := range c.Likeness.Parts {
			weights += p.Weight
		}
		if math.Abs(100-c.Likeness.Score-missing) > 0.05 || math.Abs(weights-100) > 0.05 {
			t.Fatalf("score %v, causes %v, weights %v", c.Likeness.Score, missing, weights)
		}
		// Mending one difference never makes it less alike.
		mended := a
		mended.Components, mended.Items = slices.Clone(a.Components), slices.Clone(a.Items)
		for i := range mended.Items {
			for _, x := range b.Items {
				if x.Key == mended.Items[i].Key {
					mended.Items[i] = x
				}
			}
		}
		mended.DataClass, mended.RefreshedAt = environment.ProductionCopy, &testNow
		if after := compare(mended, b, testNow).Likeness.Score; after < c.Likeness.Score-0.01 {
			t.Fatalf("%v, mended %v", c.Likeness.Score, after)
		}
		// Both ways the same differences.
		back := compare(b, a, testNow)
		for i, p := range c.Versions {
			if !slices.ContainsFunc(back.Versions, func(q VersionPair) bool {
				return q.Same == p.Same && q.A == p.B && q.B == p.A && q.InA == p.InB && q.InB == p.InA && q.Order == -p.Order
			}) {
				t.Fatalf("%d: %+v has no mirror in %+v", i, p, back.Versions)
			}
		}
		full := b
		full.DataClass, full.RefreshedAt = environment.ProductionCopy, &testNow
		if same := compare(full, b, testNow); same.Likeness.Score != 100 || len(same.Likeness.Causes) != 0 {
			t.Fatalf("a copy scores %+v", same.Likeness)
		}
	}
}
