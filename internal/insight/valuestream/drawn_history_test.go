package valuestream

import (
	"testing"

	"millrace/internal/platform/ref"
)

// The history of this test fits on a page. Numbers are hours after Monday 5 January 2026, 00:00 UTC. "shop" runs in two
// production regions and depends on "pay", which runs in one.
//
//	shop, main   a1────a2────────────S3──────────────M6────────a7
//	             0     10            30             /60        70
//	request 1          └─ b1 ── b2 ─┘ squashed     /
//	                      12    20                /
//	request 2                         └─ c4 ── c5 merged
//	                                     40    50
//	shop, eu     D1(a2)      D2(S3)             D3(M6)  D4(S3)   D5(a7)
//	             11          32                 62      64       72
//	             first                          !       rollback forward again
//	shop, us                       U1(S3)                           U2(a7)
//	                               40 first there                   73
//	incident I1 on shop                          63 ────────66   → D3: one hour old and rolled back
//
//	pay, main    p1                                        p2        p3
//	             0                                         87        91
//	pay          P0(p1)                                    P1(p2)    P2(p3)
//	             1 first                                   88 !      92 rework
//	incident I2 on shop                                      89 ───────93  → P1, which shop depends on
func TestDrawnHistory(t *testing.T) {
	shop := app("shop",
		[]CommitFact{
			c("a1", 0), c("a2", 10, "a1"), c("b1", 12, "a2"), c("b2", 20, "b1"), c("S3", 30, "a2"),
			c("c4", 40, "S3"), c("c5", 50, "c4"), c("M6", 60, "S3", "c5"), c("a7", 70, "M6"),
		},
		[]RequestFact{merged("r1", 30, "S3", "b1", 12, "b2", 20), merged("r2", 60, "M6", "c4", 40, "c5", 50)},
		d("D1", "eu", 11, "a2"), d("D2", "eu", 32, "S3"), d("D3", "eu", 62, "M6"), d("D4", "eu", 64, "S3"),
		d("D5", "eu", 72, "a7"), d("U1", "us", 40, "S3"), d("U2", "us", 73, "a7"))
	rework := d("P2", "main", 92, "p3")
	rework.Rework = Yes
	pay := app("pay", []CommitFact{c("p1", 0), c("p2", 87, "p1"), c("p3", 91, "p2")}, nil,
		d("P0", "main", 1, "p1"), d("P1", "main", 88, "p2"), rework)

	var v Deriver
	shopRows, payRows := v.Application(shop), v.Application(pay)

	sameMap(t, "shop lead hours", leads(shopRows, ClassProduction), map[string]float64{
		"r1@D2": 20, // from b1 at 12, not from the squashed commit at 30
		"r2@D3": 22, // from c4 at 40
		"a7@D5": 2,  // alone: r2 went out with D3 and is not counted again after the rollback
	})
	sameMap(t, "shop excluded", excluded(shopRows, ClassProduction), map[string]string{"D1": "first_deployment"})
	sameMap(t, "pay lead hours", leads(payRows, ClassProduction), map[string]float64{"p2@P1": 1, "p3@P2": 1})
	sameMap(t, "pay excluded", excluded(payRows, ClassProduction), map[string]string{"P0": "first_deployment"})

	if got := deploymentOf(t, shopRows, "D4"); got.Flags != FlagRollback|FlagRework || got.NewCommits != 0 {
		t.Errorf("D4 is %+v", got)
	}
	if got := deploymentOf(t, shopRows, "D3"); got.Remedy != RemedyRollback || got.RemedyID != id("D4") {
		t.Errorf("D3 is %+v", got)
	}
	if got := deploymentOf(t, shopRows, "U2"); got.NewCommits != 4 { // c4 c5 M6 a7, in its own region
		t.Errorf("U2 is %+v", got)
	}

	blame := NewBlame(map[ref.App][]ref.App{"shop": {"pay"}}, nil)
	blame.Add("shop", shopRows.Deployments, nil)
	blame.Add("pay", payRows.Deployments, nil)
	first := blame.Failure(&IncidentFact{ID: id("I1"), Application: "shop", StartedAt: h(63), ResolvedAt: h(66)})
	other := blame.Failure(&IncidentFact{ID: id("I2"), Application: "shop", StartedAt: h(89), ResolvedAt: h(93)})
	if first.Decision.Deployment != id("D3") || other.Decision.Deployment != id("P1") || other.Decision.Application != "pay" {
		t.Fatalf("attributed to %s and %s", word(first.Decision.Deployment), word(other.Decision.Deployment))
	}

	shopColumns := newColumns(&shopRows, []FailureRow{first}, []FailureRow{first, other})
	payColumns := newColumns(&payRows, []FailureRow{other}, nil)
	q := Question{From: h(0), To: h(240), Now: h(1000), Class: ClassProduction, LeadFrom: LeadFromFirstCommit}

	both := measureAll([]*columns{shopColumns, payColumns}, q)
	near(t, "lead time", both[0].Value, 2*3600) // 1 1 2 20 22
	near(t, "frequency", both[1].Value, 1)      // 10 deployments in 10 days
	near(t, "recovery", both[2].Value, 4.5*3600)
	near(t, "fail rate", both[3].Value, 0.2)   // D3 and P1 of 10
	near(t, "rework rate", both[4].Value, 0.2) // D4 and P2 of 10
	for i, n := range []int{5, 10, 2, 10, 10} {
		if both[i].N != n {
			t.Errorf("%s rests on %d, want %d", both[i].Key, both[i].N, n)
		}
	}
	if both[0].Excluded != 3 { // a1, a2 and p1
		t.Errorf("%d changes excluded, want 3", both[0].Excluded)
	}

	one := measureAll([]*columns{shopColumns}, q)
	near(t, "shop lead time", one[0].Value, 20*3600)
	near(t, "shop frequency", one[1].Value, 0.7)
	near(t, "shop recovery", one[2].Value, 4*3600) // 66 less 62
	near(t, "shop fail rate", one[3].Value, 1.0/7)
	near(t, "shop rework rate", one[4].Value, 1.0/7)

	q.LeadFrom = LeadFromMerge
	near(t, "lead time from merge", measureAll([]*columns{shopColumns}, q)[0].Value, 2*3600) // 2 2 2

	q.From, q.To, q.LeadFrom = h(60), h(90), LeadFromFirstCommit // and 30..60 before it
	late := measureAll([]*columns{shopColumns, payColumns}, q)
	near(t, "late lead time", late[0].Value, 2*3600)             // r2 22, a7 2, p2 1
	near(t, "lead time before", late[0].Previous.Value, 20*3600) // r1
	if late[0].Previous.N != 1 || late[1].N != 5 || late[1].Previous.N != 2 {
		t.Errorf("late window: %d changes before, %d and %d deployments", late[0].Previous.N, late[1].N, late[1].Previous.N)
	}
}
