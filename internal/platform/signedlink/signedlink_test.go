package signedlink_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/signedlink"
	"millrace/internal/platform/vault"
)

var start = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func keys(t *testing.T, dir string) *vault.Keys {
	t.Helper()
	k, err := vault.LoadKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestALinkVouchesForWhatItWasMadeFor(t *testing.T) {
	c, dir := clock.NewFake(start), t.TempDir()
	links := signedlink.New(vault.New(keys(t, dir), c), c)
	made := signedlink.Link{Act: "booking.approve", SubjectKind: "booking", SubjectID: "b1", Person: "ada", Version: 3, Expires: start.Add(time.Hour)}
	token := links.Make(made)
	got, err := links.Read(token, "booking.approve")
	if err != nil || got.SubjectID != "b1" || got.Person != "ada" || got.Version != 3 || got.ID == "" {
		t.Fatal(got, err)
	}
	if token == links.Make(made) {
		t.Error("two links are one")
	}
	for name, bad := range map[string]string{"empty": "", "no signature": strings.Split(token, ".")[0], "another's signature": strings.Split(token, ".")[0] + "." + strings.Split(links.Make(made), ".")[1],
		"longer": token + "A", "shorter": token[:len(token)-1], "junk": "\xff.\xff"} {
		if _, err := links.Read(bad, "booking.approve"); problem.CodeOf(err) != "link_invalid" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range token {
		if token[i] != '.' && token[i] != 'A' {
			if _, err := links.Read(token[:i]+"A"+token[i+1:], "booking.approve"); err == nil {
				t.Fatalf("changed at %d and still good", i)
			}
		}
	}
	if _, err := links.Read(token, "booking.reject"); problem.CodeOf(err) != "link_invalid" {
		t.Error("good for another act", err)
	}
	other := signedlink.New(vault.New(keys(t, t.TempDir()), c), c)
	if _, err := other.Read(token, "booking.approve"); problem.CodeOf(err) != "link_invalid" {
		t.Error("good elsewhere", err)
	}
	if err := vault.RotateKeyFile(dir); err != nil {
		t.Fatal(err)
	}
	rotated := signedlink.New(vault.New(keys(t, dir), c), c)
	if _, err := rotated.Read(token, "booking.approve"); err != nil {
		t.Error("the key was changed and the link is dead", err)
	}
	c.Set(start.Add(time.Hour))
	if _, err := links.Read(token, "booking.approve"); problem.CodeOf(err) != "link_expired" {
		t.Error(err)
	}
	for _, f := range []string{"a", "Sign"} {
		v := vault.New(keys(t, dir), c)
		if v.Verify("x", []byte("m"), v.Sign(f, []byte("m"))) {
			t.Error("a signature for one purpose is good for another")
		}
	}
}

func TestALinkWorksOnce(t *testing.T) {
	dbtest.Each(t, []migrate.Set{signedlink.Migrations}, func(t *testing.T, d *db.DB) {
		c := clock.NewFake(start)
		links := signedlink.New(vault.New(keys(t, t.TempDir()), c), c)
		token := links.Make(signedlink.Link{Act: "x", Expires: start.Add(time.Hour)})
		use := func() error {
			return d.Write(t.Context(), func(ctx context.Context, tx db.Tx) error {
				_, err := links.Redeem(ctx, tx, token, "x")
				return err
			})
		}
		errs := make([]error, 8)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() { errs[i] = use() })
		}
		all.Wait()
		good := 0
		for _, err := range errs {
			if err == nil {
				good++
			} else if problem.CodeOf(err) != "link_used" {
				t.Error(err)
			}
		}
		if good != 1 {
			t.Fatalf("%d uses of one link", good)
		}
		used := func() (is bool) {
			link, _ := links.Read(token, "x")
			if err := d.Read(t.Context(), func(ctx context.Context, tx db.Tx) (err error) {
				is, err = links.Used(ctx, tx, link)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return is
		}
		if !used() {
			t.Error("not known as used")
		}
		c.Advance(2 * time.Hour)
		if err := links.Purge(t.Context(), d); err != nil || used() {
			t.Error("kept for ever", err)
		}
		if err := use(); problem.CodeOf(err) != "link_expired" {
			t.Error(err)
		}
	})
}
