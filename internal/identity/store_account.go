package identity

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

type accountRow struct {
	bun.BaseModel `bun:"table:account,alias:a"`

	ID                ref.Account `bun:"id,pk"`
	Kind              Kind        `bun:"kind"`
	Person            *ref.Person `bun:"person_id"`
	Unit              *ref.Unit   `bun:"unit_id"`
	Name              string      `bun:"name"`
	Description       string      `bun:"description"`
	State             State       `bun:"state"`
	PasswordHash      string      `bun:"password_hash"`
	PasswordChangedAt *time.Time  `bun:"password_changed_at"`
	LockedAt          *time.Time  `bun:"locked_at"`
	LockedUntil       *time.Time  `bun:"locked_until"`
	LastSignInAt      *time.Time  `bun:"last_sign_in_at"`
	Theme             string      `bun:"theme"`
	Language          string      `bun:"language"`
	CreatedAt         time.Time   `bun:"created_at"`
	UpdatedAt         time.Time   `bun:"updated_at"`
	Version           int64       `bun:"version"`
}

// personColumns are what v_person adds to an account.
type personColumns struct {
	PersonName  *string    `bun:"person_name,scanonly"`
	Email       *string    `bun:"person_email,scanonly"`
	PersonUnit  *ref.Unit  `bun:"person_unit,scanonly"`
	PersonState *State     `bun:"person_state,scanonly"`
	ValidUntil  *time.Time `bun:"person_valid_until,scanonly"`
	TimeZone    *string    `bun:"person_time_zone,scanonly"`
}

type accountWithPerson struct {
	accountRow
	personColumns
}

// joinPerson adds the person behind the account a to a query.
func joinPerson(q *bun.SelectQuery) *bun.SelectQuery {
	return q.ColumnExpr("vp.name AS person_name, vp.email AS person_email, vp.unit_id AS person_unit, vp.state AS person_state, " +
		"vp.valid_until AS person_valid_until, vp.time_zone AS person_time_zone").
		Join("LEFT JOIN v_person AS vp ON vp.id = a.person_id")
}

func (r *accountWithPerson) account() *Account {
	a := &Account{
		ID: r.ID, Kind: r.Kind, Person: value(r.Person), Unit: value(r.Unit), Name: r.Name, Description: r.Description,
		State: r.State, PasswordHash: r.PasswordHash, PasswordChangedAt: utc(r.PasswordChangedAt), LockedAt: utc(r.LockedAt),
		LockedUntil: utc(r.LockedUntil), LastSignInAt: utc(r.LastSignInAt), Theme: r.Theme, Language: r.Language,
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(), Version: r.Version,
		PersonName: value(r.PersonName), Email: value(r.Email), TimeZone: value(r.TimeZone), PersonUnit: value(r.PersonUnit),
		PersonState: value(r.PersonState), ValidUntil: utc(r.ValidUntil),
	}
	return a
}

func (a *Account) row() *accountRow {
	return &accountRow{
		ID: a.ID, Kind: a.Kind, Person: pointer(a.Person), Unit: pointer(a.Unit), Name: a.Name, Description: a.Description,
		State: a.State, PasswordHash: a.PasswordHash, PasswordChangedAt: a.PasswordChangedAt, LockedAt: a.LockedAt,
		LockedUntil: a.LockedUntil, LastSignInAt: a.LastSignInAt, Theme: a.Theme, Language: a.Language,
		CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, Version: a.Version,
	}
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func pointer[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

// accountWhere returns the one account a condition selects, or nil.
func accountWhere(ctx context.Context, tx db.Tx, cond string, args ...any) (*Account, error) {
	var r accountWithPerson
	err := tx.NewSelect().TableExpr("account AS a").ColumnExpr("a.*").Apply(joinPerson).Where(cond, args...).Scan(ctx, &r)
	if db.IsNoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return r.account(), nil
}

// visibleAccount returns the account when the caller holds perm on its unit, and a problem otherwise.
func visibleAccount(ctx context.Context, tx db.Tx, perm authz.Permission, id ref.Account, kind Kind) (*Account, error) {
	a, err := accountWhere(ctx, tx, "a.id = ?", id)
	if err != nil {
		return nil, err
	}
	if a == nil || (kind != "" && a.Kind != kind) {
		return nil, authz.ErrNotFound
	}
	if err := authz.CheckUnit(ctx, tx, perm, a.unit()); err != nil {
		return nil, err
	}
	return a, nil
}

func insertAccount(ctx context.Context, tx db.Tx, a *Account) error {
	_, err := tx.NewInsert().Model(a.row()).Exec(ctx)
	return err
}

// saveAccount writes every column of an account that was read in this transaction and raises its version.
func saveAccount(ctx context.Context, tx db.Tx, a *Account, now time.Time) error {
	a.UpdatedAt = now
	a.Version++
	_, err := tx.NewUpdate().Model(a.row()).WherePK().Exec(ctx)
	return err
}

// touchAccount locks an account against other writers until the transaction ends.
func touchAccount(ctx context.Context, tx db.Tx, id ref.Account) error {
	_, err := tx.ExecContext(ctx, `UPDATE account SET version = version WHERE id = ?`, id)
	return err
}

// ensurePersonAccount returns the account of a person and adds one, pending and without a password, when there is none.
func (s *Service) ensurePersonAccount(ctx context.Context, tx db.Tx, person ref.Person) (*Account, error) {
	now := s.clock.Now()
	_, err := tx.ExecContext(ctx, `INSERT INTO account (id, kind, person_id, state, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (person_id) DO NOTHING`, ref.New[ref.Account](), PersonAccount, person, Pending, now, now)
	if err != nil {
		return nil, err
	}
	return accountWhere(ctx, tx, "a.person_id = ?", person)
}
