package vault_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/vault"
)

var sets = []migrate.Set{vault.Migrations}

const token = "ghp_S3cretS3cret"

func keys(t *testing.T, dir string, given ...vault.Secret) *vault.Keys {
	t.Helper()
	k, err := vault.LoadKeys(dir, given...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func open(k *vault.Keys) *vault.Vault {
	return vault.New(k, clock.NewFake(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)))
}

func put(t *testing.T, d *db.DB, v *vault.Vault, name string, s vault.Secret) (at vault.SecretRef) {
	t.Helper()
	err := d.Write(t.Context(), func(ctx context.Context, tx db.Tx) (err error) {
		at, err = v.Put(ctx, tx, name, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func get(t *testing.T, d *db.DB, v *vault.Vault, at vault.SecretRef) (s vault.Secret, err error) {
	t.Helper()
	err = d.Read(t.Context(), func(ctx context.Context, tx db.Tx) (err error) {
		s, err = v.Get(ctx, tx, at)
		return err
	})
	return s, err
}

func sql(t *testing.T, d *db.DB, query string, args ...any) {
	t.Helper()
	err := d.Write(t.Context(), func(ctx context.Context, tx db.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRoundTripAndNothingReadableAtRest(t *testing.T) {
	dbtest.Each(t, sets, func(t *testing.T, d *db.DB) {
		v := open(keys(t, t.TempDir()))
		at := put(t, d, v, "github", token)
		again := put(t, d, v, "github", token)
		if s, err := get(t, d, v, at); err != nil || s.Reveal() != token {
			t.Fatalf("%q %v", s.Reveal(), err)
		}
		var sealed []string
		err := d.Read(t.Context(), func(ctx context.Context, tx db.Tx) error {
			return tx.NewRaw("SELECT sealed FROM vault_secret").Scan(ctx, &sealed)
		})
		if err != nil || len(sealed) != 2 || sealed[0] == sealed[1] || at == again || strings.Contains(sealed[0], token) {
			t.Fatalf("%v %v", sealed, err)
		}
		err = d.Write(t.Context(), func(ctx context.Context, tx db.Tx) error { return v.Delete(ctx, tx, at) })
		if err != nil {
			t.Fatal(err)
		}
		if _, err := get(t, d, v, at); problem.CodeOf(err) != "secret_not_found" {
			t.Fatal(err)
		}
	})
}

func TestSealIsBoundToItsReference(t *testing.T) {
	dbtest.Each(t, sets, func(t *testing.T, d *db.DB) {
		v := open(keys(t, t.TempDir()))
		mine, theirs := put(t, d, v, "mine", "weak"), put(t, d, v, "theirs", token)
		sql(t, d, "UPDATE vault_secret SET sealed = (SELECT o.sealed FROM vault_secret o WHERE o.ref = ?) WHERE ref = ?", theirs, mine)
		_, err := get(t, d, v, mine)
		if problem.CodeOf(err) != "secret_damaged" || strings.Contains(err.Error(), token) {
			t.Fatalf("a seal moved to another reference: %v", err)
		}
		sql(t, d, "UPDATE vault_secret SET sealed = 'AAAA' WHERE ref = ?", theirs)
		if _, err := get(t, d, v, theirs); problem.CodeOf(err) != "secret_damaged" {
			t.Fatal(err)
		}
	})
}

func TestWrongKeyNamesWhatToDo(t *testing.T) {
	dbtest.Each(t, sets, func(t *testing.T, d *db.DB) {
		right, wrong := keys(t, t.TempDir()), keys(t, t.TempDir())
		at := put(t, d, open(right), "github", token)
		_, err := get(t, d, open(wrong), at)
		if problem.CodeOf(err) != "vault_key_mismatch" || !strings.Contains(err.Error(), "MILLRACE_VAULT_KEY") || !strings.Contains(err.Error(), right.ID()) {
			t.Fatal(err)
		}
		if err := open(wrong).Check(t.Context(), d); problem.CodeOf(err) != "vault_key_mismatch" {
			t.Fatal(err)
		}
		if err := open(right).Check(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRotation(t *testing.T) {
	dbtest.Each(t, sets, func(t *testing.T, d *db.DB) {
		dir := t.TempDir()
		before := keys(t, dir)
		var refs []vault.SecretRef
		for i := range 120 {
			refs = append(refs, put(t, d, open(before), "s", vault.Secret(fmt.Sprint(token, i))))
		}
		if err := vault.RotateKeyFile(dir); err != nil {
			t.Fatal(err)
		}
		after := keys(t, dir)
		if len(after.IDs()) != 2 || after.ID() == before.ID() || after.IDs()[1] != before.ID() {
			t.Fatalf("%v after %v", after.IDs(), before.IDs())
		}
		if s, err := get(t, d, open(after), refs[7]); err != nil || s.Reveal() != token+"7" {
			t.Fatal(err)
		}
		n, err := open(after).Reencrypt(t.Context(), d)
		if n != 120 || err != nil {
			t.Fatal(n, err)
		}
		if n, err := open(after).Reencrypt(t.Context(), d); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		raw, _ := os.ReadFile(filepath.Join(dir, vault.KeyFile))
		newest := vault.Secret(strings.Split(string(raw), "\n")[1])
		only := keys(t, "", newest)
		for i, at := range refs {
			if s, err := get(t, d, open(only), at); err != nil || s.Reveal() != fmt.Sprint(token, i) {
				t.Fatal(i, err)
			}
		}
		if _, err := get(t, d, open(before), refs[0]); problem.CodeOf(err) != "vault_key_mismatch" {
			t.Fatal("the old key still opens", err)
		}
	})
}

func TestByNameAndByReference(t *testing.T) {
	dbtest.Each(t, sets, func(t *testing.T, d *db.DB) {
		v := open(keys(t, t.TempDir()))
		names, refs := vault.ByName{Vault: v}, vault.ByReference{Vault: v}
		err := d.Write(t.Context(), func(ctx context.Context, tx db.Tx) error {
			for _, s := range []string{"one", "two"} {
				if err := names.Put(ctx, tx, "oidc", s); err != nil {
					return err
				}
			}
			if s, err := names.Get(ctx, tx, "oidc"); err != nil || s != "two" {
				t.Error(s, err)
			}
			at, err := refs.Put(ctx, tx, "", "jira", "a")
			if err != nil {
				return err
			}
			same, err := refs.Put(ctx, tx, at, "jira", "b")
			if err != nil || same != at {
				t.Error(same, at, err)
			}
			if s, err := refs.Get(ctx, tx, at); err != nil || s != "b" {
				t.Error(s, err)
			}
			if err := refs.Delete(ctx, tx, at); err != nil {
				return err
			}
			return names.Delete(ctx, tx, "oidc")
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestKeyFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	var wg sync.WaitGroup
	ids := make([]string, 8)
	for i := range ids {
		wg.Go(func() {
			if k, err := vault.LoadKeys(dir); err == nil {
				ids[i] = k.ID()
			}
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Fatalf("processes that started at once have different keys: %v", ids)
		}
	}
	path := filepath.Join(dir, vault.KeyFile)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info.Mode(), err)
	}
	if all, _ := os.ReadDir(dir); len(all) != 1 {
		t.Fatalf("left-overs: %v", all)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.LoadKeys(dir); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Fatal(err)
	}
	for _, bad := range []vault.Secret{"", "short", "c2hvcnQ="} {
		if _, err := vault.LoadKeys(dir, bad); err == nil || (bad != "" && strings.Contains(err.Error(), bad.Reveal())) {
			t.Errorf("%q: %v", bad.Reveal(), err)
		}
	}
}

func TestSecretNeverShows(t *testing.T) {
	s := vault.Secret(token)
	var b bytes.Buffer
	type holder struct {
		S vault.Secret
		P *vault.Secret
		M map[string]vault.Secret
	}
	h := holder{s, &s, map[string]vault.Secret{"a": s}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&b, verb, s)
		fmt.Fprintf(&b, verb, holder{S: s})
	}
	j, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	b.Write(j)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "s", s, "h", h, "p", &s)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "s", s, "h", holder{S: s})
	if out := b.String(); strings.Contains(out, "S3cret") || strings.Contains(out, fmt.Sprintf("%x", token)[:12]) {
		t.Fatal(out)
	}
	if vault.Secret("").String() != "" || s.Reveal() != token {
		t.Fatal("an empty secret pretends to be one, or a full one cannot be had")
	}
}
