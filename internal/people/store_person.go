package people

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// loadPerson returns a person or the not-found problem.
func loadPerson(ctx context.Context, tx db.Tx, id ref.Person) (Person, error) {
	return personWhere(ctx, tx, "p.id = ?", id)
}

func personByKey(ctx context.Context, tx db.Tx, key string) (Person, error) {
	return personWhere(ctx, tx, "p.email_key = ?", key)
}

func personWhere(ctx context.Context, tx db.Tx, cond string, arg any) (Person, error) {
	var p Person
	err := tx.NewSelect().Model(&p).Where(cond, arg).Scan(ctx)
	if db.IsNoRows(err) {
		return p, authz.ErrNotFound
	}
	return p.utc(), err
}

// mayPerson loads a person and checks perm on their unit. It returns the unit too.
func mayPerson(ctx context.Context, tx db.Tx, perm authz.Permission, id ref.Person) (Person, Unit, error) {
	p, err := loadPerson(ctx, tx, id)
	if err != nil {
		return p, Unit{}, err
	}
	u, err := mayUnit(ctx, tx, perm, p.Unit)
	return p, u, err
}

// touchPerson is mayPerson for a change of the record: the row is locked before its version is compared, so that of two
// changes based on one version only the first is kept.
func touchPerson(ctx context.Context, tx db.Tx, id ref.Person) (Person, Unit, error) {
	if _, err := tx.ExecContext(ctx, `UPDATE person SET version = version WHERE id = ?`, id); err != nil {
		return Person{}, Unit{}, err
	}
	return mayPerson(ctx, tx, PermManagePerson, id)
}

// bodyPerson returns the person a request body names at the given place. A person the caller cannot see is a fault of
// the body.
func bodyPerson(ctx context.Context, tx db.Tx, id ref.Person, place string) (Person, error) {
	p, _, err := mayPerson(ctx, tx, PermViewPerson, id)
	if problem.KindOf(err) == problem.NotFound {
		var faults problem.Fields
		faults.Add(place, "person_unknown", "There is no such person, or you may not see them.")
		return p, faults.Err("person_unknown", "The person does not exist, or you may not see them.")
	}
	return p, err
}

func insertPerson(ctx context.Context, tx db.Tx, p Person) error {
	_, err := tx.NewInsert().Model(&p).Exec(ctx)
	return emailTaken(err, p.Email)
}

// updatePerson writes every field that can change, one version on.
func updatePerson(ctx context.Context, tx db.Tx, p *Person) error {
	p.Version++
	_, err := tx.NewUpdate().Model(p).ExcludeColumn("id", "created_at").WherePK().Exec(ctx)
	return emailTaken(err, p.Email)
}

func emailTaken(err error, email string) error {
	if db.IsUnique(err) {
		return problem.Newf(problem.Conflict, "email_taken", "Somebody with the email address %s is already known.", email).Because(err)
	}
	return err
}

func (p Person) utc() Person {
	p.CreatedAt, p.UpdatedAt = p.CreatedAt.UTC(), p.UpdatedAt.UTC()
	if p.ValidUntil != nil {
		t := p.ValidUntil.UTC()
		p.ValidUntil = &t
	}
	return p
}
